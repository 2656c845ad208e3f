//! Which package is meant, and where its resources and contracts are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::arguments::Selection;
use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::script::Script;
use crate::{features, members};

/// A package to read.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// The folder of its manifest.
    pub(crate) root: PathBuf,
    /// The files and folders of its resources, below the root.
    pub(crate) sources: Vec<PathBuf>,
    /// The folder of its contracts.
    pub(crate) contracts: PathBuf,
    /// The features that `cfg` sees.
    pub(crate) features: Vec<String>,
    /// Whether its build script reads the resources as well.
    pub(crate) builds: bool,
}

impl Package {
    /// Finds the package that the arguments mean.
    pub(crate) fn find(selection: &Selection) -> Result<Self, Failure> {
        let path = manifest_path(selection.manifest_path.as_deref())?;
        let manifest = match &selection.package {
            Some(name) => member(&path, name)?,
            None => Manifest::read(&path)?,
        };
        let Some(name) = manifest.name() else {
            return Err(Failure::Trouble(no_package(&manifest)));
        };
        let root = manifest.folder().to_owned();
        let features = features::on(&manifest, selection)?.into_iter().collect();
        let script = Script::read(&root);
        let sources = sources(&manifest, &script)?;
        let contracts = match &selection.out {
            Some(out) => out.clone(),
            None => root.join(script.contracts()?),
        };
        Ok(Self { name: name.to_owned(), sources, contracts, features, builds: script.calls, root })
    }

    /// The other members of the workspace that have resources, to say where to look.
    pub(crate) fn others(&self) -> Vec<String> {
        let root = members::root_of(&self.root.join("Cargo.toml")).ok().flatten();
        let mut others = root.map_or_else(Vec::new, |root| with_resources(&root));
        others.retain(|name| *name != self.name);
        others
    }
}

/// The manifest that is meant: the one named, or the nearest one of this folder and those above.
fn manifest_path(said: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = said {
        let path = if path.is_dir() { path.join("Cargo.toml") } else { path.to_owned() };
        return if path.is_file() {
            Ok(path)
        } else {
            Err(Failure::Trouble(format!("there is no file `{}`", path.display())))
        };
    }
    let here = std::env::current_dir()
        .map_err(|error| Failure::Trouble(format!("the current folder can't be told: {error}")))?;
    let found = here.ancestors().map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file());
    found.map(|path| path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path)).ok_or_else(|| {
        Failure::Trouble(format!(
            "there is no Cargo.toml in `{}` or above it: change to the folder of a package, or name one with \
             --manifest-path",
            here.display()
        ))
    })
}

/// The member `name` of the workspace.
fn member(path: &Path, name: &str) -> Result<Manifest, Failure> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let own = Manifest::read(&path)?;
    if own.name() == Some(name) {
        return Ok(own);
    }
    let Some(root) = members::root_of(&path)? else {
        return Err(Failure::Trouble(format!(
            "there is no package `{name}`: `{}` is {}, and in no workspace",
            path.display(),
            own.name().map_or_else(|| "no package".to_owned(), |name| format!("the package `{name}`"))
        )));
    };
    let mut all = members::all(&root)?;
    if let Some(found) = all.remove(name) {
        return Ok(found);
    }
    let names: Vec<String> = all.keys().map(|name| format!("`{name}`")).collect();
    Err(Failure::Trouble(format!(
        "the workspace `{}` has no package `{name}`: it has {}",
        root.path.display(),
        names.join(", ")
    )))
}

/// What to do in a workspace that is no package itself.
fn no_package(manifest: &Manifest) -> String {
    let path = manifest.path.display();
    if !manifest.is_workspace() {
        return format!("`{path}` has neither [package] nor [workspace]");
    }
    let names = with_resources(manifest);
    if names.is_empty() {
        return format!("`{path}` is a workspace in which no package has resources: name a package with -p");
    }
    let calls: Vec<String> = names.iter().map(|name| format!("\n  cargo fourfold .. -p {name}")).collect();
    format!("`{path}` is a workspace: say which package. These have resources:{}", calls.concat())
}

/// The members in whose files a resource is written.
fn with_resources(root: &Manifest) -> Vec<String> {
    let all = members::all(root).unwrap_or_default();
    let has = |manifest: &Manifest| {
        let sources = sources(manifest, &Script::read(manifest.folder())).unwrap_or_default();
        sources.iter().any(|path| mentions_resources(&manifest.folder().join(path)))
    };
    all.iter().filter(|(_, manifest)| has(manifest)).map(|(name, _)| name.clone()).collect()
}

fn mentions_resources(path: &Path) -> bool {
    if path.is_dir() && !path.is_symlink() {
        return fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| mentions_resources(&entry.path()));
    }
    path.extension().is_some_and(|extension| extension == "rs")
        && fs::read_to_string(path)
            .is_ok_and(|text| text.lines().any(|line| line.trim_start().starts_with("#[resource(")))
}

/// Where the resources are: what the manifest says, what the build script says, or the usual places.
fn sources(manifest: &Manifest, script: &Script) -> Result<Vec<PathBuf>, Failure> {
    if let Some(said) = manifest.resources()? {
        return Ok(said);
    }
    if !script.resources.is_empty() {
        return Ok(script.resources.clone());
    }
    let usual = ["src/resources", "src/resources.rs"];
    let there = usual.iter().filter(|path| manifest.folder().join(path).exists());
    let there: Vec<PathBuf> = there.map(PathBuf::from).collect();
    Ok(if there.is_empty() { vec![PathBuf::from("src")] } else { there })
}

/// The path as a person in this folder would write it, with forward slashes.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    let text = path.display().to_string().replace('\\', "/");
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}
