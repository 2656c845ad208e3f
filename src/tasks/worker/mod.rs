//! Who works: claims tasks, runs them, extends their leases, ends them.
