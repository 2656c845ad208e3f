//! Reads a crate's resources as text: files to items, items to models, models to the [`Catalog`].
//!
//! It follows no macros and compiles nothing. What it can't read is left to rustc, which says it better: a resource with
//! mistakes is not in the catalog. What rustc can't find, because it takes a look at all items, is reported here.

pub mod cfg;
pub(crate) mod collect;
pub(crate) mod files;
pub(crate) mod items;
mod modules;
mod one;
mod publish;
pub(crate) mod resolve;
#[cfg(test)]
mod tests;

pub use one::one;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use fourfold_model::model;
use proc_macro2::Span;

use crate::catalog::Catalog;
use crate::check;
use crate::report::{Kind, Place, Report};
use cfg::{Cfg, Listed};
use files::File;
use items::{Alias, Child, Entry, Import, Scope};

/// What a crate's files say.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The resources without mistakes, and what they reach.
    pub catalog: Catalog,
    /// Every mistake, in source order.
    pub reports: Vec<Report>,
    /// The fingerprints of the resources in the catalog, by full name: what the macro has to see as well.
    pub fingerprints: BTreeMap<String, u64>,
    /// Where the fields of messages and the values of enums are, by full name: `shop.order.v1.Order.note`.
    pub places: BTreeMap<String, Place>,
}

impl Source {
    /// The mistakes that nobody else finds: those which a build has to report.
    pub fn catalog_reports(&self) -> impl Iterator<Item = &Report> {
        self.reports.iter().filter(|report| report.kind == Kind::Catalog)
    }
}

/// The files of a crate, as they were when they were read.
#[derive(Clone, Debug)]
pub struct Files {
    paths: Vec<PathBuf>,
    all: Vec<File>,
    /// Others, in which tasks may be.
    beside: Vec<File>,
    reports: Vec<Report>,
}

impl Files {
    /// Reads the files and folders that `paths` name, below the crate's folder `root`.
    #[must_use]
    pub fn read(root: &Path, paths: &[PathBuf]) -> Self {
        let mut reports = Vec::new();
        let all = files::read(root, paths, &mut reports);
        Self { paths: paths.to_vec(), all, beside: Vec::new(), reports }
    }

    /// These texts, each as if it were in the file with its path below the crate's folder. `paths` are the files and folders
    /// of resources among them.
    #[must_use]
    pub fn of(paths: &[PathBuf], texts: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let mut files =
            Self { paths: paths.to_vec(), all: Vec::new(), beside: Vec::new(), reports: Vec::new() };
        for (path, text) in texts {
            files.set(path, text);
        }
        files
    }

    /// The same files, where the one at `path` holds this text, whether or not it is there.
    pub fn set(&mut self, path: PathBuf, text: String) {
        let place = self.all.binary_search_by(|file| file.path.cmp(&path));
        let file = File::new(path, text);
        match place {
            Ok(index) => self.all[index] = file,
            Err(index) => self.all.insert(index, file),
        }
    }

    /// Files that are not on the disk, each with its path below the crate's folder.
    #[must_use]
    pub fn of_texts(texts: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let mut all: Vec<File> = texts.into_iter().map(|(path, text)| File::new(path, text)).collect();
        all.sort_by(|one, other| one.path.cmp(&other.path));
        let paths = all.iter().map(|file| file.path.clone()).collect();
        Self { paths, all, beside: Vec::new(), reports: Vec::new() }
    }

    /// Looks for tasks in all files of the folder `source` as well: they are mostly not where resources are. What else is in
    /// those is left alone, mistakes too.
    #[must_use]
    pub fn and_tasks_in(self, root: &Path, source: &Path) -> Self {
        let there = root.join(source).is_dir();
        let beside =
            if there { files::read(root, &[source.to_owned()], &mut Vec::new()) } else { Vec::new() };
        self.beside(beside)
    }

    /// Looks for tasks in these files as well, each with its path below the crate's folder.
    #[must_use]
    pub fn and_tasks_of(self, texts: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let beside = texts.into_iter().map(|(path, text)| File::new(path, text)).collect();
        self.beside(beside)
    }

    fn beside(mut self, mut beside: Vec<File>) -> Self {
        beside.retain(|file| !self.all.iter().any(|there| there.path == file.path));
        self.beside = beside;
        self
    }

    /// The files with their texts, in order; `None` where one could not be read.
    #[must_use]
    pub fn texts(&self) -> Option<impl Iterator<Item = (&Path, &str)>> {
        let texts = self.all.iter().map(|file| (file.path.as_path(), file.text.as_str()));
        self.reports.is_empty().then_some(texts)
    }

    /// What they say.
    #[must_use]
    pub fn source(self, cfg: &dyn Cfg) -> Source {
        let wider = (!self.beside.is_empty())
            .then(|| Crate::of(self.all.iter().cloned().chain(self.beside).collect(), cfg));
        let mut all = Crate::of(self.all, cfg);
        all.unread |= !self.reports.is_empty();
        all.paths = self.paths;
        let mut source = source(all, self.reports);
        if let Some(wider) = wider {
            let reached = collect::all(&wider, &mut Vec::new());
            source.catalog.tasks = collect::tasks(&wider, &reached);
        }
        source
    }
}

