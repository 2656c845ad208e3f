//! rustfmt, where it is installed: what is written is as the user's own settings want it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

/// Rust as rustfmt has it, by the settings of a folder; `None` where there is no rustfmt, or it does not take the text.
pub(crate) fn formatted(folder: &Path, text: &str) -> Option<String> {
    let here = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let here = if here.as_os_str().is_empty() { Path::new(".") } else { here };
    let mut child = Command::new(program())
        .args(["--edition", "2024", "--quiet"])
        .current_dir(here)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // It reads all before it writes.
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let formatted = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !formatted.is_empty()).then_some(formatted)
}

/// The one beside the cargo that called us: it is there at once, where a proxy first has to look for it.
fn program() -> PathBuf {
    let beside = || {
        let cargo = PathBuf::from(std::env::var_os("CARGO")?);
        let rustfmt = cargo.with_file_name(format!("rustfmt{}", std::env::consts::EXE_SUFFIX));
        rustfmt.is_file().then_some(rustfmt)
    };
    std::env::var_os("RUSTFMT").map(PathBuf::from).or_else(beside).unwrap_or_else(|| "rustfmt".into())
}

/// New files of one folder. Starting rustfmt takes longer than what it does, so it is started once for many, on copies.
pub(crate) fn all_new(folder: &Path, texts: Vec<String>) -> Vec<String> {
    let formatted = if texts.len() > 1 { copies(folder, &texts) } else { None };
    formatted.unwrap_or_else(|| texts.into_iter().map(|text| new(folder, text)).collect())
}

/// Texts as rustfmt has them; `None` where it does not take all of them.
fn copies(folder: &Path, texts: &[String]) -> Option<Vec<String>> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let place = std::env::temp_dir().join(format!("fourfold-format-{}-{number}", std::process::id()));
    let formatted = in_place(folder, &place, texts);
    let _ = fs::remove_dir_all(&place);
    formatted.ok().flatten()
}

fn in_place(folder: &Path, place: &Path, texts: &[String]) -> io::Result<Option<Vec<String>>> {
    fs::create_dir(place)?;
    let paths: Vec<PathBuf> = (0..texts.len()).map(|number| place.join(format!("{number}.rs"))).collect();
    for (path, text) in paths.iter().zip(texts) {
        fs::write(path, text)?;
    }
    let mut command = Command::new(program());
    command.args(["--edition", "2024", "--quiet"]);
    if let Some(settings) = settings(folder) {
        command.arg("--config-path").arg(settings);
    }
    let output = command.args(&paths).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Ok(None);
    }
    paths.iter().map(fs::read_to_string).collect::<io::Result<_>>().map(Some)
}

/// The file with the settings that rustfmt would find for a file in a folder.
fn settings(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    let both = |folder: &Path| [".rustfmt.toml", "rustfmt.toml"].map(|name| folder.join(name));
    folder.ancestors().flat_map(both).find(|path| path.is_file())
}

/// Whether a text may name modules in other files: these would be looked for beside a copy.
pub(crate) fn names_modules(text: &str) -> bool {
    text.lines().any(|line| line.ends_with(';') && line.split(' ').any(|word| word == "mod"))
}

/// A new file.
pub(crate) fn new(folder: &Path, text: String) -> String {
    formatted(folder, &text).unwrap_or(text)
}

/// A file after an edit: formatted where it was before, else left as it is.
pub(crate) fn edited(folder: &Path, before: &str, after: String) -> String {
    let (was, is) = std::thread::scope(|scope| {
        let was = scope.spawn(|| formatted(folder, before));
        let is = formatted(folder, &after);
        (was.join().ok().flatten(), is)
    });
    match (was, is) {
        (Some(was), Some(is)) if was == before => is,
        _ => after,
    }
}
