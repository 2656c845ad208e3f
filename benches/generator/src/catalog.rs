//! The packages to generate from: real files, a resource in each.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// How many resources share a proto package.
const IN_A_PACKAGE: usize = 10;

/// A package with many resources.
pub(crate) struct Catalog {
    pub(crate) directory: PathBuf,
}

impl Catalog {
    /// Writes it anew.
    pub(crate) fn write(resources: usize, directory: &Path) -> Result<Self> {
        let directory = directory.join(format!("of-{resources}"));
        let _ = fs::remove_dir_all(&directory);
        let folder = directory.join("src/resources");
        fs::create_dir_all(&folder)?;
        // As cargo leaves it after the first build.
        fs::create_dir_all(directory.join("target"))?;
        fs::write(directory.join("Cargo.toml"), "[package]\nname = \"bench\"\nversion = \"0.0.0\"\n")?;
        let mut modules = String::new();
        for number in 0..resources {
            writeln!(modules, "pub mod thing_{number};")?;
            fs::write(folder.join(format!("thing_{number}.rs")), resource(number))?;
        }
        fs::write(folder.join("mod.rs"), modules)?;
        Ok(Self { directory })
    }

    /// The folder that is generated.
    pub(crate) fn contracts(&self) -> PathBuf {
        self.directory.join("contracts")
    }

    /// Changes the type of one rule of one resource, there or back.
    pub(crate) fn edit(&self) -> Result<()> {
        let path = self.directory.join("src/resources/thing_0.rs");
        let text = fs::read_to_string(&path)?;
        let (from, to) =
            if text.contains("..=100)") { ("..=100)", "..=120)") } else { ("..=120)", "..=100)") };
        fs::write(path, text.replace(from, to))?;
        Ok(())
    }
}

/// A resource of 12 fields, one of them a choice and one a list of values.
fn resource(number: usize) -> String {
    let package = number / IN_A_PACKAGE;
    format!(
        r#"//! Things of the kind {number}.

use fourfold::prelude::*;

/// A thing of the kind {number}.
#[derive(Resource)]
#[resource(package = "bench.group_{package}.v1", path = "things-{number}", operation(close, input = CloseThing{number}))]
pub struct Thing{number} {{
    /// Made by the server.
    #[field(id)]
    pub id: Uuid,
    /// Where to write to.
    #[field(unique, validate(email))]
    pub email: String,
    /// What it is called.
    #[field(filter, sort, validate(length(1..=100)))]
    pub name: String,
    /// Where it stands.
    #[field(filter, output_only)]
    pub state: Thing{number}State,
    /// How old it is.
    #[field(validate(range(0..=150)))]
    pub age: Option<i32>,
    /// What it is worth.
    #[field(filter, sort, validate(range("0.00".."1000000.00")))]
    pub price: Decimal,
    /// What it consists of.
    #[field(validate(length(..=20)))]
    pub parts: Vec<Thing{number}Part>,
    /// Whether it is in use.
    #[field(default = true)]
    pub active: bool,
    /// Anything else.
    #[field(validate(length(..=1000)))]
    pub note: Option<String>,
    /// When it was made.
    #[field(created_at, filter, sort)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[field(updated_at)]
    pub updated_at: Timestamp,
    /// Counts the changes.
    #[field(version)]
    pub version: i64,
}}

/// A part of a thing.
#[derive(Value)]
pub struct Thing{number}Part {{
    /// Its number.
    #[field(validate(pattern("^[A-Z0-9-]{{3,20}}$")))]
    pub code: String,
    /// How many.
    #[field(default = 1, validate(range(1..=100)))]
    pub count: u32,
}}

/// Where a thing stands.
#[derive(Choice)]
pub enum Thing{number}State {{
    /// It is used.
    Open,
    /// It is not used any more.
    Closed,
}}

/// What a caller says to close a thing.
#[derive(Value)]
pub struct CloseThing{number} {{
    /// Why.
    #[field(validate(length(1..=200)))]
    pub reason: String,
}}
"#
    )
}
