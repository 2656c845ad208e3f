//! What the SQLite engine promises.
