//! `migrate`: from structs to files, and from files to a database.
#![cfg(feature = "migrate")]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use support::{Project, Ran};

const FILE: &str = "src/resources/order.rs";
const NOTE: &str = "    pub note: Option<String>,\n";

/// The program with a database of its own.
fn with_database(project: &Project, arguments: &[&str]) -> Ran {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--database", "sqlite:shop.db"]);
    project.run(&arguments)
}

/// The migrations on SQLite.
fn migrations(project: &Project) -> Vec<String> {
    project
        .files("migrations/sqlite")
        .into_keys()
        .filter(|name| std::path::Path::new(name).extension().is_some_and(|end| end == "sql"))
        .collect()
}

/// The program's one JSON object.
fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
}

#[test]
fn programs_are_told_what_people_are() {
    let project = Project::generated("migrate json");
    let ran = json(&project.run(&["migrate", "new", "--dry-run", "--format", "json"]).succeeds());
    assert!(ran["files"][0]["text"].as_str().is_some_and(|text| !text.is_empty()), "{ran:#}");
    let ran = json(&project.run(&["migrate", "check", "--format", "json"]).fails(1));
    assert_eq!(
        (&ran["code"], &ran["differences"][1]),
        (&1.into(), &"make the table orders".into()),
        "{ran:#}"
    );
    let ran = json(&project.run(&["migrate", "new", "--format", "json"]).succeeds());
    assert_eq!((&ran["code"], &ran["files"][0]["change"]), (&0.into(), &"created".into()), "{ran:#}");
    assert_eq!(ran["does"][1], "make the table orders", "{ran:#}");

    let ran = json(&with_database(&project, &["migrate", "status", "--format", "json"]).succeeds());
    let name = ran["migrations"][0]["name"].clone();
    assert_eq!(
        (&ran["migrations"][0]["state"], &ran["text"]),
        (&"waiting".into(), &serde_json::Value::Null),
        "{ran:#}"
    );
    let ran = json(&with_database(&project, &["migrate", "run", "--format", "json"]).succeeds());
    assert_eq!(ran["applied"], serde_json::json!([name]), "{ran:#}");
    let ran = json(&with_database(&project, &["migrate", "status", "--format", "json"]).succeeds());
    assert_eq!(ran["migrations"][0]["state"], "applied", "{ran:#}");
    assert!(ran["migrations"][0]["at"].is_string(), "{ran:#}");
}

#[test]
fn from_nothing_to_a_database_and_through_a_change() {
    let project = Project::generated("migrate all");
    let ran = project.run(&["migrate", "new"]).succeeds();
    assert!(ran.out.contains("make the table orders"), "{}", ran.out);
    assert!(migrations(&project)[0].ends_with("_first.sql"), "{:?}", migrations(&project));
    assert!(project.run(&["migrate", "new"]).succeeds().out.contains("nothing to write"));
    assert!(with_database(&project, &["migrate", "status"]).succeeds().out.contains("_first  waiting"));
    with_database(&project, &["migrate", "check"]).fails(1);
    assert!(with_database(&project, &["migrate", "run"]).succeeds().out.contains("applied"));
    let ran = with_database(&project, &["migrate", "check"]).succeeds();
    assert!(ran.out.contains("the database is as the structs want it"), "{}", ran.out);

    project.edit(FILE, NOTE, "    pub note: Option<String>,\n    pub memo: Option<String>,\n");
    let ran = project.run(&["migrate", "check"]).fails(1);
    assert!(ran.err.contains("orders: add the column memo"), "{}", ran.err);
    let ran = project.run(&["migrate", "new", "--dry-run"]).succeeds();
    assert!(
        ran.out.contains("ADD COLUMN \"memo\" TEXT") && ran.out.contains("nothing has been written"),
        "{}",
        ran.out
    );
    assert_eq!(migrations(&project).len(), 1);
    project.run(&["migrate", "new", "Memos of customers"]).succeeds();
    assert!(migrations(&project)[1].ends_with("_memos_of_customers.sql"), "{:?}", migrations(&project));
    with_database(&project, &["migrate", "run"]).succeeds();
    with_database(&project, &["migrate", "check"]).succeeds();
    assert!(
        with_database(&project, &["migrate", "run"])
            .succeeds()
            .out
            .contains("all migrations have been applied")
    );
}

#[test]
fn what_would_lose_something_is_refused_until_it_is_said() {
    let project = Project::generated("migrate refused");
    project.run(&["migrate", "new"]).succeeds();
    project.edit(FILE, NOTE, "    pub note: Option<Uuid>,\n    pub rank: i64,\n");
    let before = project.files("migrations");
    let ran = project.run(&["migrate", "new"]).fails(1);
    for word in ["orders.note", "orders.rank", "--using 'orders.rank=", "nothing has been written"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
    assert_eq!(before, project.files("migrations"));
    project.run(&["migrate", "new", "--using", "orders.rank"]).fails(2);
    project.run(&["migrate", "new", "--using", "orders.rank=0", "--using", "orders.note=NULL"]).succeeds();
}

#[test]
fn an_applied_file_that_is_changed_and_a_snapshot_that_is_torn_are_named() {
    let project = Project::generated("migrate changed");
    project.run(&["migrate", "new"]).succeeds();
    with_database(&project, &["migrate", "run"]).succeeds();
    let name = migrations(&project).remove(0);
    project.edit(&name, "CREATE TABLE \"orders\"", "CREATE TABLE \"order\"");
    let ran = with_database(&project, &["migrate", "run"]).fails(1);
    assert!(ran.err.contains("was changed after that"), "{}", ran.err);
    assert!(
        with_database(&project, &["migrate", "status"])
            .succeeds()
            .out
            .contains("applied, and changed after that")
    );

    let snapshot = project.read("migrations/fourfold.schema");
    project.write("migrations/fourfold.schema", &format!("{snapshot}column orders.note String\n"));
    let ran = project.run(&["migrate", "new"]).fails(1);
    assert!(ran.err.contains("`orders.note` is there twice"), "{}", ran.err);
}

#[test]
fn a_database_that_was_made_without_migrations_is_adopted_where_it_fits() {
    let project = Project::generated("migrate adopt");
    project.run(&["migrate", "new"]).succeeds();
    let ran = with_database(&project, &["migrate", "adopt"]).fails(1);
    assert!(ran.err.contains("table orders is missing"), "{}", ran.err);
    with_database(&project, &["migrate", "run"]).succeeds();
    let connection = rusqlite::Connection::open(project.path("shop.db")).expect("a connection");
    connection.execute_batch("DROP TABLE fourfold_migrations").expect("as if a service had made it");
    drop(connection);
    assert!(
        with_database(&project, &["migrate", "run"]).fails(1).err.contains("nothing of it has been done")
    );
    assert!(with_database(&project, &["migrate", "adopt"]).succeeds().out.contains("noted"));
    with_database(&project, &["migrate", "check"]).succeeds();
}
