//! What goes wrong on the disk and on the command line: exit code 2, and nothing is half done.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use std::fs;
use std::process::{Command, Stdio};

use support::{Project, USER};

#[test]
fn a_folder_where_a_file_belongs_is_told_before_anything_is_written() {
    let project = Project::new("folder in the way");
    project.write("contracts/openapi.json/x.txt", "");
    let before = project.files("contracts");
    let ran = project.run(&["generate"]).fails(2);
    assert!(ran.err.contains("contracts/openapi.json"), "{}", ran.err);
    assert_eq!(project.files("contracts"), before);
}

#[test]
fn a_file_where_a_folder_belongs_is_told() {
    let project = Project::new("file in the way");
    project.write("contracts", "");
    let ran = project.run(&["generate"]).fails(2);
    assert!(ran.err.contains("contracts"), "{}", ran.err);
    assert_eq!(project.read("contracts"), "");
}

/// A limit on the size of files stops the root user as well, whom permissions don't.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full_halfway_changes_nothing() {
    let project = Project::generated("full");
    project.write("src/resources/user.rs", USER);
    let before = project.files("contracts");
    let mut command = Command::new("sh");
    command.arg("-c").arg("trap '' XFSZ; ulimit -f 8; exec \"$0\" generate");
    command.arg(env!("CARGO_BIN_EXE_cargo-fourfold")).current_dir(project.path(""));
    let output = command.output().expect("sh runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("can't be written") && err.contains("nothing has been written"), "{err}");
    assert_eq!(project.files("contracts"), before);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_changes_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::generated("read-only");
    project.edit("src/resources/order.rs", "pub note: Option<String>,", "pub paid: bool,");
    let before = project.files("contracts");
    let folder = project.path("contracts/proto/shop/order/v1");
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("permissions");
    mode(0o555);
    let root = fs::write(folder.join("probe"), "").is_ok();
    let _ = fs::remove_file(folder.join("probe"));
    let ran = project.run(&["generate"]);
    mode(0o755);
    // Permissions mean nothing to the root user.
    if !root {
        ran.fails(2);
        assert_eq!(project.files("contracts"), before);
    }
}

#[test]
fn a_package_without_resources_is_told_where_to_look() {
    let project = Project::empty("none");
    project.write("Cargo.toml", "[package]\nname = \"root\"\n[workspace]\nmembers = [\"crates/*\"]\n");
    project.write("src/lib.rs", "pub struct Order;\n");
    project.write("crates/user/Cargo.toml", "[package]\nname = \"user\"\n");
    project.write("crates/user/src/user.rs", USER);
    project.write("crates/other/Cargo.toml", "[package]\nname = \"other\"\n");
    project.write("crates/other/src/lib.rs", "");
    let ran = project.run(&["generate"]).fails(1);
    assert!(ran.err.contains("no resource was found in `src` of the package `root`"), "{}", ran.err);
    assert!(ran.err.contains("\n  cargo fourfold .. -p user\n"), "{}", ran.err);
    assert!(!ran.err.contains("-p other"), "{}", ran.err);
    assert!(!project.path("contracts").exists());
}

#[test]
fn a_workspace_asks_which_package() {
    let project = Project::empty("workspace");
    project.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/old\"]\n");
    for name in ["user", "old"] {
        project.write(&format!("crates/{name}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n"));
        project.write(&format!("crates/{name}/src/user.rs"), USER);
    }
    let ran = project.run(&["generate"]).fails(2);
    assert!(
        ran.err.contains("say which package. These have resources:\n  cargo fourfold .. -p user\n"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("-p old"), "{}", ran.err);
    let ran = project.run(&["generate", "-p", "users"]).fails(2);
    assert!(ran.err.contains("has no package `users`: it has `user`"), "{}", ran.err);
    project.run(&["generate", "-p", "user"]).succeeds();
    assert!(project.path("crates/user/contracts/openapi.json").exists());
    // From below, too.
    let mut below = project.command(&["generate", "--check", "-p", "user"]);
    assert!(below.current_dir(project.path("crates/old")).status().expect("it runs").success());
}

