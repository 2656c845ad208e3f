//! The projects to compile: the sources of the two services, with their one resource as often as it takes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// REST with axum and sqlx.
    ByHand,
    /// gRPC with tonic's generated servers and sqlx.
    ByHandGrpc,
    /// REST and gRPC over the table.
    Generated,
    /// The same, and prost's messages and tonic's clients for every resource.
    GeneratedMessages,
}

impl Side {
    pub(crate) const ALL: [Self; 4] =
        [Self::ByHand, Self::ByHandGrpc, Self::Generated, Self::GeneratedMessages];

    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.name() == word)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::ByHandGrpc => "by-hand-grpc",
            Self::Generated => "generated",
            Self::GeneratedMessages => "generated-messages",
        }
    }

    /// The service whose sources it multiplies.
    const fn origin(self) -> &'static str {
        match self {
            Self::GeneratedMessages => "generated",
            other => other.name(),
        }
    }

    pub(crate) const fn is_generated(self) -> bool {
        matches!(self, Self::Generated | Self::GeneratedMessages)
    }
}

/// A package with many resources.
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    /// Shared by all of a side, so that the dependencies are built once.
    pub(crate) target: PathBuf,
    /// Where the fields of one of the resources are declared.
    pub(crate) edited: Vec<PathBuf>,
    /// Whether fourfold's build script belongs to it.
    pub(crate) generated: bool,
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
        let origin = benches.join(side.origin());
        let edited = match side {
            Side::ByHand => by_hand(&origin, &project, resources)?,
            Side::ByHandGrpc => by_hand_grpc(benches, &origin, &project, resources)?,
            Side::Generated | Side::GeneratedMessages => generated(side, &origin, &project, resources)?,
        };
        fs::write(project.join("Cargo.toml"), manifest(side, &name, &origin)?)?;
        let lock = match side {
            Side::ByHand | Side::ByHandGrpc => benches.join("Cargo.lock"),
            Side::Generated | Side::GeneratedMessages => origin.join("Cargo.lock"),
        };
        fs::copy(lock, project.join("Cargo.lock"))?;
        Ok(Self {
            name,
            directory: project,
            target: directory.join(side.name()),
            edited,
            generated: side.is_generated(),
        })
    }
}

/// The dependencies as the service has them, on SQLite alone.
fn manifest(side: Side, name: &str, origin: &Path) -> Result<String> {
    let manifest = fs::read_to_string(origin.join("Cargo.toml"))?;
    let dependencies = match side {
        Side::ByHand | Side::ByHandGrpc => {
            let start = manifest.find("[features]").ok_or("by-hand/Cargo.toml has no [features]")?;
            let end = manifest.find("[lints]").unwrap_or(manifest.len());
            manifest[start..end].to_owned()
        }
        Side::Generated | Side::GeneratedMessages => {
            let start =
                manifest.find("[dependencies]").ok_or("generated/Cargo.toml has no [dependencies]")?;
            let root = origin.join("../..").canonicalize()?;
            let path = format!("path = \"{}\"", root.display());
            let codegen = format!("path = \"{}/codegen\"", root.display());
            let messages = match side {
                Side::GeneratedMessages => format!("{codegen}, features = [\"messages\"]"),
                _ => codegen,
            };
            manifest[start..]
                .replace("path = \"../../codegen\"", &messages)
                .replace("path = \"../..\"", &path)
                .replace(", features = [\"postgres\"]", "")
        }
    };
    Ok(format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n{dependencies}"
    ))
}

fn generated(side: Side, origin: &Path, project: &Path, resources: usize) -> Result<Vec<PathBuf>> {
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
    let build = match side {
        Side::GeneratedMessages => "fourfold_codegen::Build::new().resources(\"src\").messages(true).run();",
        _ => "fourfold_codegen::build(\"src\");",
    };
    fs::write(
        project.join("build.rs"),
        format!("//! Reads the resources.\n\nfn main() {{\n    {build}\n}}\n"),
    )?;
    Ok(vec![project.join("src/thing0.rs")])
}

/// The same by gRPC: the modules that it shares with REST are copied beside its own.
fn by_hand_grpc(benches: &Path, origin: &Path, project: &Path, resources: usize) -> Result<Vec<PathBuf>> {
    for module in ["database", "outbox"] {
        let from = benches.join(format!("by-hand/src/{module}.rs"));
        fs::copy(from, project.join(format!("src/{module}.rs")))?;
    }
    for module in ["failure", "idempotency"] {
        fs::copy(origin.join(format!("src/{module}.rs")), project.join(format!("src/{module}.rs")))?;
    }
    fs::copy(origin.join("build.rs"), project.join("build.rs"))?;
    fs::create_dir(project.join("proto"))?;
    let proto = fs::read_to_string(origin.join("proto/user.proto"))?;
    let files = fs::read_dir(origin.join("src/users"))?.collect::<Result<Vec<_>, _>>()?;
    let (mut modules, mut migrations, mut services) = (String::new(), String::new(), String::new());
    for number in 0..resources {
        let module = project.join(format!("src/thing{number}s"));
        fs::create_dir(&module)?;
        for file in &files {
            fs::write(module.join(file.file_name()), renamed(&fs::read_to_string(file.path())?, number))?;
        }
        fs::write(project.join(format!("proto/thing{number}.proto")), proto_renamed(&proto, number))?;
        writeln!(modules, "mod thing{number}s;")?;
        writeln!(migrations, "    thing{number}s::migrate(&database).await?;")?;
        write!(services, "\n        .add_service(thing{number}s::service(database.clone()))")?;
    }
    let main = fs::read_to_string(origin.join("src/main.rs"))?
        .replace("#[path = \"../../by-hand/src/database.rs\"]\n", "")
        .replace("#[path = \"../../by-hand/src/outbox.rs\"]\n", "")
        .replace("mod users;\n", &modules)
        .replace("    users::migrate(&database).await?;\n", &migrations)
        .replace("\n        .add_service(users::service(database.clone()))", &services);
    fs::write(project.join("src/main.rs"), main)?;
    Ok(vec![project.join("src/thing0s/model.rs"), project.join("proto/thing0.proto")])
}

fn by_hand(origin: &Path, project: &Path, resources: usize) -> Result<Vec<PathBuf>> {
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
    Ok(vec![project.join("src/thing0s/model.rs")])
}

/// In a proto the enum's values have its name before them.
fn proto_renamed(source: &str, number: usize) -> String {
    renamed(source, number).replace("USER_ROLE", &format!("THING{number}_ROLE"))
}

fn renamed(source: &str, number: usize) -> String {
    source.replace("User", &format!("Thing{number}")).replace("user", &format!("thing{number}"))
}
