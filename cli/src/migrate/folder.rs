//! The folder of the migrations.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fourfold_codegen::migrations::{Engine, SNAPSHOT, Schema, folder};

use crate::failure::{Failure, listed};
use crate::package::{Package, shown};

/// The migrations that are there, and what they lead to.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// The texts on both engines by name.
    pub(crate) migrations: BTreeMap<String, Texts>,
    /// The text of the snapshot, where there is one.
    pub(crate) snapshot: Option<String>,
    /// What it says.
    pub(crate) schema: Schema,
}

/// The text of a migration on each engine; empty where there is none.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) sqlite: String,
    pub(crate) postgres: String,
}

impl Folder {
    /// Reads the folder of a package. It may be empty, or not there.
    pub(crate) fn read(package: &Package, said: Option<&Path>) -> Result<Self, Failure> {
        let path = said.map_or_else(|| package.root.join("migrations"), Path::to_owned);
        let mut migrations: BTreeMap<String, Texts> = BTreeMap::new();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            for (name, text) in files(&path.join(folder(engine)))? {
                let texts = migrations.entry(name).or_default();
                match engine {
                    Engine::Sqlite => texts.sqlite = text,
                    Engine::Postgres => texts.postgres = text,
                }
            }
        }
        let snapshot = path.join(SNAPSHOT);
        let text = match fs::read_to_string(&snapshot) {
            Ok(text) => Some(text.replace("\r\n", "\n")),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
            Err(error) => return Err(Failure::file("read", &snapshot, &error)),
        };
        if text.is_none() && !migrations.is_empty() {
            return Err(Failure::Trouble(format!(
                "there are migrations in `{}`, and no `{SNAPSHOT}`, which says what they lead to: take it out of git again",
                shown(&path)
            )));
        }
        let schema = Schema::parse(text.as_deref().unwrap_or_default()).map_err(|errors| {
            Failure::Mistakes(format!("`{}` can't be read:{}", shown(&snapshot), listed(&errors)))
        })?;
        Ok(Self { path, migrations, snapshot: text, schema })
    }

    /// What the name of the next migration begins with: the moment, unless there is a later one already.
    pub(crate) fn number(&self) -> u64 {
        let now = chrono::Utc::now().format("%Y%m%d%H%M%S").to_string().parse().unwrap_or_default();
        let numbers = self.migrations.keys().filter_map(|name| name.split('_').next()?.parse::<u64>().ok());
        numbers.max().map_or(now, |last| now.max(last.saturating_add(1)))
    }

    /// What has no text on an engine, though it has on the other.
    pub(crate) fn lacking(&self) -> Vec<String> {
        let lacks = |(name, texts): (&String, &Texts)| {
            let engine = match (texts.sqlite.is_empty(), texts.postgres.is_empty()) {
                (true, false) => Engine::Sqlite,
                (false, true) => Engine::Postgres,
                _ => return None,
            };
            Some(format!("migration {name} has no file in {}/", folder(engine)))
        };
        self.migrations.iter().filter_map(lacks).collect()
    }
}

fn files(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(Failure::file("read", folder, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::file("read", folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let text = fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
            found.push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), text));
        }
    }
    Ok(found)
}
