//! `cargo fourfold generate`: what it writes, and what it leaves alone.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use support::{ORDER, Project, USER};

const ORDER_PROTO: &str = "contracts/proto/shop/order/v1/order.proto";
const CREATED: &str = "contracts/schemas/shop.order.v1.order.created.json";

#[test]
fn the_first_run_writes_everything_and_says_so() {
    let project = Project::new("first");
    let ran = project.run(&["generate"]).succeeds();
    assert_eq!(
        ran.out,
        "  \
  created contracts/.gitattributes
  created contracts/asyncapi.json
  created contracts/buf.yaml
  created contracts/fourfold.lock
  created contracts/openapi.json
  created contracts/proto/google/api/annotations.proto
  created contracts/proto/google/api/field_behavior.proto
  created contracts/proto/google/api/http.proto
  created contracts/proto/google/api/resource.proto
  created contracts/proto/shop/order/v1/order.proto
  created contracts/schemas/shop.order.v1.order.cancelled.json
  created contracts/schemas/shop.order.v1.order.created.json
  created contracts/schemas/shop.order.v1.order.deleted.json
  created contracts/schemas/shop.order.v1.order.updated.json
new numbers:
  shop.order.v1.Order.id = 1
  shop.order.v1.Order.user_id = 2
  shop.order.v1.Order.items = 3
  shop.order.v1.Order.status = 4
  shop.order.v1.Order.note = 5
  shop.order.v1.Order.version = 6
  shop.order.v1.Order.etag = 7
  shop.order.v1.CancelOrderRequest.input = 4
  shop.order.v1.CancelOrder.reason = 1
  shop.order.v1.Item.sku = 1
  shop.order.v1.Item.quantity = 2
  shop.order.v1.OrderStatus.ORDER_STATUS_PLACED = 1
  shop.order.v1.OrderStatus.ORDER_STATUS_SHIPPED = 2
"
        .trim_start_matches("  \n")
    );
    assert_eq!(ran.err, "");
    assert!(project.read(ORDER_PROTO).contains("service OrderService {"));
    assert!(project.read("contracts/openapi.json").contains("\"/v1/orders/{id}/cancel\""));
    assert!(project.read("contracts/.gitattributes").contains("\nfourfold.lock merge=union\n"));
}

#[test]
fn a_run_that_changes_nothing_touches_nothing() {
    let project = Project::generated("no op");
    let before = project.files("contracts");
    let ran = project.run(&["generate"]).succeeds();
    assert_eq!(ran.out, "unchanged 14 files\n");
    assert_eq!(project.files("contracts"), before);
}

#[test]
fn what_is_written_does_not_depend_on_where_it_is_called_from() {
    let project = Project::generated("from elsewhere");
    let before = project.files("contracts");
    project.write("src/deep/x.txt", "");
    let mut below = project.command(&["generate", "--check"]);
    assert!(below.current_dir(project.path("src/deep")).status().expect("it runs").success());
    let mut above = project.command(&["generate", "--check", "--manifest-path"]);
    above.arg(project.path("Cargo.toml")).current_dir(std::env::temp_dir());
    assert!(above.status().expect("it runs").success());
    assert_eq!(project.files("contracts"), before);
}

#[test]
fn only_what_changed_is_written() {
    let project = Project::generated("one field");
    let before = project.files("contracts");
    project.edit(
        "src/resources/order.rs",
        "pub note: Option<String>,",
        "pub note: Option<String>,\n    pub paid: bool,",
    );
    let ran = project.run(&["generate"]).succeeds();
    assert_eq!(
        ran.out,
        "  changed contracts/asyncapi.json\n  changed contracts/fourfold.lock\n  changed contracts/openapi.json\n  \
         changed contracts/proto/shop/order/v1/order.proto\n  changed \
         contracts/schemas/shop.order.v1.order.cancelled.json\n  changed \
         contracts/schemas/shop.order.v1.order.created.json\n  changed \
         contracts/schemas/shop.order.v1.order.deleted.json\n  changed \
         contracts/schemas/shop.order.v1.order.updated.json\nunchanged 6 files\nnew numbers:\n  shop.order.v1.Order.paid = 8\n"
    );
    let after = project.files("contracts");
    let touched = after.iter().filter(|(name, file)| before.get(*name) != Some(file)).count();
    assert_eq!(touched, 8);
}

