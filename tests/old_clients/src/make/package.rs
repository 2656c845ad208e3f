//! The packages: all definitions before, all after, the clients of those before, and who judges.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use fourfold_codegen::files;
use fourfold_codegen::lock::Lock;
use fourfold_codegen::source::{Files, cfg::Listed};

use super::Pair;
use super::definition::{Definition, Id};

pub(super) fn write(folder: &Path, root: &Path, pairs: &[Pair]) -> io::Result<()> {
    let root = root.display();
    put(
        folder,
        "Cargo.toml",
        "[workspace]\nmembers = [\"before\", \"after\", \"caller\", \"judge\"]\nresolver = \"3\"\n",
    )?;
    fs::copy(format!("{root}/Cargo.lock"), folder.join("Cargo.lock"))?;
    let empty = Lock::default();
    let lock =
        definitions(folder, &root.to_string(), "before", pairs.iter().map(|pair| &pair.before), &empty)?;
    definitions(folder, &root.to_string(), "after", pairs.iter().map(|pair| &pair.after), &lock)?;
    let manifest = format!(
        "{}\n[dependencies]\nfourfold = {{ path = \"{root}\", features = [\"client\"] }}\n\n\
         [build-dependencies]\nfourfold-codegen = {{ path = \"{root}/codegen\", features = [\"client\"] }}\n",
        head("caller")
    );
    put(folder, "caller/Cargo.toml", &manifest)?;
    put(
        folder,
        "caller/build.rs",
        "//! Reads the contracts.\n\nfn main() {\n    fourfold_codegen::Build::new().client(\"../before/contracts\").run();\n}\n",
    )?;
    put(folder, "caller/src/lib.rs", "//! Old clients.\n\nfourfold::include_generated!();\n")?;
    let manifest = format!(
        "{}\n[dependencies]\nafter = {{ package = \"old-after\", path = \"../after\" }}\n\
         before = {{ package = \"old-before\", path = \"../before\" }}\ncaller = {{ package = \"old-caller\", path = \"../caller\" }}\n\
         fourfold = {{ path = \"{root}\", features = [\"client\"] }}\nfourfold-old-clients = {{ path = \"{root}/tests/old_clients\" }}\n",
        head("judge")
    );
    put(folder, "judge/Cargo.toml", &manifest)?;
    let plans: Vec<_> = pairs.iter().map(|pair| &pair.plan).collect();
    put(folder, "plans.json", &serde_json::to_string(&plans).map_err(io::Error::other)?)?;
    put(folder, "judge/src/main.rs", &judge(pairs))
}

fn put(folder: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    if fs::read_to_string(&path).is_ok_and(|there| there == text) { Ok(()) } else { fs::write(path, text) }
}

fn head(name: &str) -> String {
    format!("[package]\nname = \"old-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n")
}

/// A package of definitions with their contracts; the numbers go on from those of the lock.
fn definitions<'a>(
    folder: &Path,
    root: &str,
    name: &str,
    all: impl Iterator<Item = &'a Definition>,
    lock: &Lock,
) -> io::Result<Lock> {
    let _ = fs::remove_dir_all(folder.join(name).join("src/resources"));
    let _ = fs::remove_dir_all(folder.join(name).join("contracts"));
    let manifest = format!(
        "{}\n[dependencies]\nfourfold = {{ path = \"{root}\" }}\n\n\
         [build-dependencies]\nfourfold-codegen = {{ path = \"{root}/codegen\" }}\n",
        head(name)
    );
    put(folder, &format!("{name}/Cargo.toml"), &manifest)?;
    put(
        folder,
        &format!("{name}/build.rs"),
        "//! Reads the definitions.\n\nfn main() {\n    fourfold_codegen::build(\"src/resources\");\n}\n",
    )?;
    put(
        folder,
        &format!("{name}/src/lib.rs"),
        "//! Definitions.\n\npub mod resources;\n\nfourfold::include_generated!();\n",
    )?;
    let mut modules = "//! The definitions.\n\n".to_owned();
    for definition in all {
        let _ = writeln!(modules, "pub mod d{};", definition.nth);
        put(folder, &format!("{name}/src/resources/d{}.rs", definition.nth), &definition.render())?;
    }
    put(folder, &format!("{name}/src/resources/mod.rs"), &modules)?;
    let read = Files::read(&folder.join(name), &["src/resources".into()]).source(&Listed::host());
    assert!(read.reports.is_empty(), "each was taken alone: {:?}", read.reports.first());
    let update = lock.update(&read.catalog);
    assert!(update.errors.is_empty(), "each had its numbers alone: {:?}", update.errors);
    for (path, text) in files::render(&read.catalog, &update.lock) {
        put(folder, &format!("{name}/contracts/{path}"), &text)?;
    }
    Ok(update.lock)
}

/// The program: each pair with its servers and its old client.
fn judge(pairs: &[Pair]) -> String {
    let mut out = "//! Judges the pairs.\n\nuse fourfold_old_clients::judge::{self, Pair};\n\n".to_owned();
    for Pair { before, .. } in pairs {
        let nth = before.nth;
        let id = if before.id == Id::I64 { "i64" } else { "String" };
        let calls = before.operations.iter().map(|operation| match &operation.input {
            Some(input) => format!("{}({input})", operation.name),
            None => operation.name.clone(),
        });
        let _ = writeln!(
            out,
            "mod pair{nth} {{\n    fourfold_old_clients::caller!(caller::generated::clients::old::pair{nth}::v1, {id}, ListThings{nth}Request, {});\n}}\n",
            calls.collect::<Vec<_>>().join(", ")
        );
    }
    out += "fn main() -> std::process::ExitCode {\n    judge::run(\n        &[\n";
    for Pair { before, .. } in pairs {
        let nth = before.nth;
        let _ = writeln!(
            out,
            "            Pair {{\n                before: before::resources::d{nth}::mounted,\n                after: after::resources::d{nth}::mounted,\n                \
             old_listens: before::resources::d{nth}::listening,\n                new_listens: after::resources::d{nth}::listening,\n                \
             caller: pair{nth}::caller,\n            }},"
        );
    }
    out += "        ],\n        before::generated::FILE_DESCRIPTOR_SET,\n        after::generated::FILE_DESCRIPTOR_SET,\n    )\n}\n";
    out
}
