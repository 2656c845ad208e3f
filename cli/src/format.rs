//! rustfmt, where it is installed: what is written is as the user's own settings want it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
