//! Tasks that the clock enqueues, once however many processes ask.
