//! What every engine has to keep: one suite, run on each.
