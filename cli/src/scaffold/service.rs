//! All files of a new service.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use askama::Template;

use super::known::{self, Known};
use super::resource::{self, Made, rendered};
use super::sample::samples;
use super::test;
use crate::spec::Spec;

/// Where fourfold comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fourfold {
    /// The index of crates, in the version of this program.
    Index,
    /// A folder, as it is written in Cargo.toml.
    Folder(String),
}

impl Fourfold {
    /// What Cargo.toml says of a crate, and of the one in a folder below.
    fn dependency(&self, below: &str) -> String {
        let (key, text) = self.source(below);
        format!("{key} = \"{text}\"")
    }

    /// `version` or `path`, and what it is.
    pub(crate) fn source(&self, below: &str) -> (&'static str, String) {
        match self {
            Self::Index => ("version", env!("CARGO_PKG_VERSION").to_owned()),
            Self::Folder(path) => ("path", format!("{path}{below}")),
        }
    }

    fn path(&self) -> Option<&str> {
        match self {
            Self::Index => None,
            Self::Folder(path) => Some(path),
        }
    }
}

/// A service that is to be made.
#[derive(Debug)]
pub(crate) struct Service<'a> {
    /// The name of the package.
    pub(crate) name: &'a str,
    /// What its proto packages begin with.
    pub(crate) prefix: &'a str,
    pub(crate) fourfold: Fourfold,
    pub(crate) specs: &'a [Spec],
}

macro_rules! view {
    ($view:ident, $path:literal, $($field:ident: $ty:ty),*) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $view<'a> {
            $($field: $ty,)*
        }
    };
}

