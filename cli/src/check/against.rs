//! The definitions as they were, out of git or out of another folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourfold_codegen::catalog::Catalog;
use fourfold_codegen::files::LOCK;
use fourfold_codegen::lock::Lock;
use fourfold_codegen::source::Files;

use super::TASKS;
use crate::failure::Failure;
use crate::package::Package;
use crate::read;
use crate::screen::Screen;

/// The definitions as they were.
pub(crate) struct Before {
    pub(crate) catalog: Catalog,
    /// Its numbers; `None` where none were committed.
    pub(crate) lock: Option<Lock>,
}

pub(crate) fn read(package: &Package, against: &str, screen: &mut Screen) -> Result<Before, Failure> {
    let (files, lock) = match Path::new(against) {
        folder if folder.is_dir() && folder.join("Cargo.toml").is_file() => of_folder(package, folder)?,
        _ => of_commit(package, against)?,
    };
    let source = files.source(&read::cfg(package));
    if !source.reports.is_empty() {
        screen.reports(&source.reports);
        return Err(Failure::Trouble(format!(
            "the definitions at `{against}` have mistakes, so nothing can be compared"
        )));
    }
    if source.catalog.packages.is_empty() {
        return Err(Failure::Trouble(format!("there are no resources at `{against}`")));
    }
    let parsed = Lock::parse(&lock).map_err(|errors| {
        Failure::Trouble(format!("`{LOCK}` at `{against}` can't be read: {}", errors.join("; ")))
    })?;
    let lock = (!lock.is_empty()).then(|| parsed.update(&source.catalog).lock);
    Ok(Before { catalog: source.catalog, lock })
}

/// The folder of the contracts, below the package's.
fn contracts(package: &Package) -> &Path {
    package.contracts.strip_prefix(&package.root).unwrap_or(&package.contracts)
}

fn of_folder(package: &Package, folder: &Path) -> Result<(Files, String), Failure> {
    let path = folder.join(contracts(package)).join(LOCK);
    let lock = if path.exists() {
        fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?
    } else {
        String::new()
    };
    Ok((Files::read(folder, &package.sources).and_tasks_in(folder, Path::new(TASKS)), lock))
}

fn of_commit(package: &Package, commit: &str) -> Result<(Files, String), Failure> {
    // A word that begins with a dash would be an option of git's.
    if commit.starts_with('-') {
        return Err(Failure::Trouble(format!("`{commit}` is no commit, and no folder with a package")));
    }
    let hash = git(package, &["rev-parse", "--verify", "--quiet", &format!("{commit}^{{commit}}")]).map_err(|said| {
        let why = if said.trim().is_empty() { String::new() } else { format!(": {}", said.trim()) };
        Failure::Trouble(format!(
            "`{commit}` is neither a commit that git has here nor a folder with a package{why}; a shallow clone has to fetch it \
             first (git fetch origin {commit})"
        ))
    })?;
    let hash = hash.trim();
    let texts = texts(package, hash, &package.sources)?;
    let beside = texts_beside(package, hash, &texts)?;
    let lock = contracts(package).join(LOCK).to_string_lossy().replace('\\', "/");
    // A service that has not generated its contracts yet has none.
    let there = git(package, &["ls-tree", "--name-only", hash, "--", &lock]).map_err(Failure::Trouble)?;
    let lock = if there.trim().is_empty() {
        String::new()
    } else {
        git(package, &["show", &format!("{hash}:./{lock}")]).map_err(Failure::Trouble)?
    };
    Ok((Files::of_texts(texts).and_tasks_of(beside), lock))
}

/// The files of Rust below the paths at a commit, with their paths below the package's folder.
fn texts(package: &Package, hash: &str, paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Failure> {
    names(package, hash, paths)?.into_iter().map(|name| text(package, hash, name)).collect()
}

/// The same of the files in which tasks may be, as far as they say so: a `git show` for each would be many.
fn texts_beside(
    package: &Package,
    hash: &str,
    known: &[(PathBuf, String)],
) -> Result<Vec<(PathBuf, String)>, Failure> {
    let names = names(package, hash, &[PathBuf::from(TASKS)])?;
    let others = names.into_iter().filter(|name| !known.iter().any(|(path, _)| path == name));
    others.map(|name| text(package, hash, name)).collect()
}

fn names(package: &Package, hash: &str, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let paths: Vec<String> = paths.iter().map(|path| path.to_string_lossy().replace('\\', "/")).collect();
    let mut words = vec!["ls-tree", "-r", "-z", "--name-only", hash, "--"];
    words.extend(paths.iter().map(String::as_str));
    let names = git(package, &words).map_err(Failure::Trouble)?;
    let names = names.split('\0').map(PathBuf::from);
    Ok(names.filter(|name| name.extension().is_some_and(|end| end == "rs")).collect())
}

fn text(package: &Package, hash: &str, name: PathBuf) -> Result<(PathBuf, String), Failure> {
    let path = name.to_string_lossy().replace('\\', "/");
    let text = git(package, &["show", &format!("{hash}:./{path}")]).map_err(Failure::Trouble)?;
    Ok((name, text))
}

/// What git says, in the folder of the package; what it complains of.
fn git(package: &Package, words: &[&str]) -> Result<String, String> {
    let root = if package.root.as_os_str().is_empty() { Path::new(".") } else { &package.root };
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(words)
        .output()
        .map_err(|error| format!("git can't be run: {error}"))?;
    if output.status.success() {
        return String::from_utf8(output.stdout)
            .map_err(|_| format!("what `git {}` gives is not UTF-8", words.join(" ")));
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
