//! The typed clients of the services whose ways in are held against each other: the tests of this package call them.

fourfold::include_generated!();
