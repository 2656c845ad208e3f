//! `new`: a service that builds, runs and passes its tests.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::arguments::New;
use crate::draft::Draft;
use crate::edit::manifest::Edit;
use crate::failure::Failure;
use crate::package::{Package, shown};
use crate::scaffold::known;
use crate::scaffold::service::{self, Fourfold, Service};
use crate::screen::Screen;
use crate::specs::{Specs, note_plurals};
use crate::{members, questions};

pub(crate) fn run(arguments: &New, screen: &mut Screen) -> Result<(), Failure> {
    let name = name(arguments)?;
    let root = &arguments.path;
    free(root)?;
    let fourfold = fourfold(arguments.fourfold_path.as_deref(), root)?;
    let asked = if arguments.resources.is_empty() { questions::resources()? } else { Vec::new() };
    let texts = if asked.is_empty() { &arguments.resources } else { &asked };
    let prefix = prefix(&name);
    let mut specs = Specs::resources("--resource", texts);
    let known: Vec<_> = specs.specs.iter().map(|spec| known::of_spec(spec, &prefix)).collect();
    specs.check(&prefix, &known);
    let specs = specs.done(screen)?;

    let service = Service { name: &name, prefix: &prefix, fourfold, specs: &specs };
    let (files, _) = service::files(&service);
    let mut draft = Draft::new(root);
    for (path, text) in files {
        draft.create(path, text)?;
    }
    note_plurals(&specs, &mut draft.notes);
    join_workspace(root, &mut draft)?;
    let package = Package {
        name: name.clone(),
        root: root.clone(),
        sources: vec![PathBuf::from("src/resources")],
        contracts: root.join("contracts"),
        features: Vec::new(),
        builds: true,
    };
    draft.generate(&package, screen)?;
    draft.finish(arguments.dry_run, screen)?;
    if !arguments.dry_run {
        screen.line(&format!("\n  cd {} && cargo test && cargo run", shown(root)));
    }
    Ok(())
}

