//! Runs cargo and looks at the clock.

use std::fs;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::project::Project;

/// What one project costs. Times are in milliseconds, sizes in bytes; what was not measured is zero.
pub(crate) struct Figures {
    check: f64,
    build: f64,
    edit_check: f64,
    edit_build: f64,
    binary: f64,
    release: f64,
    release_binary: f64,
    expanded: f64,
    script: f64,
    script_again: f64,
}

pub(crate) fn all(project: &Project, rounds: usize, release: bool) -> Result<Figures> {
    // The dependencies, and this package for the first time.
    for command in ["check", "build"] {
        cargo(project, &[command])?;
    }
    let check = median(rounds, "check", project, || from_clean(project, &["check"]))?;
    let build = median(rounds, "build", project, || from_clean(project, &["build"]))?;
    let binary = size(project, "debug")?;
    cargo(project, &["check"])?;
    let edit_check = median(rounds, "edit, check", project, || after_an_edit(project, &["check"]))?;
    cargo(project, &["build"])?;
    let edit_build = median(rounds, "edit, build", project, || after_an_edit(project, &["build"]))?;
    let expanded = expanded_lines(project)?;
    let (script, script_again) = if project.generated { build_script(project)? } else { (0.0, 0.0) };
    let (mut release_time, mut release_binary) = (0.0, 0.0);
    if release {
        cargo(project, &["build", "--release"])?;
        release_time = median(1, "release", project, || from_clean(project, &["build", "--release"]))?;
        release_binary = size(project, "release")?;
    }
    Ok(Figures {
        check,
        build,
        edit_check,
        edit_build,
        binary,
        release: release_time,
        release_binary,
        expanded,
        script,
        script_again,
    })
}

fn from_clean(project: &Project, arguments: &[&str]) -> Result<Duration> {
    let mut clean = vec!["clean", "-p", &project.name];
    if arguments.contains(&"--release") {
        clean.push("--release");
    }
    cargo(project, &clean)?;
    cargo(project, arguments)
}

/// Changes the type of one field, there or back, wherever it is written.
fn after_an_edit(project: &Project, arguments: &[&str]) -> Result<Duration> {
    for path in &project.edited {
        let source = fs::read_to_string(path)?;
        let wide = source.contains("age: Option<i64>") || source.contains("int64 age");
        let edit = |line: &str| match (line.contains("age: Option") || line.contains(" age = "), wide) {
            (true, false) => line.replace("i32", "i64").replace("int32", "int64"),
            (true, true) => line.replace("i64", "i32").replace("int64", "int32"),
            (false, _) => line.to_owned(),
        };
        let edited: String = source.split_inclusive('\n').map(edit).collect();
        if edited == source {
            return Err(format!("{} has no field to edit", path.display()).into());
        }
        fs::write(path, edited)?;
    }
    cargo(project, arguments)
}

/// Runs the package's build script by itself: with nothing in its folder, and once more with nothing to do.
fn build_script(project: &Project) -> Result<(f64, f64)> {
    let builds = project.target.join("debug/build");
    let scripts = fs::read_dir(&builds)?.filter_map(Result::ok).map(|entry| entry.path());
    let script = scripts
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.rsplit_once('-').is_some_and(|(package, _)| package == project.name)
        })
        .map(|path| path.join("build-script-build"))
        .find(|path| path.is_file())
        .ok_or("the build script is not there")?;
    let out = project.directory.join("out");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    let run = || -> Result<f64> {
        let start = Instant::now();
        let output = Command::new(&script)
            .current_dir(&project.directory)
            .env("OUT_DIR", &out)
            .env("CARGO_MANIFEST_DIR", &project.directory)
            .env("CARGO_CFG_UNIX", "")
            .env("CARGO_CFG_TARGET_OS", "linux")
            .output()?;
        let time = start.elapsed();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(time.as_secs_f64() * 1000.0)
    };
    Ok((run()?, run()?))
}

fn command(project: &Project, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(&project.directory).env("CARGO_TARGET_DIR", &project.target);
    command
}