#[test]
fn check_shows_the_difference_and_writes_nothing() {
    let project = Project::generated("check");
    project.edit("src/resources/order.rs", "pub note: Option<String>,", "pub paid: bool,");
    let before = project.files("contracts");
    let ran = project.run(&["generate", "--check"]).fails(1);
    for line in [
        "--- a/contracts/fourfold.lock\n+++ b/contracts/fourfold.lock\n@@ ",
        "-shop.order.v1.Order.note = 5 string\n+shop.order.v1.Order.note = 5 string reserved\n",
        "+shop.order.v1.Order.paid = 8 bool\n",
        "--- a/contracts/proto/shop/order/v1/order.proto",
    ] {
        assert!(ran.out.contains(line), "{line}\n{}", ran.out);
    }
    assert!(ran.err.contains("out of date in 8 of 14 files: run `cargo fourfold generate`"), "{}", ran.err);
    assert_eq!(project.files("contracts"), before);
    project.run(&["generate"]).succeeds();
    assert_eq!(project.run(&["generate", "--check"]).succeeds().out, "");
}

#[test]
fn check_without_contracts_shows_all_of_them() {
    let project = Project::new("check nothing");
    let ran = project.run(&["generate", "--check"]).fails(1);
    assert!(ran.out.contains("--- /dev/null\n+++ b/contracts/openapi.json\n"), "{}", ran.out);
    assert!(!project.path("contracts").exists());
}

#[test]
fn a_dry_run_says_what_would_be_written() {
    let project = Project::new("dry");
    let ran = project.run(&["generate", "--dry-run"]).succeeds();
    assert!(ran.out.contains("  created contracts/openapi.json\n"), "{}", ran.out);
    assert!(ran.out.contains("nothing has been written: this was --dry-run\n"), "{}", ran.out);
    assert!(!project.path("contracts").exists());
}

#[test]
fn a_resource_that_went_away_takes_its_file_and_its_folders_along() {
    let project = Project::new("gone");
    project.write("src/resources/user.rs", USER);
    project.run(&["generate"]).succeeds();
    assert!(project.path("contracts/proto/shop/user/v1/user.proto").exists());
    std::fs::remove_file(project.path("src/resources/user.rs")).expect("removed");
    let ran = project.run(&["generate"]).succeeds();
    assert!(ran.out.contains("  removed contracts/proto/shop/user/v1/user.proto\n"), "{}", ran.out);
    assert!(
        ran.out.contains("gone, never to be used again:\n  shop.user.v1.User.email = 2\n"),
        "{}",
        ran.out
    );
    assert!(!project.path("contracts/proto/shop/user").exists());
    assert!(ran.out.contains("  removed contracts/schemas/shop.user.v1.user.created.json\n"), "{}", ran.out);
    assert!(!project.path("contracts/schemas/shop.user.v1.user.created.json").exists());
    assert!(
        project.read("contracts/fourfold.lock").contains("shop.user.v1.User.email = 2 string reserved\n")
    );
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
}

#[test]
fn what_a_person_put_there_is_kept_and_told() {
    let project = Project::generated("foreign");
    project.write("contracts/proto/shop/order/v1/notes.proto", "syntax = \"proto3\";\n");
    project.write("contracts/proto/README.md", "Ours.\n");
    project.write("contracts/README.md", "Ours.\n");
    project.write("contracts/schemas/of-others.json", "{}\n");
    let ran = project.run(&["generate"]).succeeds();
    assert_eq!(ran.out, "unchanged 14 files\n");
    assert_eq!(
        ran.err,
        "warning: `contracts/proto/shop/order/v1/notes.proto` is kept: it was not written by `cargo fourfold generate`\n"
    );
    assert!(
        ["proto/README.md", "README.md", "schemas/of-others.json"]
            .iter()
            .all(|path| project.path("contracts").join(path).exists())
    );
}

#[test]
fn a_file_of_a_persons_own_is_not_written_over() {
    let project = Project::new("in the way");
    project.write(ORDER_PROTO, "syntax = \"proto3\";\npackage shop.order.v1;\n");
    project.write("contracts/openapi.json", "{\"mine\": true}\n");
    project.write("contracts/asyncapi.json", "{\"mine\": true}\n");
    project.write(CREATED, "{\n  \"mine\": true\n}\n");
    let before = project.files("contracts");
    let ran = project.run(&["generate"]).fails(2);
    for path in [ORDER_PROTO, "contracts/openapi.json", "contracts/asyncapi.json", CREATED] {
        assert!(ran.err.contains(&format!("\n  {path}\n")), "{}", ran.err);
    }
    assert_eq!(project.files("contracts"), before);
}