/// What proto packages begin with.
pub(crate) fn prefix(name: &str) -> String {
    name.replace('-', "_").split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

/// The name of the package.
fn name(arguments: &New) -> Result<String, Failure> {
    let folder = arguments.path.components().next_back();
    let name = match (&arguments.name, folder) {
        (Some(name), _) => name.clone(),
        (None, Some(Component::Normal(name))) => name.to_string_lossy().into_owned(),
        _ => {
            return Err(Failure::Trouble(format!(
                "`{}` has no last part that could be the name of a package: say --name",
                arguments.path.display()
            )));
        }
    };
    wrong_name(&name).map_or(Ok(name), |why| Err(Failure::Trouble(why)))
}

/// What is wrong with the name of a package, and what to write.
pub(crate) fn wrong_name(name: &str) -> Option<String> {
    // Names that cargo refuses, folders of its own, and crates that a service has besides.
    const TAKEN: [&str; 13] = [
        "alloc",
        "build",
        "core",
        "deps",
        "examples",
        "fourfold",
        "incremental",
        "proc-macro",
        "std",
        "test",
        "tokio",
        "tracing",
        "tracing-subscriber",
    ];
    let plain = |next: char| next.is_ascii_lowercase() || next.is_ascii_digit() || next == '-' || next == '_';
    let better = heck::ToKebabCase::to_kebab_case(name);
    let right = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(plain)
        && name.len() <= LONGEST
        && name.split(['-', '_']).all(|word| word.starts_with(|first: char| first.is_ascii_alphanumeric()));
    if !right {
        let usable = better.starts_with(|first: char| first.is_ascii_lowercase())
            && better.chars().all(plain)
            && better.len() <= LONGEST
            && better != name;
        let help = if usable {
            format!("write `{better}`")
        } else {
            format!(
                "begin with a letter, and use lower-case ASCII letters, digits and single hyphens, at most {LONGEST}"
            )
        };
        return Some(format!("`{name}` can't be the name of a service: {help}"));
    }
    if TAKEN.contains(&name.replace('_', "-").as_str())
        || syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err()
    {
        return Some(format!(
            "`{name}` can't be the name of a service, because it has a meaning to Rust or cargo: write `{name}-service`"
        ));
    }
    None
}

/// It is in names of files, of images and of Kubernetes' objects.
const LONGEST: usize = 40;

/// Refuses a folder in which there is something.
fn free(root: &Path) -> Result<(), Failure> {
    let refuse =
        |why: &str| Failure::Trouble(format!("`{}` {why}; nothing has been written", root.display()));
    match fs::symlink_metadata(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(refuse(&format!("can't be made: {error}"))),
        Ok(there) if !there.is_dir() => Err(refuse("is there already, and no folder")),
        Ok(_) => {
            let mut entries = fs::read_dir(root).map_err(|error| Failure::file("read", root, &error))?;
            match entries.next() {
                None => Ok(()),
                Some(_) if root.join("Cargo.toml").exists() => {
                    Err(refuse("is a package already: `cargo fourfold init` makes a service of it"))
                }
                Some(_) => Err(refuse("is there already, and not empty")),
            }
        }
    }
}

/// Where fourfold comes from, as the package's Cargo.toml says it.
pub(crate) fn fourfold(said: Option<&Path>, root: &Path) -> Result<Fourfold, Failure> {
    let Some(said) = said else { return Ok(Fourfold::Index) };
    let manifest = said.join("Cargo.toml");
    let is_ours = fs::read_to_string(&manifest).is_ok_and(|text| text.contains("name = \"fourfold\""));
    if !is_ours {
        return Err(Failure::Trouble(format!(
            "there is no fourfold in `{}`: --fourfold-path takes the folder of its sources, in which Cargo.toml is",
            said.display()
        )));
    }
    if said.is_absolute() {
        return Ok(Fourfold::Folder(text(said)));
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok(Fourfold::Folder(text(&relative(&tidy(&absolute(root)), &tidy(&absolute(said))))))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The way from one folder to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let same = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(same).map(|_| Component::ParentDir);
    up.chain(to.components().skip(same)).collect()
}

/// Makes it a member of the workspace above it, if there is one.
fn join_workspace(root: &Path, draft: &mut Draft) -> Result<(), Failure> {
    let absolute = tidy(&std::path::absolute(root).unwrap_or_else(|_| root.to_owned()));
    let above =
        absolute.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file());
    let Some(manifest) = above.map(|path| members::root_of(&path)).transpose()?.flatten() else {
        return Ok(());
    };
    let folder = manifest.folder().to_owned();
    let Ok(below) = absolute.strip_prefix(&folder) else { return Ok(()) };
    let below = text(below);
    if members::covers(&manifest, &absolute) {
        return Ok(());
    }
    let path = manifest.path.clone();
    let by_hand = format!("[workspace]\nmembers = [.., \"{below}\"]");
    let before = draft.text(&path)?.unwrap_or_default();
    let edited = Edit::read(&before).and_then(|mut edit| edit.member(&below).map(|()| edit.text()));
    match edited {
        Ok(after) => draft.set(&path, after, false),
        Err(why) => Err(draft.refuse(&path, &why, &by_hand)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cargo_or_others_refuse_is_refused_with_another_one() {
        for name in ["shop", "my-shop", "shop2", "a_b"] {
            assert_eq!(wrong_name(name), None, "{name}");
        }
        for (name, part) in [
            ("my shop", "`my-shop`"),
            ("Shop", "`shop`"),
            ("2shop", "begin with a letter"),
            ("šop", "ASCII"),
            ("type", "`type-service`"),
            ("test", "`test-service`"),
            ("tokio", "`tokio-service`"),
            ("a--b", "`a-b`"),
            ("", "begin with a letter"),
        ] {
            let why = wrong_name(name).unwrap_or_default();
            assert!(why.contains(part), "{name}: {why}");
        }
    }

    #[test]
    fn a_path_is_said_from_the_package() {
        assert_eq!(relative(Path::new("/a/b/shop"), Path::new("/a/fourfold")), Path::new("../../fourfold"));
        assert_eq!(relative(Path::new("/a/shop"), Path::new("/a")), Path::new(".."));
    }
}
