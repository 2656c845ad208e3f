//! A service that is there: where its parts are.

use std::path::{Path, PathBuf};

use fourfold_codegen::catalog::{Catalog, Item};
use fourfold_model::model;

use crate::arguments::Place;
use crate::draft::Draft;
use crate::edit::{Call, Edited, add_calls, add_module, add_modules};
use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::package::{Package, shown};
use crate::scaffold::known::{self, Known};
use crate::scaffold::service::mods;
use crate::screen::Screen;
use crate::{new, read};

/// A service, and what becomes of it.
pub(crate) struct House {
    pub(crate) package: Package,
    pub(crate) catalog: Catalog,
    pub(crate) known: Vec<Known>,
    /// What its proto packages begin with.
    pub(crate) prefix: String,
    pub(crate) draft: Draft,
}

impl House {
    /// Reads the service that is meant. Its resources have to be without mistakes; there may be none.
    pub(crate) fn enter(place: &Place, screen: &mut Screen) -> Result<Self, Failure> {
        let package = Package::find(&place.selection())?;
        let source = read::files(&package).source(&read::cfg(&package));
        if !source.reports.is_empty() {
            screen.reports(&source.reports);
            let count = source.reports.len();
            let mistakes = if count == 1 { "a mistake" } else { "mistakes" };
            return Err(Failure::Mistakes(format!(
                "the resources of `{}` have {mistakes} ({count}), to be mended first; nothing has been written",
                package.name,
            )));
        }
        let known = known::of_catalog(&source.catalog);
        let prefix = prefix(&source.catalog).unwrap_or_else(|| new::prefix(&package.name));
        let draft = Draft::new(&package.root);
        Ok(Self { package, catalog: source.catalog, known, prefix, draft })
    }

    /// The crate as its own tests and binaries call it.
    pub(crate) fn krate(&self) -> String {
        let manifest = Manifest::read(&self.package.root.join("Cargo.toml"));
        let said =
            manifest.ok().and_then(|manifest| Some(manifest.at(&["lib", "name"])?.as_str()?.to_owned()));
        said.unwrap_or_else(|| self.package.name.replace('-', "_"))
    }

