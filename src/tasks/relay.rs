//! From the outbox of the store to the broker: tasks that were enqueued in a unit of work.
