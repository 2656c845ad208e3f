//! `cargo fourfold show`, against what it printed before. `UPDATE_GOLDENS=1` writes that anew: look at the difference.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use std::fs;
use std::path::Path;

use support::{Project, USER};

fn golden(name: &str, output: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show").join(name);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, output).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(
        output,
        expected,
        "{} is out of date: look at it and run with UPDATE_GOLDENS=1",
        path.display()
    );
}

#[test]
fn a_resource_is_shown_from_all_sides() {
    let project = Project::new("show");
    golden("order.txt", &project.run(&["show", "Order"]).succeeds().out);
    assert!(!project.path("contracts").exists());
}

#[test]
fn a_part_alone_has_no_heading() {
    let project = Project::new("show parts");
    golden("routes.txt", &project.run(&["show", "shop.order.v1.Order", "--only", "routes"]).succeeds().out);
    golden("expansion.rs", &project.run(&["show", "Order", "--only", "expansion"]).succeeds().out);
    let openapi = project.run(&["show", "Order", "--only", "openapi"]).succeeds().out;
    assert!(openapi.starts_with("{\n  \"openapi\": \"3.1.0\""), "{openapi}");
}

#[test]
fn what_is_deprecated_or_had_another_name_is_shown_so() {
    let project = Project::new("show deprecated");
    project.edit(
        "src/resources/order.rs",
        "    pub note:",
        "    #[field(was = \"memo\", deprecated = \"say it\")]\n    pub note:",
    );
    project.edit(
        "src/resources/order.rs",
        "operation(cancel, ",
        "operation(cancel, deprecated = \"delete it\", ",
    );
    project.edit(
        "src/resources/order.rs",
        "    Shipped,",
        "    #[choice(deprecated = \"say Placed\")]\n    Shipped,",
    );
    let shown = project.run(&["show", "Order"]).succeeds().out;
    for said in [
        "was = \"memo\", deprecated = \"say it\"",
        ", deprecated: delete it\n",
        "deprecated = \"say Placed\"\n",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
}

#[test]
fn the_expansion_includes_what_the_build_script_writes() {
    let project = Project::new("show build");
    let expansion = || project.run(&["show", "Order", "--only", "expansion"]).succeeds().out;
    assert!(!expansion().contains("__CONTRACT"));
    project.write("build.rs", "fn main() {\n    fourfold_codegen::build(\"src/resources\");\n}\n");
    assert!(expansion().contains("\"/fourfold/shop.order.v1.Order.rs\""));
}

#[test]
fn all_resources_are_shown_one_after_the_other() {
    let project = Project::new("show all");
    project.write("src/resources/user.rs", USER);
    golden("all.txt", &project.run(&["show", "--only", "rpcs,routes"]).succeeds().out);
}

#[test]
fn a_resource_that_is_not_there_is_answered_with_those_that_are() {
    let project = Project::new("show nothing");
    let ran = project.run(&["show", "Oder"]).fails(2);
    assert_eq!(ran.err, "error: there is no resource `Oder`; there are:\n  shop.order.v1.Order\n");
    let ran = project.run(&["show", "--only", "rotues"]).fails(2);
    assert!(ran.err.contains("routes"), "{}", ran.err);
}

/// The runtime is where it is decided; this program does not carry it.
#[test]
fn the_errors_are_those_of_the_runtime() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/error.rs");
    let runtime = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let project = Project::new("show errors");
    let shown = project.run(&["show", "--only", "errors"]).succeeds().out;
    let rows: Vec<Vec<&str>> =
        shown.lines().skip(1).map(|line| line.split_whitespace().take(3).collect()).collect();
    for row in &rows {
        let [status, code, _] = row.as_slice() else { panic!("{row:?}") };
        assert!(runtime.contains(&format!("({status}, \"{code}\", ")), "{status} {code}");
    }
    let (_, kinds) = runtime.split_once("pub enum ErrorKind {").expect("the enum");
    let kinds = kinds.split('}').next().unwrap_or_default();
    assert_eq!(kinds.lines().filter(|line| line.trim_end().ends_with(',')).count(), rows.len());
}
