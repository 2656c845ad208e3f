//! What a command is going to write, while it is thought out: nothing is written until all of it is known.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fourfold_codegen::files;
use fourfold_codegen::lock::Lock;
use fourfold_codegen::source::Files;

use crate::edit::Edited;
use crate::failure::Failure;
use crate::output::{Change, Plan};
use crate::package::{Package, shown};
use crate::read::Read;
use crate::screen::{Paint, Screen};
use crate::{diff, format, read, write};

/// The files of a package as they will be.
pub(crate) struct Draft {
    root: PathBuf,
    /// By their paths below the root; those outside of it by their whole paths.
    files: BTreeMap<PathBuf, File>,
    contracts: Vec<Change>,
    /// Proto numbers that are in use elsewhere, and are kept.
    pub(crate) numbers: Lock,
    /// What a person should know.
    pub(crate) notes: Vec<String>,
}

struct File {
    before: Option<String>,
    after: String,
    /// Whether what was added may stand on lines that were there.
    reflow: bool,
}

impl Draft {
    /// Nothing yet, for the package in a folder.
    pub(crate) fn new(root: &Path) -> Self {
        let (files, numbers) = (BTreeMap::new(), Lock::default());
        Self { root: root.to_owned(), files, contracts: Vec::new(), numbers, notes: Vec::new() }
    }

    /// The text that a file will have, if there is one.
    pub(crate) fn text(&self, path: impl AsRef<Path>) -> Result<Option<String>, Failure> {
        if let Some(file) = self.files.get(path.as_ref()) {
            return Ok(Some(file.after.clone()));
        }
        on_disk(&self.root.join(path))
    }

    /// Whether there will be such a file.
    pub(crate) fn has(&self, path: impl AsRef<Path>) -> bool {
        self.files.contains_key(path.as_ref()) || self.root.join(path).exists()
    }

    /// Gives a file a text. Where it has another one, the edit may have changed lines that were there.
    pub(crate) fn set(&mut self, path: impl AsRef<Path>, text: String, reflow: bool) -> Result<(), Failure> {
        let path = path.as_ref();
        if let Some(file) = self.files.get_mut(path) {
            file.reflow |= reflow;
            file.after = text;
            return Ok(());
        }
        let before = on_disk(&self.root.join(path))?;
        if before.as_deref() != Some(&text) {
            self.files.insert(path.to_owned(), File { before, after: text, reflow });
        }
        Ok(())
    }

    /// Makes a file that must not be there.
    pub(crate) fn create(&mut self, path: impl AsRef<Path>, text: String) -> Result<(), Failure> {
        if self.has(path.as_ref()) {
            return Err(Failure::Trouble(format!(
                "there is a file `{}` already, and it would be written over; nothing has been written",
                shown(&self.root.join(path))
            )));
        }
        self.set(path, text, true)
    }

    /// Edits a file that is there. Where that can't be done, `by_hand` is what a person should add.
    pub(crate) fn edit(
        &mut self,
        path: impl AsRef<Path>,
        by_hand: &str,
        reflow: bool,
        edit: impl FnOnce(&str) -> Edited,
    ) -> Result<(), Failure> {
        let path = path.as_ref();
        let Some(text) = self.text(path)? else {
            return Err(refused(&self.root.join(path), "it is not there", by_hand));
        };
        match edit(&text) {
            Edited::To(after) => self.set(path, after, reflow),
            Edited::Unchanged => Ok(()),
            Edited::Refused(why) => Err(refused(&self.root.join(path), &why, by_hand)),
        }
    }

    /// The refusal to edit a file.
    pub(crate) fn refuse(&self, path: impl AsRef<Path>, why: &str, by_hand: &str) -> Failure {
        refused(&self.root.join(path), why, by_hand)
    }

    /// Reads the resources as they will be, and adds what becomes of the contracts.
    pub(crate) fn generate(&mut self, package: &Package, screen: &mut Screen) -> Result<Read, Failure> {
        // Folders that are to be made are not read.
        let there: Vec<PathBuf> =
            package.sources.iter().filter(|source| package.root.join(source).exists()).cloned().collect();
        let mut sources = Files::read(&package.root, &there);
        for (path, file) in &self.files {
            let rust = path.extension().is_some_and(|extension| extension == "rs");
            if rust && package.sources.iter().any(|source| path.starts_with(source)) {
                sources.set(path.clone(), file.after.clone());
            }
        }
        let read = read::with_numbers(package, sources, &self.numbers, screen)?;
        let rendered = files::render(&read.catalog, &read.update.lock);
        let plan = Plan::new(&package.contracts, rendered, read.locked)?;
        self.notes.extend(plan.notes);
        self.contracts = plan.changes;
        Ok(read)
    }