view!(CargoView, "scaffold/Cargo.tmpl.toml", name: &'a str, rust: &'a str, fourfold: String, codegen: String);
view!(LibView, "scaffold/lib.rs", title: String, resources: Vec<Mounted<'a>>);
view!(MainView, "scaffold/main.rs", title: String, krate: &'a str);
view!(ModsView, "scaffold/mods.rs", doc: &'a str, modules: Vec<String>);
view!(TestsView, "scaffold/tests.rs", krate: &'a str, modules: Vec<String>, tasks_path: &'a str);
view!(ConfigView, "scaffold/config.toml", name: &'a str, tasks_path: &'a str);
view!(
    DockerView, "scaffold/Dockerfile.txt",
    name: &'a str, user: &'a str, rust: &'a str, image_path: Option<String>, fourfold_path: Option<&'a str>
);
view!(ComposeView, "scaffold/compose.yaml", name: &'a str, user: &'a str, fourfold_path: Option<&'a str>);
view!(DeploymentView, "scaffold/deployment.yaml", name: &'a str);
view!(ServiceView, "scaffold/service.yaml", name: &'a str);
view!(SecretView, "scaffold/secret.example.yaml", name: &'a str);
view!(CiView, "scaffold/ci.yaml", rust: &'a str, version: &'a str, fourfold_path: Option<&'a str>);
view!(
    ReadmeView, "scaffold/README.md",
    name: &'a str, path: String, first: &'a str, json: String, proto_service: String, list_method: String
);

struct Mounted<'a> {
    module: String,
    name: &'a str,
}

/// The oldest Rust that what is generated compiles with.
pub(crate) const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// `build.rs`.
pub(crate) const BUILD: &str = include_str!("../../templates/scaffold/build.rs");
/// `src/auth.rs`.
pub(crate) const AUTH: &str = include_str!("../../templates/scaffold/auth.rs");
const KUSTOMIZATION: &str = include_str!("../../templates/scaffold/kustomization.yaml");
const GITIGNORE: &str = include_str!("../../templates/scaffold/gitignore.txt");
const DOCKERIGNORE: &str = include_str!("../../templates/scaffold/dockerignore.txt");

/// The files by their paths below the package's folder, and what is wrong in each spec.
pub(crate) fn files(service: &Service<'_>) -> (BTreeMap<String, String>, Vec<Made>) {
    let known: Vec<Known> = service.specs.iter().map(|spec| known::of_spec(spec, service.prefix)).collect();
    let krate = service.name.replace('-', "_");
    let mut files = around(service, &krate);
    let mut made = Vec::new();
    for spec in service.specs {
        let module = spec.name.module();
        let resource = resource::resource(spec, service.prefix, &known);
        files.insert(format!("src/resources/{module}.rs"), ended(&resource.text));
        let test = test::test(spec, service.prefix, &krate, &known);
        files.insert(format!("tests/service/{module}.rs"), ended(&test));
        made.push(resource);
    }
    (files, made)
}

/// A name as a comment says it: clippy takes one with an underscore for code.
fn in_prose(name: &str) -> String {
    if name.contains('_') { format!("`{name}`") } else { name.to_owned() }
}

/// `src/lib.rs` of a service that serves nothing yet.
pub(crate) fn lib(name: &str) -> String {
    ended(&rendered(&LibView { title: in_prose(name), resources: Vec::new() }))
}

/// Where tasks are looked at in a service whose resource has the usual place, `/v1/tasks`.
const TASKS_PATH: &str = "/v1/operations";

/// Whether a resource is served where tasks are looked at unless said.
pub(crate) fn takes_place_of_tasks(spec: &Spec) -> bool {
    spec.name.plural() == "tasks"
}

/// `config.toml` with another place for tasks; `None` where the place of it is not as `new` has it.
pub(crate) fn with_place_of_tasks(config: &str) -> Option<String> {
    let usual = "# tasks_path = \"/v1/tasks\"\n";
    config.contains(usual).then(|| config.replacen(usual, &format!("tasks_path = {TASKS_PATH:?}\n"), 1))
}

/// The same for `tests/service/main.rs`.
pub(crate) fn tests_with_place_of_tasks(tests: &str) -> Option<String> {
    let before = "        config.database_url = \"sqlite::memory:\".into();\n";
    let after = format!("{before}        config.tasks_path = {TASKS_PATH:?}.into();\n");
    tests.contains(before).then(|| tests.replacen(before, &after, 1))
}

/// `src/main.rs`.
pub(crate) fn main(name: &str, krate: &str) -> String {
    ended(&rendered(&MainView { title: in_prose(name), krate }))
}

/// `config.toml`.
pub(crate) fn config(name: &str) -> String {
    ended(&rendered(&ConfigView { name, tasks_path: "" }))
}

/// `tests/service/main.rs` without a resource.
pub(crate) fn tests(krate: &str) -> String {
    ended(&rendered(&TestsView { krate, modules: Vec::new(), tasks_path: "" }))
}

/// With one line break at the end.
pub(crate) fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

/// `mod.rs` with these modules.
pub(crate) fn mods(doc: &str, modules: Vec<String>) -> String {
    ended(&rendered(&ModsView { doc, modules }))
}

/// All but the resources and their tests.
fn around(service: &Service<'_>, krate: &str) -> BTreeMap<String, String> {
    let Service { name, specs, fourfold, .. } = service;
    let fourfold_path = fourfold.path();
    let user = krate;
    let mut modules: Vec<String> = specs.iter().map(|spec| spec.name.module()).collect();
    modules.sort();
    let resources =
        specs.iter().map(|spec| Mounted { module: spec.name.module(), name: &spec.name.pascal }).collect();
    let cargo = CargoView {
        name,
        rust: RUST,
        fourfold: fourfold.dependency(""),
        codegen: fourfold.dependency("/codegen"),
    };
    let tasks_path = if specs.iter().any(takes_place_of_tasks) { TASKS_PATH } else { "" };
    let docker = DockerView {
        name,
        user,
        rust: RUST,
        image_path: fourfold_path.map(|path| in_image(name, path)),
        fourfold_path,
    };
    let files = [
        ("Cargo.toml", rendered(&cargo)),
        ("build.rs", BUILD.to_owned()),
        ("src/lib.rs", rendered(&LibView { title: in_prose(name), resources })),
        ("src/main.rs", rendered(&MainView { title: in_prose(name), krate })),
        ("src/auth.rs", AUTH.to_owned()),
        ("src/resources/mod.rs", mods("What the service serves.", modules.clone())),
        ("tests/service/main.rs", rendered(&TestsView { krate, modules, tasks_path })),
        ("config.toml", rendered(&ConfigView { name, tasks_path })),
        ("Dockerfile", rendered(&docker)),
        ("compose.yaml", rendered(&ComposeView { name, user, fourfold_path })),
        ("k8s/deployment.yaml", rendered(&DeploymentView { name })),
        ("k8s/service.yaml", rendered(&ServiceView { name })),
        ("k8s/secret.example.yaml", rendered(&SecretView { name })),
        ("k8s/kustomization.yaml", KUSTOMIZATION.to_owned()),
        (
            ".github/workflows/ci.yml",
            rendered(&CiView { rust: RUST, version: env!("CARGO_PKG_VERSION"), fourfold_path }),
        ),
        (".gitignore", GITIGNORE.to_owned()),
        (".dockerignore", DOCKERIGNORE.to_owned()),
        ("README.md", readme(service)),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), ended(&text))).collect()
}

/// Shows how the first resource is called that needs no other one.
fn readme(service: &Service<'_>) -> String {
    let known: Vec<Known> = service.specs.iter().map(|spec| known::of_spec(spec, service.prefix)).collect();
    let needs = |spec: &&Spec| {
        spec.fields
            .iter()
            .any(|field| matches!(field.element, crate::spec::Element::Reference(..)) && !field.optional)
    };
    let alone = service.specs.iter().find(|spec| !needs(spec));
    let Some(spec) = alone.or(service.specs.first()) else { return String::new() };
    let members = samples(spec, &known)
        .into_iter()
        .map(|sample| (sample.name.trim_start_matches("r#").to_owned(), sample.json));
    let json = serde_json::Value::Object(members.collect());
    rendered(&ReadmeView {
        name: service.name,
        path: spec.name.plural(),
        first: &spec.name.snake,
        json: json.to_string().replace('\'', "'\\''"),
        proto_service: format!("{}.{}Service", known::package(spec, service.prefix), spec.name.pascal),
        list_method: format!("List{}", fourfold_model::pascal(&spec.name.plural())),
    })
}

/// Where a folder has to be in an image for a service that is built in `/build/<name>`.
fn in_image(name: &str, path: &str) -> String {
    let mut out = PathBuf::from("/build").join(name);
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_in_the_image_where_cargo_looks_for_it() {
        assert_eq!(in_image("shop", "../fourfold"), "/build/fourfold");
        assert_eq!(in_image("shop", "/opt/fourfold"), "/opt/fourfold");
        assert_eq!(in_image("shop", "../../elsewhere/fourfold"), "/elsewhere/fourfold");
    }
}
