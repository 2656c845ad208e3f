//! The definitions as they were, out of git or out of another folder.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
    let sources: Vec<String> =
        package.sources.iter().map(|path| path.to_string_lossy().replace('\\', "/")).collect();
    let lock = contracts(package).join(LOCK).to_string_lossy().replace('\\', "/");
    let mut words = vec!["ls-tree", "-r", "-z", hash, "--", &lock];
    words.extend(sources.iter().map(String::as_str));
    words.push(TASKS);
    let listed = git(package, &words).map_err(Failure::Trouble)?;
    // `100644 blob <hash>\t<name>`; what is no blob is another repository.
    let blobs = listed.split('\0').filter_map(|line| {
        let (about, name) = line.split_once('\t')?;
        let mut about = about.split(' ').skip(1);
        (about.next()? == "blob").then_some((name, about.next()?))
    });
    let is_rust = |name: &str| Path::new(name).extension().is_some_and(|end| end == "rs");
    let (names, hashes): (Vec<&str>, Vec<&str>) =
        blobs.filter(|(name, _)| *name == lock || is_rust(name)).unzip();
    let mut texts = blob_texts(package, &hashes)?.into_iter().zip(names).collect::<Vec<_>>();
    // A service that has not generated its contracts yet has none.
    let locked = texts.iter().position(|(_, name)| *name == lock);
    let lock = locked.map(|at| texts.swap_remove(at).0).unwrap_or_default();
    let texts = texts.into_iter().map(|(text, name)| (PathBuf::from(name), text));
    let is_source = |path: &Path| package.sources.iter().any(|source| path.starts_with(source));
    let (texts, beside): (Vec<_>, Vec<_>) = texts.partition(|(path, _)| is_source(path));
    Ok((Files::of_texts(texts).and_tasks_of(beside), lock))
}

/// The texts of blobs, all by one process of git's.
fn blob_texts(package: &Package, hashes: &[&str]) -> Result<Vec<String>, Failure> {
    let mut asked = hashes.join("\n");
    asked.push('\n');
    let said = run(package, &["cat-file", "--batch"], asked).map_err(Failure::Trouble)?;
    let mut rest = said.as_slice();
    let mut texts = Vec::new();
    for hash in hashes {
        let odd = || Failure::Trouble(format!("git does not give the file {hash} as it does the others"));
        // `<hash> blob <size>`, and the bytes between two line ends.
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(odd)?;
        let head = std::str::from_utf8(&rest[..end]).map_err(|_| odd())?;
        let size: usize = head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(odd)?;
        let text = rest.get(end + 1..end + 1 + size).ok_or_else(odd)?;
        texts.push(
            String::from_utf8(text.to_vec())
                .map_err(|_| Failure::Trouble(format!("the file {hash} of git's is not UTF-8")))?,
        );
        rest = rest.get(end + size + 2..).unwrap_or_default();
    }
    Ok(texts)
}

/// What git says, in the folder of the package; what it complains of.
fn git(package: &Package, words: &[&str]) -> Result<String, String> {
    String::from_utf8(run(package, words, String::new())?)
        .map_err(|_| format!("what `git {}` gives is not UTF-8", words.join(" ")))
}

fn run(package: &Package, words: &[&str], asked: String) -> Result<Vec<u8>, String> {
    let trouble = |error: std::io::Error| format!("git can't be run: {error}");
    let root = if package.root.as_os_str().is_empty() { Path::new(".") } else { &package.root };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(trouble)?;
    // It answers while it is asked, and neither may wait for the other.
    let asking =
        child.stdin.take().map(|mut stdin| std::thread::spawn(move || stdin.write_all(asked.as_bytes())));
    let output = child.wait_with_output().map_err(trouble)?;
    // Who does not ask to the end has been told why not.
    drop(asking.map(std::thread::JoinHandle::join));
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
