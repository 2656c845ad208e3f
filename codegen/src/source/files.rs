//! The files that are read, and the modules that they are in a crate of the usual layout.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::report::{Report, shown};

/// A file of Rust.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Its path, below the crate's folder where it is there.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// Its module, without `crate`.
    pub(crate) module: Vec<String>,
    /// Where its lines begin.
    lines: Vec<usize>,
}

impl File {
    pub(crate) fn new(path: PathBuf, text: String) -> Self {
        let module = module(&path);
        let lines = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, module, lines }
    }

    /// The text of a line, from 1.
    pub(crate) fn line(&self, number: usize) -> &str {
        let begin = number.checked_sub(1).and_then(|index| self.lines.get(index));
        let rest = begin.and_then(|begin| self.text.get(*begin..)).unwrap_or_default();
        rest.lines().next().unwrap_or_default()
    }
}

/// The files that `paths` name, in order, each once. A folder stands for all `.rs` files in it.
pub(crate) fn read(root: &Path, paths: &[PathBuf], reports: &mut Vec<Report>) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = BTreeSet::new();
    for path in paths {
        let whole = root.join(path);
        if whole.is_dir() {
            folder(&whole, &mut found, &mut folders, reports);
        } else if whole.is_file() {
            found.push(whole);
        } else {
            reports.push(missing(root, path));
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    found.sort();
    found.into_iter().filter_map(|path| one(root, &path, reports)).collect()
}

fn one(root: &Path, path: &Path, reports: &mut Vec<Report>) -> Option<File> {
    let shorter = normal(path.strip_prefix(root).unwrap_or(path));
    match fs::read_to_string(path) {
        Ok(text) => Some(File::new(shorter, text)),
        Err(error) => {
            reports.push(unreadable(&shorter, &error));
            None
        }
    }
}

fn folder(path: &Path, found: &mut Vec<PathBuf>, seen: &mut BTreeSet<PathBuf>, reports: &mut Vec<Report>) {
    // A link to a folder above would have no end.
    if !seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())) {
        return;
    }
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return reports.push(unreadable(path, &error)),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            folder(&path, found, seen, reports);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Report {
    Report::catalog(format!("`{}` can't be read: {error}", shown(path)))
        .help("resources are read from files with Rust in UTF-8")
}

fn missing(root: &Path, path: &Path) -> Report {
    let report =
        Report::catalog(format!("there is no file or folder `{}` to read resources from", shown(path)))
            .help(format!("paths begin at the folder of Cargo.toml, which is `{}`", shown(root)));
    let usual = ["src/resources", "src/resources.rs", "src/lib.rs", "src/main.rs"];
    match usual.iter().find(|path| root.join(path).exists()) {
        Some(there) => report.help(format!("there is `{there}`")),
        None => report,
    }
}

/// The path without `.` and, where that can be told, without `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// `src/resources/order.rs` is the module `resources::order`.
fn module(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = path
        .with_extension("")
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    if let Some(source) = names.iter().rposition(|name| name == "src") {
        names.drain(..=source);
    }
    let root = names.len() == 1 && matches!(names[0].as_str(), "lib" | "main");
    if root || names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_module() {
        for (path, expected) in [
            ("src/lib.rs", ""),
            ("src/resources.rs", "resources"),
            ("src/resources/mod.rs", "resources"),
            ("src/resources/order.rs", "resources::order"),
            ("crates/shop/src/order/lib.rs", "order::lib"),
        ] {
            assert_eq!(module(Path::new(path)).join("::"), expected, "{path}");
        }
    }

    #[test]
    fn a_path_has_one_form() {
        assert_eq!(normal(Path::new("./src/a/../b.rs")), Path::new("src/b.rs"));
        assert_eq!(normal(Path::new("../shared/b.rs")), Path::new("../shared/b.rs"));
    }
}
