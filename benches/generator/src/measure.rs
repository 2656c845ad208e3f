//! Runs the program and looks at the clock, the memory and the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::Result;
use crate::catalog::Catalog;

/// What one catalog costs. Times are medians; memory is the most that was resident.
pub(crate) struct Figures {
    all: Duration,
    all_memory: u64,
    files: usize,
    nothing: Duration,
    nothing_memory: u64,
    nothing_written: usize,
    edit: Duration,
    edit_written: usize,
    check: Duration,
}

pub(crate) fn all(program: &Path, catalog: &Catalog, rounds: usize) -> Result<Figures> {
    let contracts = catalog.contracts();
    let full = || -> Result<()> {
        let _ = fs::remove_dir_all(&contracts);
        Ok(())
    };
    let all = median(rounds, full, || time(program, catalog, &["generate"]))?;
    full()?;
    let all_memory = memory(program, catalog)?;
    let before = written(&contracts)?;
    let nothing = median(rounds, || Ok(()), || time(program, catalog, &["generate"]))?;
    let nothing_memory = memory(program, catalog)?;
    let nothing_written = changed(&before, &written(&contracts)?);
    catalog.edit()?;
    time(program, catalog, &["generate"])?;
    let edit_written = changed(&before, &written(&contracts)?);
    let edit = median(rounds, || catalog.edit(), || time(program, catalog, &["generate"]))?;
    let check = median(rounds, || Ok(()), || time(program, catalog, &["generate", "--check"]))?;
    Ok(Figures {
        all,
        all_memory,
        files: before.len(),
        nothing,
        nothing_memory,
        nothing_written,
        edit,
        edit_written,
        check,
    })
}

fn median(
    rounds: usize,
    prepare: impl Fn() -> Result<()>,
    measure: impl Fn() -> Result<Duration>,
) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        prepare()?;
        times.push(measure()?);
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn spawn(program: &Path, catalog: &Catalog, arguments: &[&str]) -> Result<Child> {
    let mut command = Command::new(program);
    command.arg("fourfold").args(arguments).current_dir(&catalog.directory);
    command.env("CARGO_TARGET_DIR", catalog.directory.join("target"));
    Ok(command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn()?)
}

fn time(program: &Path, catalog: &Catalog, arguments: &[&str]) -> Result<Duration> {
    let start = Instant::now();
    let status = spawn(program, catalog, arguments)?.wait()?;
    let time = start.elapsed();
    if status.success() { Ok(time) } else { Err(format!("{}: {status}", catalog.directory.display()).into()) }
}

/// The most memory that a run had resident. Linux keeps count of it while the program runs; it is read as often as can
/// be, in a run whose time nobody takes. Elsewhere it is 0.
fn memory(program: &Path, catalog: &Catalog) -> Result<u64> {
    let mut child = spawn(program, catalog, &["generate"])?;
    let path = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait()?.is_none() {
        let status = fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or_default() * 1024);
    }
    Ok(most)
}

/// All files with the time when they were written.
fn written(folder: &Path) -> Result<BTreeMap<PathBuf, SystemTime>> {
    let mut files = BTreeMap::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                todo.push(entry.path());
            } else {
                files.insert(entry.path(), entry.metadata()?.modified()?);
            }
        }
    }
    Ok(files)
}

fn changed(before: &BTreeMap<PathBuf, SystemTime>, after: &BTreeMap<PathBuf, SystemTime>) -> usize {
    after.iter().filter(|(path, time)| before.get(*path) != Some(time)).count()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[allow(clippy::cast_precision_loss, reason = "no machine has 2^52 bytes")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

impl Figures {
    /// The cells of a table's row.
    pub(crate) fn columns(&self) -> String {
        [
            milliseconds(self.all),
            megabytes(self.all_memory),
            self.files.to_string(),
            milliseconds(self.nothing),
            megabytes(self.nothing_memory),
            self.nothing_written.to_string(),
            milliseconds(self.edit),
            self.edit_written.to_string(),
            milliseconds(self.check),
        ]
        .join(" | ")
    }

    /// What each of `more` resources added to the figures of the fewest.
    #[allow(clippy::cast_precision_loss, reason = "nobody has 2^52 resources")]
    pub(crate) fn for_each_further(&self, first: &Self, more: usize) -> String {
        let each = |of: fn(&Self) -> Duration| {
            (of(self).as_secs_f64() - of(first).as_secs_f64()) * 1000.0 / more as f64
        };
        format!("{:.2} ms for all, {:.2} ms for nothing", each(|it| it.all), each(|it| it.nothing))
    }
}
