//! Two branches that each add a field, in git as it is.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use support::Project;

const SOURCE: &str = "src/resources/order.rs";
const LOCK: &str = "contracts/fourfold.lock";

/// The fields are far enough apart that the Rust merges by itself.
const FIRST: (&str, &str) = ("    /// Who placed it.", "    pub paid: bool,\n    /// Who placed it.");
const SECOND: (&str, &str) =
    ("    /// Counts the changes.", "    pub gift: bool,\n    /// Counts the changes.");

/// A repository with two branches; `other` is merged into `main`.
fn branches(name: &str, ours: (&str, &str), theirs: (&str, &str)) -> Project {
    let project = Project::generated(name);
    let commit = |message: &str| {
        project.git(&["add", "--all"]).succeeds();
        project.git(&["commit", "-q", "-m", message]).succeeds();
    };
    project.git(&["init", "-q"]).succeeds();
    commit("the beginning");
    project.git(&["switch", "-q", "-c", "other"]).succeeds();
    project.edit(SOURCE, theirs.0, theirs.1);
    project.run(&["generate"]).succeeds();
    commit("theirs");
    project.git(&["switch", "-q", "main"]).succeeds();
    project.edit(SOURCE, ours.0, ours.1);
    project.run(&["generate"]).succeeds();
    commit("ours");
    project
}

#[test]
fn fields_of_two_messages_merge() {
    let theirs = ("    pub reason: String,", "    pub reason: String,\n    pub refund: bool,");
    let project = branches("merge", FIRST, theirs);
    project.git(&["merge", "-q", "--no-edit", "other"]);
    let lock = project.read(LOCK);
    assert!(!lock.contains("<<<<<<<"), "{lock}");
    project.run(&["generate"]).succeeds();
    let lock = project.read(LOCK);
    assert!(
        lock.contains("Order.paid = 8 bool\n") && lock.contains("CancelOrder.refund = 2 bool\n"),
        "{lock}"
    );
    assert_eq!(project.run(&["generate", "--check"]).succeeds().out, "");
}

#[test]
fn fields_that_took_the_same_number_are_told_with_a_way_out_that_works() {
    let project = branches("clash", FIRST, SECOND);
    project.git(&["merge", "-q", "--no-edit", "other"]);
    let lock = project.read(LOCK);
    assert!(lock.contains("Order.gift = 8 bool\n") && lock.contains("Order.paid = 8 bool\n"), "{lock}");
    assert!(!project.read(SOURCE).contains("<<<<<<<"), "the Rust merges by itself");
    let before = project.files("contracts");
    let ran = project.run(&["generate"]).fails(1);
    for said in [LOCK, "`gift` and `paid`", "the number 8", "delete the other"] {
        assert!(ran.err.contains(said), "{said}\n{}", ran.err);
    }
    assert_eq!(project.files("contracts"), before);
    // The way out that it says: one of the two loses its line.
    let kept: String = lock.split_inclusive('\n').filter(|line| !line.contains("Order.gift")).collect();
    project.write(LOCK, &kept);
    let ran = project.run(&["generate"]).succeeds();
    assert!(ran.out.contains("new numbers:\n  shop.order.v1.Order.gift = 9\n"), "{}", ran.out);
    assert_eq!(project.run(&["generate", "--check"]).succeeds().out, "");
    // What git could not merge in the generated files is gone with it.
    for (name, (text, _)) in project.files("contracts") {
        assert!(!text.contains("<<<<<<<"), "{name}");
    }
}