#[test]
fn settings_of_a_persons_own_stay() {
    let project = Project::generated("settings");
    project.write("contracts/buf.yaml", "version: v2\n");
    project.write("contracts/.gitattributes", "*.proto text\n");
    let ran = project.run(&["generate"]).succeeds();
    assert_eq!(ran.out, "unchanged 14 files\n");
    assert!(
        ran.err.contains("`contracts/.gitattributes` does not say `fourfold.lock merge=union`"),
        "{}",
        ran.err
    );
    assert_eq!(project.read("contracts/buf.yaml"), "version: v2\n");
    project.write("contracts/.gitattributes", "*.proto text\nfourfold.lock   merge=union\n");
    assert_eq!(project.run(&["generate", "--check"]).succeeds().err, "");
}

#[test]
fn line_ends_that_git_changed_are_no_difference() {
    let project = Project::generated("crlf");
    for (name, (text, _)) in project.files("contracts") {
        if !name.ends_with('/') {
            project.write(&name, &text.replace('\n', "\r\n"));
        }
    }
    assert_eq!(project.run(&["generate", "--check"]).succeeds().out, "");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let project = Project::generated("link");
    std::fs::rename(project.path("contracts/openapi.json"), project.path("api.json")).expect("moved");
    std::os::unix::fs::symlink("../api.json", project.path("contracts/openapi.json")).expect("a link");
    project.edit("src/resources/order.rs", "pub note: Option<String>,", "pub paid: bool,");
    project.run(&["generate"]).succeeds();
    assert!(project.path("contracts/openapi.json").is_symlink());
    assert!(project.read("api.json").contains("\"paid\""));
}

#[test]
fn what_a_killed_run_left_behind_is_cleared_away() {
    let project = Project::generated("killed");
    project.write("contracts/.openapi.json.fourfold-unfinished", "{");
    project.write("contracts/proto/shop/order/v1/.order.proto.fourfold-unfinished", "synt");
    project.run(&["generate"]).succeeds();
    assert!(project.files("contracts").keys().all(|name| !name.contains("unfinished")));
    assert_eq!(project.run(&["generate"]).succeeds().out, "unchanged 14 files\n");
}

#[test]
fn all_mistakes_are_told_and_nothing_is_written() {
    let project = Project::new("mistakes");
    project.write(
        "src/resources/order.rs",
        &ORDER
            .replace("#[field(validate(length(1..=50)))]", "#[field(validate(lenght(1..=50)))]")
            .replace("pub note: Option<String>", "pub note: Option<u8>"),
    );
    project.write("src/resources/broken.rs", "pub struct {\n");
    let ran = project.run(&["generate"]).fails(1);
    for told in ["lenght", "u8", "broken.rs:1", " --> src/resources/order.rs:16:22"] {
        assert!(ran.err.contains(told), "{told}\n{}", ran.err);
    }
    assert!(ran.err.contains("nothing has been written"), "{}", ran.err);
    assert!(!project.path("contracts").exists());
    assert_eq!(
        project.run(&["show"]).fails(1).err.matches("error: ").count(),
        ran.err.matches("error: ").count()
    );
}

#[test]
fn what_rustc_would_not_find_is_told_too() {
    let project = Project::new("across items");
    project.write("src/resources/user.rs", &USER.replace("pub id: Uuid", "pub id: i64"));
    let ran = project.run(&["generate"]).fails(1);
    assert!(ran.err.contains("the id of shop.user.v1.User is of type `i64`"), "{}", ran.err);
}

#[test]
fn a_field_of_another_type_is_told_at_the_field() {
    let project = Project::generated("type changed");
    project.edit("src/resources/order.rs", "pub note: Option<String>", "pub note: Option<i64>");
    let ran = project.run(&["generate"]).fails(1);
    assert!(ran.err.contains("--> src/resources/order.rs:22:9"), "{}", ran.err);
    assert!(ran.err.contains("shop.order.v1.Order.note"), "{}", ran.err);
}

#[test]
fn a_resource_behind_a_feature_is_there_with_the_feature() {
    let project = Project::new("features");
    project.write(
        "Cargo.toml",
        "[package]\nname = \"order\"\n[features]\ndefault = []\nall = [\"users\"]\nusers = []\n",
    );
    project
        .write("src/resources/user.rs", &USER.replace("#[derive", "#[cfg(feature = \"users\")]\n#[derive"));
    assert!(!project.run(&["generate", "--dry-run"]).succeeds().out.contains("user.proto"));
    for arguments in [["--features", "all"].as_slice(), &["--all-features"]] {
        let arguments = [["generate", "--dry-run"].as_slice(), arguments].concat();
        assert!(project.run(&arguments).succeeds().out.contains("user.proto"), "{arguments:?}");
    }
    let ran = project.run(&["generate", "--features", "user"]).fails(2);
    assert!(ran.err.contains("has no feature `user`: it has `all`, `default`, `users`"), "{}", ran.err);
}
