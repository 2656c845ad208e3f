//! What the SQLite engine promises.

mod failures;
mod ids;
mod lists;
mod places;
mod renames;
mod tables;
mod types;
mod writes;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use super::Sqlite;
use crate::store::fixtures::ALL;
use crate::store::{StoreError, StoreOptions};

/// A directory that goes away with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("fourfold-sqlite-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("test.db")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store in a file of its own.
struct InFile {
    store: Sqlite,
    directory: Directory,
}

impl Deref for InFile {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        &self.store
    }
}

impl InFile {
    /// A connection of somebody else's.
    fn other(&self) -> rusqlite::Connection {
        super::connect::try_writer(
            &super::location::Location::File(self.directory.file()),
            Duration::from_secs(5),
        )
        .expect("another connection")
    }
}

fn open_with(path: &Path, patience: Duration) -> Sqlite {
    let url = format!("sqlite:{}", path.display());
    Sqlite::open(&StoreOptions { url, patience, connections: 1 }).expect("a store")
}

fn options(url: String) -> StoreOptions {
    StoreOptions { url, patience: Duration::from_secs(5), connections: 1 }
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(&options(format!("sqlite:{}", path.display()))).expect("a store")
}

async fn in_file() -> InFile {
    in_file_with(Duration::from_secs(5)).await
}

async fn in_file_with(patience: Duration) -> InFile {
    let directory = Directory::new();
    let store = open_with(&directory.file(), patience);
    store.prepare(&ALL, true).await.expect("tables");
    InFile { store, directory }
}

async fn in_memory() -> Sqlite {
    let store = Sqlite::open(&options("memory:".to_owned())).expect("a store");
    store.prepare(&ALL, true).await.expect("tables");
    store
}

fn is_unavailable(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

/// How many rows a table has, as a connection of its own sees it.
fn count(connection: &rusqlite::Connection, table: &str) -> i64 {
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).expect("a count")
}