    /// Writes all of it, or nothing, and says what; on a dry run it only says.
    pub(crate) fn finish(mut self, dry_run: bool, screen: &mut Screen) -> Result<usize, Failure> {
        self.format();
        let mut changes = Vec::new();
        for (path, file) in self.files {
            if file.before.as_deref() != Some(&file.after) {
                let before = file.before.map(String::into_bytes);
                changes.push(Change { path: self.root.join(path), before, after: Some(file.after) });
            }
        }
        changes.append(&mut self.contracts);
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        for note in &self.notes {
            screen.warn(note);
        }
        if !dry_run {
            write::apply(&self.root, &changes)?;
        }
        for change in &changes {
            screen.change(change);
            if dry_run && change.before.is_some() && !is_contract(change) {
                let before = change.text_before();
                let text = diff::unified(&shown(&change.path), before.as_deref(), change.after.as_deref());
                let painted = diff::painted(screen, &text);
                screen.line(&painted);
            }
        }
        if changes.is_empty() {
            screen.line("nothing to do: it is there already");
        } else if dry_run {
            screen.line("nothing has been written: this was --dry-run");
        }
        Ok(changes.len())
    }

    /// Has rustfmt look at what is new, as many files at once as the machine does.
    fn format(&mut self) {
        let root = &self.root;
        let is_rust = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
        let files = self.files.iter_mut();
        let files = files.filter(|(path, file)| is_rust(path) && (file.before.is_none() || file.reflow));
        let files = files.map(|(path, file)| (root.join(path.parent().unwrap_or(Path::new(""))), file));
        let mut batches: Vec<(PathBuf, Vec<&mut File>)> = Vec::new();
        for (folder, file) in files {
            match batches.last_mut() {
                Some((last, batch)) if *last == folder && batch.len() < BATCH => batch.push(file),
                _ => batches.push((folder, vec![file])),
            }
        }
        let batches = Mutex::new(batches.into_iter());
        let next = || batches.lock().unwrap_or_else(PoisonError::into_inner).next();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some((folder, files)) = next() {
                        format_batch(&folder, files);
                    }
                });
            }
        });
    }
}

/// Files that one rustfmt looks at.
const BATCH: usize = 25;

fn format_batch(folder: &Path, files: Vec<&mut File>) {
    let alone = |file: &&mut File| file.before.is_some() || format::names_modules(&file.after);
    let (alone, new): (Vec<_>, Vec<_>) = files.into_iter().partition(alone);
    let texts = new.iter().map(|file| file.after.clone()).collect();
    for (file, text) in new.into_iter().zip(format::all_new(folder, texts)) {
        file.after = text;
    }
    for file in alone {
        let after = std::mem::take(&mut file.after);
        file.after = match &file.before {
            None => format::new(folder, after),
            Some(before) => format::edited(folder, before, after),
        };
    }
}

fn is_contract(change: &Change) -> bool {
    change.path.extension().is_some_and(|extension| extension == "json" || extension == "proto")
}

fn on_disk(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| {
            Failure::Trouble(format!("`{}` is not UTF-8; nothing has been written", path.display()))
        }),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}

/// What is said of a file that is not edited, with what to add to it.
fn refused(path: &Path, why: &str, by_hand: &str) -> Failure {
    let path = shown(path);
    let added: Vec<String> = by_hand.lines().map(|line| format!("+{line}\n")).collect();
    Failure::Trouble(format!(
        "`{path}` can't be edited: {why}; nothing has been written. Write this there, and run it again:\n\n--- a/{path}\n+++ \
         b/{path}\n{}",
        added.concat()
    ))
}

/// How a change is said.
pub(crate) fn line(change: &Change, screen: &Screen) -> String {
    let word = change.word();
    let paint = if change.after.is_some() { Paint::Green } else { Paint::Yellow };
    format!("{} {}", screen.paint(paint, &format!("{word:>9}")), shown(&change.path))
}
