//! `check`: against a commit and against a folder.
#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use support::{ORDER, Project};

/// A package that is committed with its contracts.
fn committed(name: &str) -> Project {
    let project = Project::generated(name);
    project.git(&["init", "-q"]).succeeds();
    project.git(&["add", "src", "contracts", "Cargo.toml"]).succeeds();
    project.git(&["commit", "-qm", "first"]).succeeds();
    project
}

const FILE: &str = "src/resources/order.rs";
const NOTE: &str = "    /// Anything the customer wants to say.\n    pub note: Option<String>,\n";

#[test]
fn nothing_changed_and_nothing_breaks() {
    let project = committed("check same");
    let ran = project.run(&["check", "--against", "HEAD"]).succeeds();
    assert!(ran.out.contains("nothing breaks"), "{}", ran.out);
}

#[test]
fn a_field_that_goes_breaks_and_can_be_accepted_with_a_reason() {
    let project = committed("check gone");
    project.edit(FILE, NOTE, "");
    let ran = project.run(&["check", "--against", "main"]).fails(1);
    assert!(ran.out.contains("shop.order.v1.Order.note"), "{}", ran.out);
    assert!(ran.out.contains("breaking  REST and JSON: a field is gone"), "{}", ran.out);
    assert!(ran.out.contains("instead: keep it for a release"), "{}", ran.out);

    let entry = "[[accepted]]\nchange = \"field_removed\"\nsubject = \"shop.order.v1.Order.note\"\nreason = \"nobody says it\"\n";
    project.write("fourfold.accepted.toml", entry);
    let ran = project.run(&["check", "--against", "main", "--format", "json"]).succeeds();
    let said: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let findings = said["findings"].as_array().expect("a list");
    assert!(findings.iter().all(|finding| finding["accepted"] == "nobody says it"), "{said}");
    // It is committed and the entry is there still: that is told, and no more.
    project.run(&["generate"]).succeeds();
    project.git(&["commit", "-qam", "second"]).succeeds();
    let ran = project.run(&["check", "--against", "HEAD"]).succeeds();
    assert!(ran.err.contains("the entry can go"), "{}", ran.err);
}

#[test]
fn a_table_for_a_pull_request_and_risks_on_demand() {
    let project = committed("check risk");
    project.edit(FILE, "    Shipped,\n", "    Shipped,\n    /// Nobody knows where it is.\n    Lost,\n");
    let ran = project.run(&["check", "--against", "HEAD", "--format", "markdown"]).succeeds();
    assert!(
        ran.out.contains("| risky | `shop.order.v1.OrderStatus.lost`: a choice has a new value |"),
        "{}",
        ran.out
    );
    project.run(&["check", "--against", "HEAD", "--deny", "risky"]).fails(1);
}

#[test]
fn tasks_are_found_where_they_are_in_git_and_in_folders() {
    const TASK: &str =
        "#[derive(Task)]\n#[task(name = \"order.confirm\")]\npub struct Confirm {\n    pub id: Uuid,\n}\n";
    let project = Project::generated("check tasks");
    project.write("src/confirmation.rs", TASK);
    // What else is there is nobody's business.
    project.write("src/broken.rs", "#[derive(Resource)] #[resource(nonsense)] pub struct Wrong {}\nfn (");
    project.git(&["init", "-q"]).succeeds();
    project.git(&["add", "src", "contracts", "Cargo.toml"]).succeeds();
    project.git(&["commit", "-qm", "first"]).succeeds();
    project.run(&["check", "--against", "HEAD"]).succeeds();
    project.write("src/confirmation.rs", &TASK.replace("id: Uuid,", "id: Uuid,\n    pub how: String,"));
    let ran = project.run(&["check", "--against", "HEAD"]).fails(1);
    assert!(ran.out.contains("order.confirm.how\n  breaking  tasks that wait"), "{}", ran.out);

    project.write("old/Cargo.toml", "[package]\nname = \"order\"\n");
    project.write("old/src/resources/order.rs", ORDER);
    project.write("old/src/deep/confirmation.rs", TASK);
    let ran = project.run(&["check", "--against", "old"]).fails(1);
    assert!(ran.out.contains("order.confirm.how"), "{}", ran.out);
    // It may go to another file.
    project.write("src/confirmation.rs", "");
    project.write("src/resources/tasks.rs", TASK);
    let ran = project.run(&["check", "--against", "HEAD"]).succeeds();
    assert!(!ran.out.contains("order.confirm"), "{}", ran.out);
}

#[test]
fn a_folder_will_do_and_what_is_not_there_is_said() {
    let project = committed("check folder");
    project.write("old/Cargo.toml", "[package]\nname = \"order\"\n");
    project.write("old/src/resources/order.rs", &ORDER.replace(NOTE, ""));
    let ran = project.run(&["check", "--against", "old", "--all"]).succeeds();
    assert!(ran.out.contains("shop.order.v1.Order.note") && ran.out.contains("a new field"), "{}", ran.out);
    for nothing in ["nowhere", "--oops", "HEAD~5"] {
        let ran = project.run(&["check", "--against", nothing]).fails(2);
        assert!(ran.err.contains(nothing), "{}", ran.err);
    }
    project.write("fourfold.accepted.toml", "[[accepted]]\nchange = \"gone\"\n");
    let ran = project.run(&["check", "--against", "old"]).fails(1);
    assert!(
        ran.err.contains("`gone` is no change") && ran.err.contains("`reason` is missing"),
        "{}",
        ran.err
    );
}
