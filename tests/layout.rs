//! The house rules that cargo can tell: who may depend on whom, and what every published crate says of itself.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

struct Package {
    manifest: Value,
    /// The names of its dependencies that people who use it get too.
    dependencies: BTreeSet<String>,
}

fn packages() -> BTreeMap<String, Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let list = metadata["packages"].as_array().cloned().unwrap_or_default();
    list.into_iter()
        .map(|manifest| {
            let dependencies = manifest["dependencies"].as_array().cloned().unwrap_or_default();
            let dependencies = dependencies
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| dependency["name"].as_str().unwrap_or_default().to_owned())
                .collect();
            (manifest["name"].as_str().unwrap_or_default().to_owned(), Package { manifest, dependencies })
        })
        .collect()
}

fn ours(package: &Package) -> Vec<&str> {
    package.dependencies.iter().map(String::as_str).filter(|name| name.starts_with("fourfold")).collect()
}

#[test]
fn the_arrows_point_one_way() {
    let packages = packages();
    assert_eq!(ours(&packages["fourfold-model"]), Vec::<&str>::new());
    assert_eq!(ours(&packages["fourfold-expand"]), ["fourfold-model"]);
    assert_eq!(ours(&packages["fourfold-macros"]), ["fourfold-expand", "fourfold-model"]);
    assert_eq!(ours(&packages["fourfold-codegen"]), ["fourfold-model"]);
    assert_eq!(
        ours(&packages["cargo-fourfold"]),
        ["fourfold", "fourfold-codegen", "fourfold-expand", "fourfold-model"]
    );
    assert_eq!(ours(&packages["fourfold"]), ["fourfold-macros"]);
    assert_eq!(ours(&packages["shop"]), ["fourfold"]);
    for service in ["user", "order"] {
        assert_eq!(ours(&packages[service]), ["fourfold", "fourfold-codegen"], "{service}");
    }
}

#[test]
fn what_writes_code_does_not_depend_on_what_the_code_calls() {
    let packages = packages();
    assert_eq!(ours(&packages["fourfold-codegen"]), ["fourfold-model"]);
    let cli = ours(&packages["cargo-fourfold"]);
    assert!(cli.contains(&"fourfold-codegen"));
    for package in ["fourfold-macros", "fourfold-codegen"] {
        assert!(!packages[package].dependencies.contains("fourfold"), "{package}");
    }
    // The command line speaks to brokers as a service does; it can be had without.
    let found = packages["cargo-fourfold"].manifest["dependencies"].as_array().cloned().unwrap_or_default();
    let found = found.iter().find(|one| one["name"] == "fourfold").map(|one| one["optional"].clone());
    assert_eq!(found, Some(Value::Bool(true)));
}

#[test]
fn a_build_script_brings_no_templates_and_no_compilers_of_its_own() {
    let packages = packages();
    let dependencies =
        packages["fourfold-codegen"].manifest["dependencies"].as_array().cloned().unwrap_or_default();
    for heavy in ["askama", "prost-build", "protox", "tonic-build"] {
        let found = dependencies.iter().find(|one| one["name"] == heavy && one["kind"].is_null());
        assert_eq!(found.map(|one| &one["optional"]), Some(&Value::Bool(true)), "{heavy}");
    }
    assert_eq!(packages["fourfold-codegen"].manifest["features"]["default"], serde_json::json!([]));
}

#[test]
fn the_runtime_reads_no_rust_and_renders_no_templates() {
    let runtime = &packages()["fourfold"].dependencies;
    for heavy in ["syn", "quote", "proc-macro2", "askama", "prettyplease"] {
        assert!(!runtime.contains(heavy), "{heavy}");
    }
}

#[test]
fn the_front_end_depends_on_little() {
    let front_end = &packages()["fourfold-model"].dependencies;
    assert_eq!(
        front_end.iter().map(String::as_str).collect::<Vec<_>>(),
        ["email_address", "heck", "iri-string", "proc-macro2", "quote", "regex-lite", "syn"]
    );
}

#[test]
fn the_heavy_parts_are_features() {
    let packages = packages();
    let dependencies = packages["fourfold"].manifest["dependencies"].as_array().cloned().unwrap_or_default();
    for heavy in [
        "async-nats",
        "axum",
        "chrono-tz",
        "croner",
        "hyper",
        "hyper-rustls",
        "hyper-util",
        "lapin",
        "prost",
        "quick-xml",
        "redis",
        "ring",
        "rusqlite",
        "rustls",
        "tokio-postgres",
        "tonic",
        "webpki-roots",
        "fourfold-macros",
    ] {
        let found = dependencies.iter().find(|one| one["name"] == heavy && one["kind"].is_null());
        assert_eq!(found.map(|one| &one["optional"]), Some(&Value::Bool(true)), "{heavy}");
    }
    assert_eq!(
        packages["fourfold"].manifest["features"]["default"],
        serde_json::json!(["derive", "rest", "grpc", "xml", "sqlite", "cron"])
    );
}

#[test]
fn published_crates_say_what_they_are_and_who_may_use_them() {
    for (name, package) in packages() {
        let manifest = &package.manifest;
        assert_eq!(manifest["rust_version"], "1.95", "{name}");
        assert_eq!(manifest["edition"], "2024", "{name}");
        let published = manifest["publish"].is_null();
        let for_tests = manifest["manifest_path"].as_str().is_some_and(|path| path.contains("/tests/"));
        let for_people = name.starts_with("fourfold") || name == "cargo-fourfold";
        assert_eq!(published, for_people && !for_tests, "{name}");
        if published {
            assert_eq!(manifest["license"], "MIT OR Apache-2.0", "{name}");
            for field in ["description", "repository", "readme"] {
                assert!(manifest[field].as_str().is_some_and(|text| !text.is_empty()), "{name} {field}");
            }
        }
    }
}
