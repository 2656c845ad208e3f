//! The derive macros of fourfold.
