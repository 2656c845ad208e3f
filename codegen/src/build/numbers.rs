//! The proto numbers of a build: the committed ones, and, where nobody minds, those that are going to be.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{Environment, Said};
use crate::lock::Lock;
use crate::report::{Report, shown};
use crate::source::Source;

/// Tells cargo what the numbers depend on: the lock, or the folder that it would be in.
pub(super) fn watch(root: &Path, lock: &Path, said: &mut Said) {
    let folder = lock.parent().filter(|folder| !folder.as_os_str().is_empty());
    if root.join(lock).exists() {
        said.rerun_if_changed(lock);
    } else if let Some(folder) = folder.filter(|folder| root.join(folder).exists()) {
        said.rerun_if_changed(folder);
    }
}

/// The lock with a number for everything.
pub(super) fn lock(
    path: &Path,
    environment: &Environment<'_>,
    source: &Source,
    said: &mut Said,
    reports: &mut Vec<Report>,
) -> Lock {
    let committed = match read(&environment.root.join(path), path) {
        Ok(committed) => committed,
        Err(wrong) => {
            reports.extend(wrong);
            return Lock::default();
        }
    };
    let update = committed.update(&source.catalog);
    reports.extend(update.errors.iter().map(|error| placed(error, path, source)));
    if update.added.is_empty() {
        return update.lock;
    }
    let missing = grouped(&update.added);
    if environment.is_locked() {
        let fields = missing.iter().map(|(message, names)| format!("{message}: {}", names.join(", ")));
        let mut report = Report::catalog(format!(
            "`{}` has no proto number for {} of the fields that are compiled here",
            shown(path),
            update.added.len()
        ));
        report.help.extend(fields);
        reports.push(report.help(
            "run `cargo fourfold generate` and commit what it writes; `CI` or `FOURFOLD_LOCKED` is set, so a build gives \
             no numbers of its own",
        ));
    } else {
        for (message, names) in missing {
            said.warning(&format!(
                "`{}` has no proto number for {message}: {}; run `cargo fourfold generate`",
                shown(path),
                names.join(", ")
            ));
        }
    }
    update.lock
}

fn read(path: &Path, named: &Path) -> Result<Lock, Vec<Report>> {
    let wrong = |message: String| Report::catalog(message);
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
        Err(error) => return Err(vec![wrong(format!("`{}` can't be read: {error}", shown(named)))]),
    };
    Lock::parse(&text)
        .map_err(|errors| errors.iter().map(|error| wrong(format!("{}: {error}", shown(named)))).collect())
}

/// What is wrong with the numbers, at the field that it is about, where it names one. `lock` is the file of the numbers.
#[must_use]
pub fn placed(error: &str, lock: &Path, source: &Source) -> Report {
    let named =
        source.places.iter().filter_map(|(name, place)| Some((mention(error, name)?, name.len(), place)));
    // The first that it names is what it is about.
    match named.min_by_key(|(at, length, _)| (*at, usize::MAX - length)) {
        Some((.., place)) => {
            Report::catalog(error).at(place.clone(), "").help(format!("the numbers are in `{}`", shown(lock)))
        }
        None => Report::catalog(format!("{}: {error}", shown(lock))),
    }
}

/// Where the text has the name, and not as a part of a longer one.
fn mention(text: &str, name: &str) -> Option<usize> {
    let inside = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let whole = |at: &usize| {
        let at = *at;
        let before = text[..at].chars().next_back();
        let mut after = text[at + name.len()..].chars();
        let next = after.next();
        let goes_on = next.is_some_and(inside) || (next == Some('.') && after.next().is_some_and(inside));
        !goes_on && !before.is_some_and(|before| inside(before) || before == '.')
    };
    text.match_indices(name).map(|(at, _)| at).find(whole)
}

/// The fields by the message that they are in.
fn grouped(full_names: &[String]) -> BTreeMap<&str, Vec<&str>> {
    let mut out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (message, field) in full_names.iter().filter_map(|name| name.rsplit_once('.')) {
        out.entry(message).or_default().push(field);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_not_found_in_a_longer_one() {
        assert_eq!(mention("`a.v1.Order.note` was a string", "a.v1.Order.note"), Some(1));
        assert_eq!(mention("see a.v1.Order.note.", "a.v1.Order.note"), Some(4));
        assert_eq!(mention("`a.v1.Order.note_2`", "a.v1.Order.note"), None);
        assert_eq!(mention("`a.v1.Order.note`", "a.v1.Order"), None);
        assert_eq!(mention("`b.a.v1.Order`", "a.v1.Order"), None);
    }

    #[test]
    fn fields_are_told_by_their_message() {
        let names = ["a.v1.A.x", "a.v1.B.x", "a.v1.A.y"].map(str::to_owned);
        let grouped = grouped(&names);
        assert_eq!(grouped["a.v1.A"], ["x", "y"]);
        assert_eq!(grouped["a.v1.B"], ["x"]);
    }
}
