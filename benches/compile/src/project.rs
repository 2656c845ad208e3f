//! The projects to compile: the sources of the two services, with their one resource as often as it takes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    ByHand,
    Generated,
}

impl Side {
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::ByHand, Self::Generated].into_iter().find(|side| side.name() == word)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::Generated => "generated",
        }
    }
}

/// A package with many resources.
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    /// Shared by all of a side, so that the dependencies are built once.
    pub(crate) target: PathBuf,
    /// Where the fields of one of the resources are declared.
    pub(crate) edited: PathBuf,
}

/// The modules of the service by hand that all resources share.
const SHARED: [&str; 5] = ["database", "idempotency", "outbox", "problem", "request"];

impl Project {
    /// Writes it anew.
    pub(crate) fn write(side: Side, resources: usize, directory: &Path) -> Result<Self> {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("benches/ is gone")?;
        let name = format!("{}-{resources}", side.name());
        let project = directory.join(&name);
        let _ = fs::remove_dir_all(&project);
        fs::create_dir_all(project.join("src"))?;
        let origin = benches.join(side.name());
        let edited = match side {
            Side::ByHand => by_hand(&origin, &project, resources)?,
            Side::Generated => generated(&origin, &project, resources)?,
        };
        fs::write(project.join("Cargo.toml"), manifest(side, &name, &origin)?)?;
        let lock = match side {
            Side::ByHand => benches.join("Cargo.lock"),
            Side::Generated => origin.join("Cargo.lock"),
        };
        fs::copy(lock, project.join("Cargo.lock"))?;
        Ok(Self { name, directory: project, target: directory.join(side.name()), edited })
    }
}

/// The dependencies as the service has them, on SQLite alone.
fn manifest(side: Side, name: &str, origin: &Path) -> Result<String> {
    let manifest = fs::read_to_string(origin.join("Cargo.toml"))?;
    let dependencies = match side {
        Side::ByHand => {
            let start = manifest.find("[features]").ok_or("by-hand/Cargo.toml has no [features]")?;
            let end = manifest.find("[lints]").unwrap_or(manifest.len());
            manifest[start..end].to_owned()
        }
        Side::Generated => {
            let start =
                manifest.find("[dependencies]").ok_or("generated/Cargo.toml has no [dependencies]")?;
            let root = origin.join("../..").canonicalize()?;
            let path = format!("path = \"{}\"", root.display());
            manifest[start..].replace("path = \"../..\"", &path).replace(", features = [\"postgres\"]", "")
        }
    };
    Ok(format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n{dependencies}"
    ))
}

fn generated(origin: &Path, project: &Path, resources: usize) -> Result<PathBuf> {
    let resource = fs::read_to_string(origin.join("src/user.rs"))?;
    let (mut modules, mut mounts) = (String::new(), String::new());
    for number in 0..resources {
        writeln!(modules, "mod thing{number};")?;
        write!(mounts, "\n        .mount::<thing{number}::Thing{number}>()")?;
        fs::write(project.join(format!("src/thing{number}.rs")), renamed(&resource, number))?;
    }
    let main = fs::read_to_string(origin.join("src/main.rs"))?
        .replace("mod user;\n", &modules)
        .replace("use crate::user::User;\n", "")
        .replace(".mount::<User>()", &mounts);
    fs::write(project.join("src/main.rs"), main)?;
    Ok(project.join("src/thing0.rs"))
}

fn by_hand(origin: &Path, project: &Path, resources: usize) -> Result<PathBuf> {
    for module in SHARED {
        fs::copy(origin.join(format!("src/{module}.rs")), project.join(format!("src/{module}.rs")))?;
    }
    let files = fs::read_dir(origin.join("src/users"))?.collect::<Result<Vec<_>, _>>()?;
    let (mut modules, mut migrations, mut routers) = (String::new(), String::new(), String::new());
    for number in 0..resources {
        let module = project.join(format!("src/thing{number}s"));
        fs::create_dir(&module)?;
        for file in &files {
            fs::write(module.join(file.file_name()), renamed(&fs::read_to_string(file.path())?, number))?;
        }
        writeln!(modules, "mod thing{number}s;")?;
        writeln!(migrations, "    thing{number}s::migrate(&database).await?;")?;
        write!(routers, "\n        .merge(thing{number}s::router())")?;
    }
    let main = fs::read_to_string(origin.join("src/main.rs"))?
        .replace("mod users;\n", &modules)
        .replace("    users::migrate(&database).await?;\n", &migrations)
        .replace(".merge(users::router())", &routers);
    fs::write(project.join("src/main.rs"), main)?;
    Ok(project.join("src/thing0s/model.rs"))
}

fn renamed(source: &str, number: usize) -> String {
    source.replace("User", &format!("Thing{number}")).replace("user", &format!("thing{number}"))
}
