//! A note that all was up to date, so that the next run sees by the bytes alone that it still is.
//!
//! It is in cargo's target folder and holds one sum: of this program, of what it was asked, of every source file, and of
//! every file that it would compare. All of these are read again; no time of writing is trusted. Where the sum is another,
//! or the note can't be read, all is done as if there were none. `--check` never looks at it: it is the judge, and a target
//! folder may come out of a cache.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use fourfold_codegen::source::Files;

use crate::manifest::Manifest;
use crate::members;
use crate::output::{self, Plan};
use crate::package::Package;
use crate::sum::{self, Sum};

/// Where the note of a package is, and what it has to be about.
pub(crate) struct Stamp {
    path: PathBuf,
    contracts: PathBuf,
    /// The sum of the program, of what it was asked and of the sources.
    inputs: u64,
}

impl Stamp {
    /// The note of a package whose sources are `files`; `None` where there can't be one.
    pub(crate) fn of(package: &Package, files: &Files) -> Option<Self> {
        let here = std::env::current_dir().ok()?;
        let root = fs::canonicalize(here.join(&package.root)).ok()?;
        let folder = target(&root)?;
        // Checkouts may share a target folder, and a package may have more than one folder of contracts.
        let mut place = Sum::default();
        place.add(root.as_os_str().as_encoded_bytes());
        place.add(here.join(&package.contracts).as_os_str().as_encoded_bytes());
        let place = place.end();

        let Package { name, root: _, sources, contracts, features, builds } = package;
        let mut inputs = Sum::default();
        inputs.add(env!("CARGO_PKG_VERSION").as_bytes());
        inputs.add(&program()?.to_le_bytes());
        inputs.add(&place.to_le_bytes());
        inputs.add(format!("{:?}", (name, sources, features, builds)).as_bytes());
        for (path, text) in files.texts()? {
            inputs.add(path.as_os_str().as_encoded_bytes());
            inputs.add(text.as_bytes());
        }
        let path = folder.join(format!("{place:016x}.stamp"));
        Some(Self { path, contracts: contracts.clone(), inputs: inputs.end() })
    }

    /// How many files are as they should be, where all of them are.
    pub(crate) fn unchanged(&self) -> Option<usize> {
        let text = fs::read_to_string(&self.path).ok()?;
        let count = text.split_once(' ')?.0.parse().ok()?;
        let mut there = BTreeMap::new();
        for path in output::there(&self.contracts)? {
            let sum = sum::read(File::open(&path).ok()?).ok()?;
            there.insert(output::key(&self.contracts, &path), sum);
        }
        (text == self.text(count, &there)).then_some(count)
    }

    /// Notes that the disk is as the plan wanted it. It is no loss where that can't be written.
    pub(crate) fn write(&self, plan: &Plan) {
        let mut there = plan.kept.clone();
        let mut count = plan.unchanged;
        for change in &plan.changes {
            if let Some(after) = &change.after {
                there.insert(output::key(&self.contracts, &change.path), sum::of(after.as_bytes()));
                count += 1;
            }
        }
        let Some(folder) = self.path.parent() else { return };
        let waiting = self.path.with_extension(std::process::id().to_string());
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&waiting, self.text(count, &there)))
            .and_then(|()| fs::rename(&waiting, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&waiting);
        }
    }

    fn text(&self, count: usize, there: &BTreeMap<String, u64>) -> String {
        let mut sum = Sum::default();
        sum.add(&self.inputs.to_le_bytes());
        sum.add(&count.to_le_bytes());
        for (path, content) in there {
            sum.add(path.as_bytes());
            sum.add(&content.to_le_bytes());
        }
        format!("{count} {:016x}\n", sum.end())
    }
}

/// What tells this program from others: two builds of one version may write different things.
///
/// Nobody but the kernel sets the time of a file's last change of any kind, so it can stand for the bytes.
#[cfg(unix)]
fn program() -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let file = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let mut sum = Sum::default();
    for number in [file.dev(), file.ino(), file.size()] {
        sum.add(&number.to_le_bytes());
    }
    for number in [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()] {
        sum.add(&number.to_le_bytes());
    }
    Some(sum.end())
}

/// What tells this program from others: two builds of one version may write different things.
#[cfg(not(unix))]
fn program() -> Option<u64> {
    sum::read(File::open(std::env::current_exe().ok()?).ok()?).ok()
}

/// The folder for notes in cargo's target folder. Where cargo has made none, neither do we.
fn target(package: &Path) -> Option<PathBuf> {
    let said = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]
        .into_iter()
        .find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
    let target = if let Some(said) = said {
        PathBuf::from(said)
    } else {
        let root = members::root_of(&package.join("Cargo.toml")).ok()?;
        root.as_ref().map_or(package, Manifest::folder).join("target")
    };
    target.is_dir().then(|| target.join("fourfold"))
}
