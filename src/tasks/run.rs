//! One attempt: from a message to the operation core, or to the handler of a task of its own, and back to an outcome.
