//! Wrong items and what is said about them.
//!
//! Each `mistakes/<mistake>.rs` is one item; `mistakes/<mistake>.txt` is every error, in source order, as
//! `line:column: message`. With `UPDATE_GOLDENS=1` the texts are written anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use fourfold_model::Diagnostic;

/// The errors of the one item in a file, by the derive that it says.
fn errors(code: &str) -> Vec<Diagnostic> {
    let item: syn::DeriveInput = syn::parse_str(code).unwrap_or_else(|error| panic!("{error}:\n{code}"));
    if code.contains("#[derive(Resource)]") {
        fourfold_model::resource(&item).errors
    } else if code.contains("#[derive(Value)]") {
        fourfold_model::value(&item).errors
    } else if code.contains("#[derive(Task)]") {
        fourfold_model::task(&item).errors
    } else if code.contains("#[derive(Event)]") {
        fourfold_model::event(&item).errors
    } else {
        fourfold_model::choice(&item).errors
    }
}

fn report(code: &str) -> String {
    let mut out = String::new();
    for error in errors(code) {
        let start = error.span().start();
        let message = error.message().replace('\n', "\n    ");
        writeln!(out, "{}:{}: {message}", start.line, start.column + 1).expect("a String takes everything");
    }
    out
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of mistakes")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    cases.sort();
    cases
}

#[test]
fn every_mistake_is_reported_where_it_is_with_a_way_out() {
    let update = env::var_os("UPDATE_GOLDENS").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let said = report(&fs::read_to_string(&path).expect("a case"));
        let golden = path.with_extension("txt");
        if update {
            fs::write(&golden, &said).expect("a golden is written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if said != expected || said.is_empty() {
            wrong.push(format!("{}\n--- expected\n{expected}--- said\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_error_has_a_help_line() {
    for path in cases() {
        for error in errors(&fs::read_to_string(&path).expect("a case")) {
            let message = error.message();
            assert!(message.lines().any(|line| line.starts_with("help: ")), "{}: {message}", path.display());
        }
    }
}

#[test]
fn every_golden_has_its_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    for entry in fs::read_dir(folder).expect("the folder of mistakes") {
        let path = entry.expect("an entry").path();
        assert!(path.with_extension("rs").exists(), "{} has no case", path.display());
    }
}