#[test]
fn a_dependency_by_path_is_a_member() {
    let project = Project::new("path dependency");
    project.write(
        "Cargo.toml",
        "[package]\nname = \"order\"\n[workspace]\n[dependencies]\nuser = { path = \"user\" }\n",
    );
    project.write("user/Cargo.toml", "[package]\nname = \"user\"\n");
    project.write("user/src/user.rs", USER);
    project.run(&["generate", "-p", "user"]).succeeds();
    assert!(project.path("user/contracts/fourfold.lock").exists());
}

#[test]
fn the_manifest_and_the_build_script_say_where_resources_are() {
    let project = Project::empty("places");
    project.write("Cargo.toml", "[package]\nname = \"order\"\n");
    project.write("src/resources/order.rs", "this is not read");
    project.write("src/a.rs", USER);
    project.write("build.rs", "fn main() {\n    fourfold_codegen::build(\"src/a.rs\");\n}\n");
    project.run(&["generate", "--dry-run"]).succeeds();
    project.write(
        "Cargo.toml",
        "[package]\nname = \"order\"\n[package.metadata.fourfold]\nresources = [\"src/b.rs\"]\n",
    );
    let ran = project.run(&["generate"]).fails(1);
    assert!(ran.err.contains("no file or folder `src/b.rs`"), "{}", ran.err);
    project.write("Cargo.toml", "[package]\nname = \"order\"\n[package.metadata.fourfold]\nresources = 7\n");
    let ran = project.run(&["generate"]).fails(2);
    assert!(ran.err.contains("takes a list of files and folders"), "{}", ran.err);
}

#[test]
fn a_manifest_that_is_not_there_or_not_toml_is_told() {
    let project = Project::empty("manifest");
    project.write("Cargo.toml", "[package\n");
    let ran = project.run(&["generate"]).fails(2);
    assert!(ran.err.contains("`Cargo.toml` is not TOML"), "{}", ran.err);
    let ran = project.run(&["generate", "--manifest-path", "no/Cargo.toml"]).fails(2);
    assert!(ran.err.contains("there is no file `no/Cargo.toml`"), "{}", ran.err);
    let ran = project.run(&["generate", "--chek"]).fails(2);
    assert!(ran.err.contains("--check"), "{}", ran.err);
}

#[test]
fn a_reader_that_stops_is_no_trouble() {
    let project = Project::new("pipe");
    let mut child =
        project.command(&["show"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn colours_are_as_they_are_asked_for() {
    let project = Project::new("colours");
    let escape = |out: &str| out.contains('\u{1b}');
    assert!(!escape(&project.run(&["show"]).succeeds().out));
    assert!(escape(&project.run(&["show", "--color", "always"]).succeeds().out));
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let output = project.command(arguments).env(name, value).output().expect("it runs");
        escape(&String::from_utf8_lossy(&output.stdout))
    };
    assert!(with("CARGO_TERM_COLOR", "always", &["show"]));
    assert!(!with("CARGO_TERM_COLOR", "never", &["show"]));
    assert!(!with("NO_COLOR", "1", &["show"]));
    assert!(with("NO_COLOR", "1", &["show", "--color", "always"]));
}

#[test]
fn help_tells_the_exit_codes_and_gives_examples() {
    let project = Project::empty("help");
    for command in ["generate", "show"] {
        let ran = project.run(&[command, "--help"]).succeeds();
        assert!(ran.out.contains("Examples:\n") && ran.out.contains("Exit codes:\n"), "{}", ran.out);
    }
    assert!(project.run(&["--version"]).succeeds().out.starts_with("cargo"));
    // Cargo hands its own name over; whoever calls the program directly does not.
    let direct = Command::new(env!("CARGO_BIN_EXE_cargo-fourfold")).arg("--help").output().expect("it runs");
    assert!(direct.status.success());
}