    /// The resource that is called so, in any form.
    pub(crate) fn resource(&self, name: &str) -> Result<&Item<model::Resource>, Failure> {
        let wanted = fourfold_model::snake(name);
        let found = self.catalog.resources().find(|(package, item)| {
            item.model.singular == wanted || format!("{}.{}", package.name, item.model.name) == name
        });
        found.map(|(_, item)| item).ok_or_else(|| {
            let names: Vec<String> =
                self.catalog.resources().map(|(_, item)| format!("`{}`", item.model.singular)).collect();
            let has = if names.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", names.join(", "))
            };
            Failure::Trouble(format!("`{}` has no resource `{name}`: {has}", self.package.name))
        })
    }

    /// The folder of the resources, and the file that names its modules.
    pub(crate) fn resources(&self) -> Result<(PathBuf, PathBuf), Failure> {
        let source = self.package.sources.iter().find(|source| self.package.root.join(source).is_dir());
        let folder = source.cloned().unwrap_or_else(|| PathBuf::from("src/resources"));
        let inside = folder.join("mod.rs");
        let beside = folder.with_extension("rs");
        if folder == Path::new("src") {
            return Err(Failure::Trouble(format!(
                "the resources of `{}` have no folder of their own: `cargo fourfold init` makes src/resources",
                self.package.name
            )));
        }
        if self.draft.has(&inside) {
            return Ok((folder, inside));
        }
        if self.draft.has(&beside) {
            return Ok((folder, beside));
        }
        Err(Failure::Trouble(format!(
            "there is no `{}`, which would name the modules of the resources: `cargo fourfold init` makes it",
            shown(&self.package.root.join(inside))
        )))
    }

    /// Adds files of resources: their modules, and where they are mounted. Those that are there are written over with `over`.
    pub(crate) fn put_resources(&mut self, files: Vec<ResourceFile>, over: bool) -> Result<(), Failure> {
        let (folder, names) = self.resources()?;
        let below = folder.strip_prefix("src").unwrap_or(&folder);
        let below = below.to_string_lossy().replace(['/', '\\'], "::");
        let mut modules = Vec::new();
        let mut mounted = Vec::new();
        for ResourceFile { module, resources, text } in files {
            let path = folder.join(format!("{module}.rs"));
            if over {
                self.draft.set(path, text, true)?;
            } else {
                self.draft.create(path, text)?;
            }
            for name in resources {
                mounted.push((format!("{below}::{module}::{name}"), name));
            }
            modules.push(module);
        }
        let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
        let by_hand = modules.iter().map(|name| format!("pub mod {name};")).collect::<Vec<_>>().join("\n");
        self.draft.edit(&names, &by_hand, false, |text| add_modules(text, &modules, "pub "))?;
        if mounted.is_empty() {
            return Ok(());
        }
        self.serve(|around| {
            let mount = |(path, name): &(String, String)| Call {
                method: "mount",
                rest: format!("::<{around}{path}>()"),
                key: name.clone(),
            };
            mounted.iter().map(mount).collect()
        })
    }

    /// Adds a module to a file that names modules.
    pub(crate) fn add_module(&mut self, path: &Path, name: &str, visibility: &str) -> Result<(), Failure> {
        let by_hand = format!("{visibility}mod {name};");
        self.draft.edit(path, &by_hand, false, |text| add_module(text, name, visibility))
    }

    /// Adds `src/<folder>/<name>.rs`, names it in `mod.rs`, and that in the crate.
    pub(crate) fn add_file(
        &mut self,
        folder: &str,
        doc: &str,
        name: &str,
        text: String,
    ) -> Result<(), Failure> {
        let module = PathBuf::from(format!("src/{folder}/mod.rs"));
        let beside = PathBuf::from(format!("src/{folder}.rs"));
        let place = if self.draft.has(&beside) && !self.draft.has(&module) { beside } else { module };
        if self.draft.has(&place) {
            self.add_module(&place, name, "pub ")?;
        } else {
            self.draft.create(&place, mods(doc, vec![name.to_owned()]))?;
        }
        let root = self.root()?;
        self.add_module(&root, folder, if folder == "tasks" { "pub " } else { "" })?;
        self.draft.create(format!("src/{folder}/{name}.rs"), text)
    }

    /// The root of the crate that has the resources.
    fn root(&self) -> Result<PathBuf, Failure> {
        let roots = ["src/lib.rs", "src/main.rs"].map(PathBuf::from);
        roots.into_iter().find(|path| self.draft.has(path)).ok_or_else(|| {
            Failure::Trouble(format!("`{}` has neither src/lib.rs nor src/main.rs", self.package.name))
        })
    }

    /// Adds calls of one method where the server is made. `calls` is given the path of the crate that they name things of.
    pub(crate) fn serve(&mut self, calls: impl Fn(&str) -> Vec<Call>) -> Result<(), Failure> {
        let by_hand = |calls: &[Call]| {
            calls.iter().map(|call| format!(".{}{}", call.method, call.rest)).collect::<Vec<_>>().join("\n")
        };
        let root = self.root()?;
        let mut places = vec![root.clone(), PathBuf::from("src/main.rs")];
        places.extend(others(&self.package.root));
        places.dedup();
        for place in places {
            let Some(text) = self.draft.text(&place)? else { continue };
            let around = if place == root {
                String::new()
            } else if place == Path::new("src/main.rs") {
                format!("{}::", self.krate())
            } else {
                "crate::".to_owned()
            };
            let calls = calls(&around);
            let Some(edited) = add_calls(&text, &calls) else { continue };
            return match edited {
                Edited::To(after) => self.draft.set(&place, after, true),
                Edited::Unchanged => Ok(()),
                Edited::Refused(why) => Err(self.draft.refuse(&place, &why, &by_hand(&calls))),
            };
        }
        let by_hand = by_hand(&calls(""));
        Err(self.draft.refuse(&root, "no server is made there, by Server::new or Server::from_env", &by_hand))
    }
}

/// A file of structs that is to be written: its module, and the resources in it.
pub(crate) struct ResourceFile {
    pub(crate) module: String,
    pub(crate) resources: Vec<String>,
    pub(crate) text: String,
}

/// The other files of a crate in which a server may be made.
fn others(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root.join("src")).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    let mut files: Vec<PathBuf> = files.map(|entry| Path::new("src").join(entry.file_name())).collect();
    files.sort();
    files
}

/// What most packages begin with, before their own name and the version.
fn prefix(catalog: &Catalog) -> Option<String> {
    let prefixes = catalog.packages.iter().filter_map(|package| {
        let mut parts: Vec<&str> = package.name.split('.').collect();
        parts.truncate(parts.len().saturating_sub(2).max(1));
        Some(parts.join(".")).filter(|prefix| !prefix.is_empty())
    });
    let prefixes: Vec<String> = prefixes.collect();
    let count = |prefix: &String| prefixes.iter().filter(|other| *other == prefix).count();
    prefixes.iter().rev().max_by_key(|prefix| count(prefix)).cloned()
}
