//! A folder of contracts: its `.proto` files, compiled.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::FileDescriptorSet;

use super::annotation::Files;
use super::{Package, messages, service};
use crate::report::{Report, compiled, shown};

pub(super) const MAKE: &str =
    "`cargo fourfold generate` writes it: run it in the other service, or correct the path in build.rs";
const AGAIN: &str = "it is a contract of another service and not to be edited here: let `cargo fourfold generate` write it \
                     again there";

/// What a folder holds.
pub(super) struct Contracts {
    folder: PathBuf,
    set: FileDescriptorSet,
    annotations: Files,
    messages: BTreeMap<String, String>,
}

impl Contracts {
    /// Reads and compiles `<folder>/proto/**/*.proto`.
    pub(super) fn read(root: &Path, folder: &Path) -> Result<Self, Vec<Report>> {
        let named = folder.join("proto");
        let include = root.join(&named);
        let mut files = Vec::new();
        find(&include, &mut files).map_err(|(path, error)| {
            let path = path.strip_prefix(root).unwrap_or(&path);
            vec![
                Report::catalog(format!("the contracts `{}` can't be read: {error}", shown(path))).help(MAKE),
            ]
        })?;
        // Google's own files lie beside, for those that import them.
        let google = include.join("google");
        files.retain(|file| !file.starts_with(&google));
        files.sort();
        if files.is_empty() {
            return Err(vec![
                Report::catalog(format!("there is no .proto file in `{}`", shown(&named))).help(MAKE),
            ]);
        }
        let wrong =
            |error: String| vec![Report::catalog(format!("`{}`: {error}", shown(&named))).help(AGAIN)];
        let (set, encoded) = compile(&named, &include, &files)?;
        let annotations = Files::decode(&*encoded).map_err(|error| wrong(error.to_string()))?;
        let own = |name: &str| files.iter().any(|file| *file == include.join(name));
        let own: Vec<_> = set.file.iter().filter(|file| own(file.name())).cloned().collect();
        let messages = messages::of(&own, &annotations).map_err(wrong)?;
        Ok(Self { folder: folder.to_owned(), set, annotations, messages })
    }

    /// All files, with those that they import.
    pub(super) fn into_set(self) -> FileDescriptorSet {
        self.set
    }

    /// The packages, by name.
    pub(super) fn packages(self) -> BTreeMap<String, Package> {
        let mut packages = BTreeMap::new();
        for (name, messages) in self.messages {
            let services = service::of_package(&name, &self.set, &self.annotations);
            packages.insert(name, Package { folder: self.folder.clone(), messages, services });
        }
        packages
    }
}

/// All files at once, so that every one that is wrong is named.
fn compile(
    named: &Path,
    include: &Path,
    files: &[PathBuf],
) -> Result<(FileDescriptorSet, Vec<u8>), Vec<Report>> {
    let mut compiler =
        protox::Compiler::new([include]).map_err(|error| vec![report(&error, named, include)])?;
    compiler.include_imports(true).include_source_info(true);
    let mut reports: Vec<Report> = Vec::new();
    for file in files {
        if let Err(error) = compiler.open_file(file) {
            let report = report(&error, named, include);
            // A file that others import is wrong once.
            if !reports.contains(&report) {
                reports.push(report);
            }
        }
    }
    if reports.is_empty() {
        return Ok((compiler.file_descriptor_set(), compiler.encode_file_descriptor_set()));
    }
    Err(reports)
}

/// What the compiler says, `a/b.proto:3:1: ..`, at its place.
fn report(error: &protox::Error, named: &Path, include: &Path) -> Report {
    let said = format!("{error:?}");
    match compiled(&said, named, include) {
        Some((place, message)) => Report::catalog(message).at(place, "").help(AGAIN),
        None => Report::catalog(format!("`{}`: {said}", shown(named))).help(AGAIN),
    }
}

/// All `.proto` files below a folder.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let at = |error| (folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
