//! What has to change on the disk so that it holds what was rendered. Looks, and writes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fourfold_codegen::files::{self, FOLDERS, Owner};

use crate::failure::Failure;
use crate::package::shown;
use crate::sum;

/// The ending of a file that is not whole yet. One that is found is what a run that was killed left behind.
pub(crate) const UNFINISHED: &str = ".fourfold-unfinished";

/// What has to change.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The changes, by path.
    pub(crate) changes: Vec<Change>,
    /// How many files are as they should be.
    pub(crate) unchanged: usize,
    /// What a person should know.
    pub(crate) notes: Vec<String>,
    /// What is there and stays as it is, by its path below the root: the sum of its bytes.
    pub(crate) kept: BTreeMap<String, u64>,
}

/// A file that has to change.
#[derive(Debug)]
pub(crate) struct Change {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it holds, if it is there.
    pub(crate) before: Option<Vec<u8>>,
    /// What it shall hold; `None` where it has to go.
    pub(crate) after: Option<String>,
}

impl Change {
    /// What happens to the file, in a word.
    pub(crate) fn word(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "created",
            (Some(_), Some(_)) => "changed",
            (Some(_), None) => "removed",
        }
    }

    /// The text that is there.
    pub(crate) fn text_before(&self) -> Option<String> {
        self.before.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }
}

impl Plan {
    /// Compares what was rendered with what is in `root`. `locked` says whether a lock was there.
    pub(crate) fn new(
        root: &Path,
        rendered: BTreeMap<String, String>,
        locked: bool,
    ) -> Result<Self, Failure> {
        let mut plan = Self::default();
        let mut in_the_way = Vec::new();
        let stale = stale(root, &rendered, &mut plan)?;
        for (path, after) in rendered {
            let whole = root.join(&path);
            let before = before(&whole)?;
            let Some(bytes) = &before else {
                plan.changes.push(Change { path: whole, before, after: Some(after) });
                continue;
            };
            if bytes == after.as_bytes() {
                plan.keep(path, bytes);
                continue;
            }
            // Git may have put other line ends into the working tree.
            let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
            if text == after {
                plan.keep(path, bytes);
                continue;
            }
            match files::owner(&path, &text, locked) {
                Owner::Ours => plan.changes.push(Change { path: whole, before, after: Some(after) }),
                Owner::Theirs => {
                    plan.notes.extend(missing(&whole, &text, &after));
                    plan.keep(path, bytes);
                }
                Owner::InTheWay => in_the_way.push(shown(&whole)),
            }
        }
        if !in_the_way.is_empty() {
            return Err(Failure::Trouble(refused(&in_the_way)));
        }
        plan.changes.extend(stale);
        plan.changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(plan)
    }

    fn keep(&mut self, path: String, bytes: &[u8]) {
        self.unchanged += 1;
        self.kept.insert(path, sum::of(bytes));
    }
}

fn refused(in_the_way: &[String]) -> String {
    let list: Vec<String> = in_the_way.iter().map(|path| format!("\n  {path}")).collect();
    format!(
        "these files would be written over, and they were not written by `cargo fourfold generate`:{}\nmove them away, or \
         delete them, and run it again; nothing has been written",
        list.concat()
    )
}

/// What is at a path, if anything is.
fn before(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}

/// What a file of the user's own should say and does not.
fn missing(path: &Path, text: &str, wanted: &str) -> Option<String> {
    let line = wanted.lines().find(|line| line.contains("merge=union"))?;
    let said = text.lines().any(|said| said.split_whitespace().eq(line.split_whitespace()));
    (!said).then(|| format!("`{}` does not say `{line}`: with it, git merges the lock", shown(path)))
}

/// The files in our folders that a former run wrote and that are not needed any more.
fn stale(root: &Path, rendered: &BTreeMap<String, String>, plan: &mut Plan) -> Result<Vec<Change>, Failure> {
    let mut unfinished = unfinished(root);
    let mut found = Vec::new();
    for folder in FOLDERS {
        walk(&root.join(folder), &mut found)?;
    }
    let mut changes = Vec::new();
    for path in found {
        let key = key(root, &path);
        if rendered.contains_key(&key) {
            continue;
        }
        if key.ends_with(UNFINISHED) {
            unfinished.push(path);
            continue;
        }
        let before = before(&path)?;
        let text = String::from_utf8_lossy(before.as_deref().unwrap_or_default()).replace("\r\n", "\n");
        if files::is_stale(&key, &text) {
            changes.push(Change { path, before, after: None });
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            plan.notes
                .push(format!("`{}` is kept: it was not written by `cargo fourfold generate`", shown(&path)));
        } else {
            plan.kept.insert(key, sum::of(before.as_deref().unwrap_or_default()));
        }
    }
    for path in unfinished {
        let before = before(&path)?;
        changes.push(Change { path, before, after: None });
    }
    Ok(changes)
}

/// What a run that was killed left in `root` itself.
fn unfinished(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(UNFINISHED));
    ours.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// The path below `root`, with `/` between the parts.
pub(crate) fn key(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// All that is in `root` and has a say in what a plan is: the files of ours, and what else is among them.
pub(crate) fn there(root: &Path) -> Option<Vec<PathBuf>> {
    let mut found = unfinished(root);
    found.extend(files::BESIDE.map(|name| root.join(name)));
    for folder in FOLDERS {
        walk(&root.join(folder), &mut found).ok()?;
    }
    Some(found)
}

/// All files in a folder and those in it. Links are not followed: what is behind them is not ours.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(Failure::file("read", folder, &error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| Failure::file("read", folder, &error))?;
        let kind = entry.file_type().map_err(|error| Failure::file("read", &entry.path(), &error))?;
        if kind.is_dir() {
            walk(&entry.path(), found)?;
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}
