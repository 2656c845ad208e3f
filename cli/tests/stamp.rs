//! The note of what was up to date: it saves time, and nothing else can be told of it.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use support::{Project, USER};

const RESOURCE: &str = "src/resources/order.rs";
const OPENAPI: &str = "contracts/openapi.json";
const PROTO: &str = "contracts/proto/shop/order/v1/order.proto";

/// A package that cargo has built and whose contracts are up to date.
fn stamped(name: &str) -> Project {
    let project = Project::new(name);
    fs::create_dir_all(project.path("target")).expect("a folder");
    project.run(&["generate"]).succeeds();
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
    project
}

fn stamps(project: &Project) -> Vec<PathBuf> {
    let entries = fs::read_dir(project.path("target/fourfold")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

#[track_caller]
fn stamp(project: &Project) -> PathBuf {
    let stamps = stamps(project);
    assert_eq!(stamps.len(), 1, "{stamps:?}");
    stamps[0].clone()
}

/// What a run says and leaves behind with the note is what it is without one.
#[track_caller]
fn the_stamp_makes_no_difference(project: &Project) {
    let (sources, contracts) = (project.files("src"), project.files("contracts"));
    let with = project.run(&["generate"]);
    let left = project.files("contracts");
    // Back to where it was, and once more.
    fs::remove_dir_all(project.path("contracts")).expect("it goes");
    for (path, (text, _)) in contracts.iter().filter(|(path, _)| !path.ends_with('/')) {
        project.write(path, text);
    }
    fs::remove_dir_all(project.path("target")).expect("it goes");
    let without = project.run(&["generate"]);
    assert_eq!((with.code, with.out, with.err), (without.code, without.out, without.err));
    let texts = |files: std::collections::BTreeMap<String, (String, _)>| {
        files.into_iter().map(|(path, (text, _))| (path, text)).collect::<Vec<_>>()
    };
    assert_eq!(texts(left), texts(project.files("contracts")));
    assert_eq!(project.files("src"), sources);
}

#[test]
fn a_run_leaves_one_where_cargo_has_a_target_folder() {
    let project = stamped("stamp left");
    stamp(&project);
    let without = Project::generated("stamp not left");
    assert!(!without.path("target").exists(), "it is cargo's to make");
}

#[test]
fn what_only_looks_leaves_none() {
    let project = Project::generated("stamp looked");
    fs::create_dir_all(project.path("target")).expect("a folder");
    project.run(&["generate", "--check"]).succeeds();
    project.run(&["generate", "--dry-run"]).succeeds();
    project.run(&["show"]).succeeds();
    assert_eq!(stamps(&project), Vec::<PathBuf>::new());
}

#[test]
fn a_source_that_changed_is_seen_whatever_its_time_of_writing_says() {
    let project = stamped("stamp source");
    let time = fs::metadata(project.path(RESOURCE)).and_then(|meta| meta.modified()).expect("a time");
    // Of the same length.
    project.edit(RESOURCE, "length(1..=50)", "length(1..=70)");
    let file = File::options().write(true).open(project.path(RESOURCE)).expect("it opens");
    file.set_modified(time).expect("the time is set");
    let ran = project.run(&["generate"]).succeeds();
    assert!(ran.out.contains("changed contracts/openapi.json"), "{}", ran.out);
    assert!(project.read(OPENAPI).contains("\"maxItems\": 70"));
}

#[test]
fn a_source_that_came_or_went_is_seen() {
    let project = stamped("stamp files");
    project.write("src/resources/user.rs", USER);
    let ran = project.run(&["generate"]).succeeds();
    assert!(ran.out.contains("created contracts/proto/shop/user/v1/user.proto"), "{}", ran.out);
    fs::remove_file(project.path("src/resources/user.rs")).expect("it goes");
    let ran = project.run(&["generate"]).succeeds();
    assert!(ran.out.contains("removed contracts/proto/shop/user/v1/user.proto"), "{}", ran.out);
}

#[test]
fn an_output_that_was_edited_or_removed_is_written_again() {
    for path in [OPENAPI, PROTO, "contracts/proto/google/api/http.proto"] {
        let project = stamped("stamp output");
        let right = project.read(path);
        project.write(path, &right.replace("order", "0rder").replace("return", "retvrn"));
        project.run(&["generate"]).succeeds();
        assert_eq!(project.read(path), right);
        fs::remove_file(project.path(path)).expect("it goes");
        project.run(&["generate"]).succeeds();
        assert_eq!(project.read(path), right);
    }
}

#[test]
fn a_lock_that_a_merge_broke_is_not_passed_over() {
    let project = stamped("stamp lock");
    let lock = project.read("contracts/fourfold.lock");
    project.write("contracts/fourfold.lock", &(lock + "shop.order.v1.Order.other = 5 string\n"));
    project.run(&["generate"]).fails(1);
    the_stamp_makes_no_difference(&project);
}

#[test]
fn what_is_left_over_among_the_outputs_is_found() {
    for path in [
        "contracts/.openapi.json.fourfold-unfinished",
        "contracts/proto/shop/.x.fourfold-unfinished",
        "contracts/proto/shop/old/v1/old.proto",
        "contracts/proto/shop/notes.txt",
    ] {
        let project = stamped("stamp left over");
        let text = project.read(PROTO);
        project.write(path, &text);
        the_stamp_makes_no_difference(&project);
        assert!(!project.path(path).exists(), "{path}");
    }
}

#[test]
fn what_a_person_has_to_know_is_said_every_time() {
    let project = stamped("stamp notes");
    project.write("contracts/proto/mine.proto", "syntax = \"proto3\";\n");
    for _ in 0..3 {
        let ran = project.run(&["generate"]).succeeds();
        assert!(ran.err.contains("mine.proto` is kept"), "{}", ran.err);
    }
    the_stamp_makes_no_difference(&project);
}

#[test]
fn options_are_a_part_of_it() {
    let project = stamped("stamp options");
    project.edit("Cargo.toml", "[package]", "[features]\nmore = []\n\n[package]");
    project.edit(RESOURCE, "    pub note:", "    #[cfg(feature = \"more\")]\n    pub note:");
    let without = project.run(&["generate"]).succeeds();
    assert!(without.out.contains("gone"), "{}", without.out);
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
    let ran = project.run(&["generate", "--all-features"]);
    assert_ne!(ran.out, "unchanged 14 files\n");
    let other = project.run(&["generate", "--out", "other"]).succeeds();
    assert!(other.out.contains("created other/openapi.json"), "{}", other.out);
}

#[test]
fn going_to_another_branch_and_back_is_seen() {
    let project = stamped("stamp branch");
    project.write(".gitignore", "target\n");
    project.git(&["init", "-q"]).succeeds();
    project.git(&["add", "."]).succeeds();
    project.git(&["commit", "-q", "-m", "one"]).succeeds();
    project.git(&["checkout", "-q", "-b", "more"]).succeeds();
    project.edit(
        RESOURCE,
        "    pub note: Option<String>,",
        "    pub note: Option<String>,\n    pub more: bool,",
    );
    project.run(&["generate"]).succeeds();
    project.git(&["commit", "-q", "-a", "-m", "two"]).succeeds();
    for branch in ["main", "more", "main"] {
        project.git(&["checkout", "-q", branch]).succeeds();
        let files = project.files("contracts");
        assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
        assert_eq!(project.files("contracts"), files);
        project.run(&["generate", "--check"]).succeeds();
    }
    // The sources of one branch with the contracts of another.
    project.git(&["checkout", "-q", "more", "--", "src"]).succeeds();
    let ran = project.run(&["generate"]).succeeds();
    assert!(ran.out.contains("shop.order.v1.Order.more = "), "{}", ran.out);
}

#[test]
fn one_that_is_damaged_or_stale_is_as_none() {
    let project = stamped("stamp damaged");
    let path = stamp(&project);
    let right = fs::read_to_string(&path).expect("it is there");
    for wrong in
        [String::new(), "9".into(), right.replacen('9', "8", 1), format!("{right}x"), right[..9].into()]
    {
        fs::write(&path, &wrong).expect("it is written");
        assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n", "{wrong:?}");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), right, "it is made good");
    }
    // Of another moment.
    project.edit(RESOURCE, "length(1..=50)", "length(1..=70)");
    project.run(&["generate"]).succeeds();
    fs::write(&path, &right).expect("it is written");
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
    assert_ne!(fs::read_to_string(&path).expect("it is there"), right);
    // A folder in its place.
    fs::remove_file(&path).expect("it goes");
    fs::create_dir_all(path.join("in the way")).expect("a folder");
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
}

#[test]
fn another_build_of_the_program_does_not_believe_it() {
    let project = stamped("stamp program");
    let before = fs::read_to_string(stamp(&project)).expect("it is there");
    let other = project.path("other-fourfold");
    let mut bytes = fs::read(env!("CARGO_BIN_EXE_cargo-fourfold")).expect("the program is there");
    bytes.push(0);
    fs::write(&other, bytes).expect("it is written");
    let permissions = fs::metadata(env!("CARGO_BIN_EXE_cargo-fourfold")).expect("it is there").permissions();
    fs::set_permissions(&other, permissions).expect("it can be run");
    let mut command = Command::new(&other);
    command.args(["fourfold", "generate"]).current_dir(project.path(""));
    let ran = command.env("CARGO_TARGET_DIR", project.path("target")).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "unchanged 14 files\n");
    assert_ne!(fs::read_to_string(stamp(&project)).expect("it is there"), before);
}

#[test]
fn a_check_does_the_work_itself() {
    let project = stamped("stamp check");
    // A note that says so proves nothing to it.
    let files = project.files("target");
    project.edit(OPENAPI, "3.1.0", "3.1.1");
    project.run(&["generate", "--check"]).fails(1);
    assert_eq!(project.files("target"), files, "it writes nothing");
}

#[test]
fn two_checkouts_may_share_a_target_folder() {
    let (one, other) = (stamped("stamp one"), Project::new("stamp other"));
    let run = |project: &Project| {
        let mut command = project.command(&["generate"]);
        let ran = command.env("CARGO_TARGET_DIR", one.path("target")).output().expect("it runs");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    assert!(run(&other).contains("created contracts/openapi.json"));
    for project in [&one, &other, &one] {
        assert_eq!(run(project), "unchanged 14 files\n");
    }
    assert_eq!(stamps(&one).len(), 2);
    other.edit(RESOURCE, "length(1..=50)", "length(1..=70)");
    assert_eq!(run(&one), "unchanged 14 files\n");
    assert!(run(&other).contains("changed contracts/openapi.json"));
}

#[cfg(unix)]
#[test]
fn where_none_can_be_written_all_is_as_without() {
    use std::os::unix::fs::symlink;
    let project = Project::generated("stamp read-only");
    // Even root can't write below a file.
    project.write("file", "");
    fs::create_dir_all(project.path("target")).expect("a folder");
    symlink(project.path("file"), project.path("target/fourfold")).expect("a link");
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
}