/// Reads the files and folders that `paths` name, below the crate's folder `root`.
#[must_use]
pub fn read(root: &Path, paths: &[PathBuf], cfg: &dyn Cfg) -> Source {
    Files::read(root, paths).source(cfg)
}

/// The catalog of one file's text, without what has mistakes.
#[must_use]
pub fn read_text(text: &str) -> Catalog {
    read_file("src/resources.rs", text).catalog
}

/// What one file's text says, as if it were in the file `path`.
#[must_use]
pub fn read_file(path: &str, text: &str) -> Source {
    let file = File::new(PathBuf::from(path), text.to_owned());
    let mut all = Crate::of(vec![file], &Listed::host());
    all.paths.push(PathBuf::from(path));
    source(all, Vec::new())
}

fn source(mut all: Crate, mut reports: Vec<Report>) -> Source {
    reports.append(&mut all.reports);
    let reached = collect::all(&all, &mut reports);
    check::all(&all, &reached, &mut reports);
    reports.sort_by(|one, other| one.order().cmp(&other.order()));
    let catalog = collect::catalog(&all, &reached);
    Source { catalog, fingerprints: reached.fingerprints(&all), places: reached.places(&all), reports }
}

/// All that was read of a crate.
#[derive(Default)]
pub(crate) struct Crate {
    pub(crate) files: Vec<File>,
    pub(crate) resources: Vec<Entry<model::Resource>>,
    pub(crate) values: Vec<Entry<model::Value>>,
    pub(crate) choices: Vec<Entry<model::Choice>>,
    pub(crate) events: Vec<Entry<model::Event>>,
    pub(crate) tasks: Vec<Entry<model::Task>>,
    imports: Vec<Import>,
    aliases: Vec<Alias>,
    children: Vec<Child>,
    dead: BTreeSet<usize>,
    /// The values and choices of a name. Fields ask for them one by one.
    named: HashMap<String, Vec<Definition>>,
    reports: Vec<Report>,
    /// What was asked for.
    paths: Vec<PathBuf>,
    /// The files that are not Rust.
    wrong: BTreeSet<usize>,
    /// Whether there is something that could not be read: then nothing can be said to be missing.
    pub(crate) unread: bool,
}

/// A value or a choice, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Definition {
    Value(usize),
    Choice(usize),
}

impl Crate {
    fn of(files: Vec<File>, cfg: &dyn Cfg) -> Self {
        let count = files.len();
        let mut all = Self { files, ..Self::default() };
        for file in 0..count {
            items::read(&mut all, file, cfg);
        }
        let out = modules::left_out(&all.files, &all.children, &all.dead);
        all.unread = !all.wrong.is_subset(&out);
        let gone: BTreeSet<&Path> = out.iter().map(|file| all.files[*file].path.as_path()).collect();
        all.resources.retain(|entry| !out.contains(&entry.scope.file));
        all.values.retain(|entry| !out.contains(&entry.scope.file));
        all.choices.retain(|entry| !out.contains(&entry.scope.file));
        all.events.retain(|entry| !out.contains(&entry.scope.file));
        all.tasks.retain(|entry| !out.contains(&entry.scope.file));
        all.reports
            .retain(|report| !report.places.iter().any(|label| gone.contains(label.place.file.as_path())));
        let mut named: HashMap<String, Vec<Definition>> = HashMap::new();
        for definition in all.definitions() {
            named.entry(all.name(definition)).or_default().push(definition);
        }
        all.named = named;
        all
    }

    /// The place of a span in an item's file.
    pub(crate) fn place(&self, scope: &Scope, span: Span) -> Place {
        let file = &self.files[scope.file];
        Place::of(&file.path, file.line(span.start().line), span)
    }

    pub(crate) fn definitions(&self) -> impl Iterator<Item = Definition> {
        (0..self.values.len()).map(Definition::Value).chain((0..self.choices.len()).map(Definition::Choice))
    }

    pub(crate) fn name(&self, definition: Definition) -> String {
        match definition {
            Definition::Value(index) => self.values[index].name(),
            Definition::Choice(index) => self.choices[index].name(),
        }
    }

    pub(crate) fn scope(&self, definition: Definition) -> &Scope {
        match definition {
            Definition::Value(index) => &self.values[index].scope,
            Definition::Choice(index) => &self.choices[index].scope,
        }
    }

    pub(crate) fn broken(&self, definition: Definition) -> bool {
        match definition {
            Definition::Value(index) => self.values[index].broken,
            Definition::Choice(index) => self.choices[index].broken,
        }
    }

    pub(crate) fn definition_place(&self, definition: Definition) -> Place {
        match definition {
            Definition::Value(index) => self.values[index].place(self),
            Definition::Choice(index) => self.choices[index].place(self),
        }
    }
}
