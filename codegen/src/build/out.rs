//! The folder in `OUT_DIR`: all or nothing is decided before; what has not changed is not touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use crate::report::{Report, shown};

/// What is to be in the folder.
#[derive(Debug, Default)]
pub(super) struct Out {
    files: BTreeMap<String, Vec<u8>>,
    /// What `fourfold::include_generated!` brings in, part by part.
    parts: Vec<String>,
}

impl Out {
    /// Adds a file. A slash in its name makes a folder.
    pub(super) fn file(&mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.insert(name.into(), content.into());
    }

    /// Adds items to the module `generated`, which the user includes.
    pub(super) fn module(&mut self, items: impl Into<String>) {
        self.parts.push(items.into());
    }

    /// Writes what has changed and removes what is no more.
    pub(super) fn commit(mut self, folder: &Path) -> Result<(), Report> {
        let module = self.module_file();
        self.file("mod.rs", module);
        self.write(folder).map_err(|(path, error)| {
            Report::catalog(format!("`{path}` can't be written: {error}")).help(
                "it is in the folder that cargo gives to the build script: is the disk full, or read-only?",
            )
        })
    }

    /// The file that `include_generated!` includes: items alone, for an included file has no inner attributes.
    fn module_file(&self) -> String {
        let head =
            "// Written by the build script of this package; `fourfold::include_generated!()` includes it.\n";
        if self.parts.is_empty() {
            return head.to_owned();
        }
        let items = self.parts.join("\n");
        let items: String = items
            .lines()
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") })
            .collect();
        format!(
            "{head}\n/// What the build script wrote for this package.\n\
             #[allow(dead_code, unreachable_pub, reason = \"a program need not use all of it\")]\n\
             pub mod generated {{\n{items}}}\n"
        )
    }

    fn write(&self, folder: &Path) -> Result<(), (String, io::Error)> {
        let at = |path: &Path| {
            let path = shown(path);
            move |error| (path, error)
        };
        for (name, content) in &self.files {
            let path = folder.join(name);
            if fs::read(&path).is_ok_and(|there| there == *content) {
                continue;
            }
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(at(parent))?;
            }
            fs::write(&path, content).map_err(at(&path))?;
        }
        let wanted: BTreeSet<_> = self.files.keys().map(|name| folder.join(name)).collect();
        remove_others(folder, &wanted).map_err(at(folder))
    }
}

fn remove_others(folder: &Path, wanted: &BTreeSet<std::path::PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, wanted)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        } else if !wanted.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
