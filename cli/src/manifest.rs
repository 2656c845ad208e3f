//! `Cargo.toml`, as far as it matters here. Read as it is: asking cargo takes longer than all the rest.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::failure::Failure;

/// A manifest and where it is.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// The file.
    pub(crate) path: PathBuf,
    table: Table,
}

impl Manifest {
    /// Reads a manifest.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        let table = text
            .parse::<Table>()
            .map_err(|error| Failure::Trouble(format!("`{}` is not TOML: {error}", path.display())))?;
        Ok(Self { path: path.to_owned(), table })
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The name of the package, where it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.at(&["package", "name"])?.as_str()
    }

    pub(crate) fn is_workspace(&self) -> bool {
        self.table.contains_key("workspace")
    }

    /// The value below these keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(*key))
    }

    /// The texts of the list below these keys; what is no text is left out.
    pub(crate) fn list(&self, keys: &[&str]) -> Vec<&str> {
        let values = self.at(keys).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// All dependencies of all kinds, with what is said of them.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = (&str, &Value)> {
        const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
        let own = KINDS.iter().filter_map(|kind| self.table.get(*kind));
        let targets = self.table.get("target").and_then(Value::as_table).into_iter().flatten();
        let of_targets =
            targets.flat_map(|(_, target)| KINDS.iter().filter_map(move |kind| target.get(*kind)));
        own.chain(of_targets)
            .filter_map(Value::as_table)
            .flatten()
            .map(|(name, dependency)| (name.as_str(), dependency))
    }

    /// The resources that `[package.metadata.fourfold]` names.
    pub(crate) fn resources(&self) -> Result<Option<Vec<PathBuf>>, Failure> {
        let Some(said) = self.at(&["package", "metadata", "fourfold", "resources"]) else { return Ok(None) };
        let one = said.as_str().map(|one| vec![one]);
        let many = || said.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
        match one.or_else(many) {
            Some(paths) if !paths.is_empty() => Ok(Some(paths.into_iter().map(PathBuf::from).collect())),
            _ => Err(Failure::Trouble(format!(
                "in `{}`, `package.metadata.fourfold.resources` takes a list of files and folders, such as \
                 [\"src/resources\"]",
                self.path.display()
            ))),
        }
    }
}
