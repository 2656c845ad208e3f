//! Files that a `cfg` on their `mod` leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files::{self, File};
use super::items::Child;

/// The files that no `mod` takes in: all that name them have a `cfg` that does not hold. A file that no `mod` names is
/// read, for its `mod` may be in a file that is not.
pub(super) fn left_out(files: &[File], children: &[Child], dead: &BTreeSet<usize>) -> BTreeSet<usize> {
    let index: BTreeMap<&Path, usize> =
        files.iter().enumerate().map(|(index, file)| (file.path.as_path(), index)).collect();
    let mut named: BTreeMap<usize, Vec<&Child>> = BTreeMap::new();
    for child in children {
        for path in candidates(&files[child.file].path, child) {
            if let Some(file) = index.get(path.as_path()) {
                named.entry(*file).or_default().push(child);
            }
        }
    }
    let mut out = dead.clone();
    // Each round leaves out the files of modules that were left out before.
    loop {
        let next: Vec<usize> = named
            .iter()
            .filter(|(file, by)| {
                !out.contains(file) && by.iter().all(|child| !child.live || out.contains(&child.file))
            })
            .map(|(file, _)| *file)
            .collect();
        if next.is_empty() {
            return out;
        }
        out.extend(next);
    }
}

/// Where rustc looks for the module.
fn candidates(parent: &Path, child: &Child) -> Vec<PathBuf> {
    let folder = parent.parent().unwrap_or(Path::new(""));
    let stem = parent.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let own =
        if matches!(stem.as_str(), "mod" | "lib" | "main") { folder.to_owned() } else { folder.join(stem) };
    let inline = |base: &Path| child.inline.iter().fold(base.to_owned(), |path, name| path.join(name));
    let paths = match &child.path {
        Some(path) if child.inline.is_empty() => vec![folder.join(path)],
        Some(path) => vec![inline(&own).join(path)],
        None => {
            let base = inline(&own);
            vec![base.join(format!("{}.rs", child.name)), base.join(&child.name).join("mod.rs")]
        }
    };
    paths.iter().map(|path| files::normal(path)).collect()
}
