//! A package in a folder of its own, and the program run in it.

#![allow(dead_code, reason = "every test takes what it needs")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// A resource as people write it.
pub(crate) const ORDER: &str = r#"//! An order.

use fourfold::prelude::*;

/// An order placed by a user.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(cancel, input = CancelOrder, event = "cancelled"))]
pub struct Order {
    /// Made by the server.
    #[field(id)]
    pub id: Uuid,
    /// Who placed it.
    #[field(references = "shop.user.v1.User", filter, immutable)]
    pub user_id: Uuid,
    /// What they want.
    #[field(validate(length(1..=50)))]
    pub items: Vec<Item>,
    /// Where it stands.
    #[field(filter, output_only)]
    pub status: OrderStatus,
    /// Anything the customer wants to say.
    pub note: Option<String>,
    /// Counts the changes.
    #[field(version)]
    pub version: i64,
}

/// A line of an order.
#[derive(Value)]
pub struct Item {
    /// The article's number.
    #[field(validate(pattern("^[A-Z0-9-]{3,20}$")))]
    pub sku: String,
    /// How many of it.
    #[field(default = 1, validate(range(1..=100)))]
    pub quantity: u32,
}

/// Where an order stands.
#[derive(Choice)]
pub enum OrderStatus {
    /// Nothing has been done about it yet.
    Placed,
    /// It is on its way.
    Shipped,
}

/// What a caller says to cancel an order.
#[derive(Value)]
pub struct CancelOrder {
    /// Why.
    pub reason: String,
}
"#;

/// Another one, in a package of its own.
pub(crate) const USER: &str = r#"
use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users")]
pub struct User {
    #[field(id)]
    pub id: Uuid,
    #[field(unique, validate(email))]
    pub email: String,
}
"#;

/// A folder that is removed at the end.
pub(crate) struct Project {
    root: PathBuf,
}

/// What a run said.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    /// An empty folder of its own: two tests may call theirs the same.
    pub(crate) fn empty(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name} {process} {number}"));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("a folder");
        Self { root }
    }

    /// A package with one resource.
    pub(crate) fn new(name: &str) -> Self {
        let project = Self::empty(name);
        project.write("Cargo.toml", "[package]\nname = \"order\"\n");
        project.write("src/resources/order.rs", ORDER);
        project
    }

    /// The same with its contracts.
    pub(crate) fn generated(name: &str) -> Self {
        let project = Self::new(name);
        project.run(&["generate"]).succeeds();
        project
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces a part of a file, which has to be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replace(from, to));
    }

    /// All files, with what they hold and when they were written.
    pub(crate) fn files(&self, below: &str) -> BTreeMap<String, (String, SystemTime)> {
        let mut files = BTreeMap::new();
        let mut todo = vec![self.path(below)];
        while let Some(folder) = todo.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    files.insert(format!("{}/", self.name(&path)), (String::new(), SystemTime::UNIX_EPOCH));
                    todo.push(path);
                } else {
                    let written = entry.metadata().and_then(|meta| meta.modified()).expect("a time");
                    files.insert(self.name(&path), (fs::read_to_string(&path).unwrap_or_default(), written));
                }
            }
        }
        files
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-fourfold"));
        command.arg("fourfold").args(arguments).current_dir(&self.root);
        command.env_remove("NO_COLOR").env_remove("CARGO_TERM_COLOR");
        // There is none unless a test makes it.
        command.env("CARGO_TARGET_DIR", self.path("target"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().expect("the program runs"))
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("git");
        command.args([
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
        ]);
        Ran::of(&command.args(arguments).current_dir(&self.root).output().expect("git runs"))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }

    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}
