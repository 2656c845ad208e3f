//! From a package to its catalog and lock: all that can be wrong with either is said here.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use fourfold_codegen::catalog::Catalog;
use fourfold_codegen::files::LOCK;
use fourfold_codegen::lock::{Lock, Update};
use fourfold_codegen::lock_report;
use fourfold_codegen::report::Report;
use fourfold_codegen::source::{Files, cfg::Listed};

use crate::failure::{Failure, listed};
use crate::package::{Package, shown};
use crate::screen::Screen;

/// What was read of a package, without a mistake.
pub(crate) struct Read {
    /// The resources.
    pub(crate) catalog: Catalog,
    /// The lock with a number for everything, and what got one.
    pub(crate) update: Update,
    /// Whether there was a lock.
    pub(crate) locked: bool,
}

/// The files of the resources.
pub(crate) fn files(package: &Package) -> Files {
    Files::read(&package.root, &package.sources)
}

/// Reads the resources, which are in `files`, and the lock. Mistakes are told on standard error, all of them.
pub(crate) fn read(package: &Package, files: Files, screen: &mut Screen) -> Result<Read, Failure> {
    with_numbers(package, files, &Lock::default(), screen)
}

/// The same, where these numbers are in use as well as those of the lock.
pub(crate) fn with_numbers(
    package: &Package,
    files: Files,
    numbers: &Lock,
    screen: &mut Screen,
) -> Result<Read, Failure> {
    let source = files.source(&cfg(package));
    let (mut lock, locked) = lock(package)?;
    if let Ok(lock) = &mut lock {
        add(lock, numbers)?;
    }
    let mut reports = source.reports.clone();
    let mut update = Update::default();
    match lock {
        Ok(lock) => {
            update = lock.update(&source.catalog);
            // A resource with a mistake is not in the catalog: what follows from that is no mistake of its own.
            if reports.is_empty() {
                let path = contracts_shown(package);
                let placed = |error: &String| lock_report(error, Path::new(&path), &source);
                reports.extend(update.errors.iter().map(placed));
            }
        }
        Err(errors) => {
            let path = contracts_shown(package);
            reports.extend(errors.iter().map(|error| Report::catalog(format!("{path}: {error}"))));
        }
    }
    if !reports.is_empty() {
        screen.reports(&reports);
        return Err(Failure::Mistakes(count(&reports, &package.name)));
    }
    if source.catalog.packages.is_empty() {
        return Err(Failure::Mistakes(nothing(package)));
    }
    Ok(Read { catalog: source.catalog, update, locked })
}

/// Adds numbers to a lock, which may have them already, and may not have others for the same.
fn add(lock: &mut Lock, numbers: &Lock) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for (message, more) in &numbers.messages {
        let known = lock.messages.entry(message.clone()).or_default();
        for (name, entry) in &more.entries {
            match known.entries.get(name) {
                Some(other) if other.number != entry.number || other.ty != entry.ty => {
                    wrong.push(format!("{message}.{name} is `{other}` in the lock, and `{entry}` there"));
                }
                // What went away here stays away.
                Some(_) => {}
                None => {
                    known.entries.insert(name.clone(), entry.clone());
                }
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::Mistakes(format!(
        "the numbers are not those of the lock:{}\nimport into a package of another version, or correct the lock; nothing has been \
         written",
        listed(&wrong)
    )))
}

/// What `cfg` sees: this machine, and the features that are on.
pub(crate) fn cfg(package: &Package) -> Listed {
    Listed::host().with_features(package.features.iter().map(String::as_str))
}

/// The lock as it is, or what is wrong with it, and whether there is one.
fn lock(package: &Package) -> Result<(Result<Lock, Vec<String>>, bool), Failure> {
    let path = package.contracts.join(LOCK);
    match fs::read_to_string(&path) {
        Ok(text) => Ok((Lock::parse(&text), true)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok((Ok(Lock::default()), false))
        }
        Err(error) => Err(Failure::file("read", &path, &error)),
    }
}

fn contracts_shown(package: &Package) -> String {
    shown(&package.contracts.join(LOCK))
}

fn count(reports: &[Report], package: &str) -> String {
    let mistakes = if reports.len() == 1 { "a mistake" } else { "mistakes" };
    format!("the resources of `{package}` have {mistakes} ({}); nothing has been written", reports.len())
}

fn nothing(package: &Package) -> String {
    let places: Vec<String> = package.sources.iter().map(|path| format!("`{}`", path.display())).collect();
    let mut text = format!(
        "no resource was found in {} of the package `{}`: a resource is a struct with #[derive(Resource)] and \
         #[resource(..)]. Other places are named in Cargo.toml:\n\n  [package.metadata.fourfold]\n  resources = \
         [\"src/resources\"]",
        places.join(", "),
        package.name
    );
    let others = package.others();
    if !others.is_empty() {
        text.push_str("\n\nOther members of the workspace have resources:");
        for name in others {
            text.push_str("\n  cargo fourfold .. -p ");
            text.push_str(&name);
        }
    }
    text
}
