//! What can be wrong between items and files: each item alone is right, and together they are not.

mod events;
mod messages;
mod names;
mod references;

use crate::report::Report;
use crate::source::Crate;
use crate::source::collect::Reached;

/// Finds everything at once.
pub(crate) fn all(all: &Crate, reached: &Reached, reports: &mut Vec<Report>) {
    names::check(all, reports);
    references::check(all, reports);
    for (package, members) in &reached.packages {
        messages::check(all, package, members, reports);
    }
    events::check(all, reached, reports);
}