fn cargo(project: &Project, arguments: &[&str]) -> Result<Duration> {
    let start = Instant::now();
    let output = command(project, arguments).output()?;
    let time = start.elapsed();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(
            format!("cargo {} in {}:\n{said}", arguments.join(" "), project.directory.display()).into()
        );
    }
    Ok(time)
}

fn median(
    rounds: usize,
    what: &str,
    project: &Project,
    mut measure: impl FnMut() -> Result<Duration>,
) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let time = measure()?;
        eprintln!("{:14} {what:12} {:8.2} s", project.name, time.as_secs_f64());
        times.push(time);
    }
    times.sort_unstable();
    Ok(times[times.len() / 2].as_secs_f64() * 1000.0)
}

#[allow(clippy::cast_precision_loss, reason = "no binary has 2^52 bytes")]
fn size(project: &Project, profile: &str) -> Result<f64> {
    Ok(fs::metadata(project.target.join(profile).join(&project.name))?.len() as f64)
}

const STAND_IN: &str = "FOURFOLD_BENCH_STAND_IN";

/// The lines of the package with all macros expanded. `-Zunpretty` is for nightly compilers; `RUSTC_BOOTSTRAP` makes
/// this one take it. As that variable would have dependencies built again, only this package's compiler sees it.
#[allow(clippy::cast_precision_loss, reason = "no package has 2^52 lines")]
fn expanded_lines(project: &Project) -> Result<f64> {
    let output = command(project, &["rustc", "--profile", "check", "--", "-Zunpretty=expanded"])
        .env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?)
        .env(STAND_IN, "1")
        .stderr(Stdio::piped())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as f64)
}

/// Where cargo has started this program in the place of rustc: runs rustc.
pub(crate) fn stand_in_for_rustc() -> Option<ExitCode> {
    std::env::var_os(STAND_IN)?;
    let mut arguments = std::env::args_os().skip(1);
    let status = Command::new(arguments.next()?).args(arguments).env("RUSTC_BOOTSTRAP", "1").status();
    Some(if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn seconds(milliseconds: f64) -> String {
    if milliseconds == 0.0 { "-".to_owned() } else { format!("{:.2} s", milliseconds / 1000.0) }
}

fn milliseconds(milliseconds: f64) -> String {
    if milliseconds == 0.0 { "-".to_owned() } else { format!("{milliseconds:.0} ms") }
}

fn megabytes(bytes: f64) -> String {
    if bytes == 0.0 { "-".to_owned() } else { format!("{:.1} MB", bytes / 1e6) }
}

impl Figures {
    /// The cells of a table's row.
    pub(crate) fn columns(&self) -> String {
        format!(
            "{} | {} | {} | {} | {} | {} | {} | {:.0} | {} | {}",
            seconds(self.check),
            seconds(self.build),
            seconds(self.edit_check),
            seconds(self.edit_build),
            megabytes(self.binary),
            seconds(self.release),
            megabytes(self.release_binary),
            self.expanded,
            milliseconds(self.script),
            milliseconds(self.script_again),
        )
    }

    /// What these are of others.
    pub(crate) fn over(&self, other: &Self) -> String {
        let ratio = |of: fn(&Self) -> f64| {
            if of(other) == 0.0 { "-".to_owned() } else { format!("{:.2}", of(self) / of(other)) }
        };
        [
            ratio(|it| it.check),
            ratio(|it| it.build),
            ratio(|it| it.edit_check),
            ratio(|it| it.edit_build),
            ratio(|it| it.binary),
            ratio(|it| it.release),
            ratio(|it| it.release_binary),
            ratio(|it| it.expanded),
            "-".to_owned(),
            "-".to_owned(),
        ]
        .join(" | ")
    }

    /// What each of `more` resources added to the figures of the fewest.
    #[allow(clippy::cast_precision_loss, reason = "nobody has 2^52 resources")]
    pub(crate) fn for_each_further(&self, first: &Self, more: usize) -> String {
        let each = |of: fn(&Self) -> f64| (of(self) - of(first)) / more as f64;
        format!(
            "{:.1} ms | {:.1} ms | {:.1} ms | {:.0}",
            each(|it| it.check),
            each(|it| it.build),
            each(|it| it.edit_check),
            each(|it| it.expanded),
        )
    }
}
