//! `init`: a service of a package that is there.

use std::path::{Path, PathBuf};

use crate::add::put_resource;
use crate::arguments::Init;
use crate::edit::manifest::{Dependency, Edit};
use crate::edit::{Edited, add_item, add_module, add_statement, defines};
use crate::failure::Failure;
use crate::house::House;
use crate::scaffold::known;
use crate::scaffold::service::{self, Fourfold};
use crate::screen::Screen;
use crate::specs::{Specs, note_plurals};
use crate::{new, questions};

pub(crate) fn run(arguments: &Init, screen: &mut Screen) -> Result<(), Failure> {
    let mut house = House::enter(&arguments.place, screen)?;
    let has_some = house.catalog.resources().next().is_some();
    if !has_some {
        house.package.sources = vec![PathBuf::from("src/resources")];
    }
    let asked =
        if arguments.resources.is_empty() && !has_some { questions::resources()? } else { Vec::new() };
    let texts = if asked.is_empty() { &arguments.resources } else { &asked };
    let fourfold = new::fourfold(arguments.fourfold_path.as_deref(), &house.package.root)?;
    let mut specs = Specs::resources("--resource", texts);
    let mut known = house.known.clone();
    known.extend(specs.specs.iter().map(|spec| known::of_spec(spec, &house.prefix)));
    specs.check(&house.prefix, &known);
    let specs = specs.done(screen)?;

    service(&mut house, &fourfold)?;
    for spec in &specs {
        put_resource(&mut house, spec, &known)?;
    }
    note_plurals(&specs, &mut house.draft.notes);
    house.draft.generate(&house.package, screen)?;
    house.draft.finish(arguments.place.dry_run, screen)?;
    Ok(())
}

/// What a service has besides its resources, where it is missing.
pub(crate) fn service(house: &mut House, fourfold: &Fourfold) -> Result<(), Failure> {
    let client = build_script(house)?;
    manifest(house, fourfold, client)?;
    crate_root(house)?;
    program(house)?;
    if client {
        tests(house)?;
    }
    Ok(())
}

/// Adds a file where none is.
fn create_if_absent(house: &mut House, path: &str, text: String) -> Result<(), Failure> {
    if house.draft.has(path) { Ok(()) } else { house.draft.create(path, text) }
}

/// Whether the build script, after this, writes the client that the tests call the service with.
fn build_script(house: &mut House) -> Result<bool, Failure> {
    let Some(text) = house.draft.text("build.rs")? else {
        house.draft.create("build.rs", service::BUILD.to_owned())?;
        return Ok(true);
    };
    if !text.contains("fourfold_codegen") {
        let statement = "fourfold_codegen::build(\"src/resources\");";
        let by_hand = format!("fn main() {{\n    {statement}\n}}");
        house.draft.edit("build.rs", &by_hand, true, |text| add_statement(text, "main", statement))?;
        return Ok(false);
    }
    Ok(text.contains("client(\"contracts\")"))
}

fn manifest(house: &mut House, fourfold: &Fourfold, client: bool) -> Result<(), Failure> {
    let before = house.draft.text("Cargo.toml")?.unwrap_or_default();
    let of = |kind, name, source, features| Dependency { kind, name, source, features };
    let crates = |version: &str| ("version", version.to_owned());
    let codegen: &[&str] = if client { &["client"] } else { &[] };
    let mut wanted = vec![
        of("dependencies", "fourfold", fourfold.source(""), &["config-file"][..]),
        of("dependencies", "tokio", crates("1"), &["macros", "rt-multi-thread"]),
        of("dependencies", "tracing-subscriber", crates("0.3"), &["env-filter"]),
        of("build-dependencies", "fourfold-codegen", fourfold.source("/codegen"), codegen),
    ];
    if client {
        wanted.push(of("dev-dependencies", "fourfold", fourfold.source(""), &["client"]));
        wanted.push(of("dev-dependencies", "tokio", crates("1"), &["sync", "time"]));
    }
    depend(house, &before, &wanted)
}

fn depend(house: &mut House, before: &str, wanted: &[Dependency<'_>]) -> Result<(), Failure> {
    let edited = Edit::read(before).and_then(|mut edit| {
        for dependency in wanted {
            edit.depend(dependency)?;
        }
        Ok(edit.text())
    });
    match edited {
        Ok(after) => house.draft.set("Cargo.toml", after, false),
        Err(why) => Err(house.draft.refuse("Cargo.toml", &why, "[dependencies]\nfourfold = ..")),
    }
}

/// Has the service speak to PostgreSQL, where no feature of its own brings that.
#[cfg(feature = "migrate")]
pub(crate) fn with_postgres(house: &mut House) -> Result<(), Failure> {
    let before = house.draft.text("Cargo.toml")?.unwrap_or_default();
    if before.contains("fourfold/postgres") {
        return Ok(());
    }
    let (kind, source) = ("dependencies", Fourfold::Index.source(""));
    depend(house, &before, &[Dependency { kind, name: "fourfold", source, features: &["postgres"] }])
}

/// `src/lib.rs` with the resources and the function that makes the server, and `src/resources/mod.rs`.
fn crate_root(house: &mut House) -> Result<(), Failure> {
    const SERVER: &str = "/// The service with all that it serves, not started yet.\n#[must_use]\npub fn server(config: \
                          fourfold::Config) -> fourfold::Server {\n    fourfold::Server::new(config)\n}";
    if house.resources().is_err() {
        let names = service::mods("What the service serves.", Vec::new());
        create_if_absent(house, "src/resources/mod.rs", names)?;
    }
    let name = house.package.name.clone();
    let path = Path::new("src/lib.rs");
    let Some(text) = house.draft.text(path)? else {
        // A program that has its resources in main.rs has its server there too.
        let in_main = house.draft.text("src/main.rs")?.is_some_and(|text| text.contains("mod resources"));
        if in_main {
            return Ok(());
        }
        return house.draft.create(path, service::lib(&name));
    };
    house.draft.edit(path, "pub mod resources;", false, |text| add_module(text, "resources", "pub "))?;
    let makes_one = text.contains("Server::new") || text.contains("Server::from_env");
    if makes_one {
        return Ok(());
    }
    house.draft.edit(path, SERVER, true, |text| {
        if defines(text, "server") {
            return Edited::Refused("it has a function `server` that makes no server".to_owned());
        }
        add_item(text, SERVER)
    })
}

/// What cargo writes into a new program.
const HELLO: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";

/// `src/main.rs`, where there is none but cargo's own.
fn program(house: &mut House) -> Result<(), Failure> {
    let (name, krate) = (house.package.name.clone(), house.krate());
    create_if_absent(house, "config.toml", service::config(&name))?;
    match house.draft.text("src/main.rs")? {
        Some(text) if text.replace("\r\n", "\n") != HELLO => {
            if !text.contains("Server::") && !text.contains("::server(") {
                house.draft.notes.push(format!(
                    "`src/main.rs` stays as it is; to serve, have it run\n  \
                     {krate}::server(fourfold::Config::from_file(\"config.toml\")?).run().await"
                ));
            }
            Ok(())
        }
        _ => {
            house.draft.set("src/main.rs", service::main(&name, &krate), true)?;
            create_if_absent(house, "src/auth.rs", service::AUTH.to_owned())
        }
    }
}

fn tests(house: &mut House) -> Result<(), Failure> {
    let krate = house.krate();
    create_if_absent(house, "tests/service/main.rs", service::tests(&krate))
}
