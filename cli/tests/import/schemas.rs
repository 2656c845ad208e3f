//! Databases as other frameworks make them: what is written is compared with what was written before
//! (`UPDATE_GOLDENS=1` writes that anew: look at the difference), the migration is run on the database and on an empty one,
//! and both are as the structs want them then.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use fourfold::migrations::Engine;

use crate::engine::Place;
use crate::support::{Project, Ran};

/// A package in a workspace of its own.
pub(crate) fn package(name: &str) -> Project {
    let project = Project::empty(name);
    project.write(
        "Cargo.toml",
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    project.write("src/main.rs", "fn main() {\n    println!(\"Hello, world!\");\n}\n");
    project
}

/// What was written: the structs, and what was said.
pub(crate) fn told(project: &Project, ran: &Ran) -> (String, String) {
    let mut structs = String::new();
    for (path, (text, _)) in project.files("src/resources") {
        let name = path.trim_start_matches("src/resources/").trim_end_matches(".rs");
        if name != "mod" && !path.ends_with('/') {
            writeln!(structs, "pub mod {name} {{\n{text}}}\n").expect("it is written");
        }
    }
    let said: String = ran
        .err
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .map(|line| line.to_owned() + "\n")
        .collect();
    (structs, said)
}

pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/goldens").join(name);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, text).expect("it is written");
        return;
    }
    let before = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == before, "{name} is out of date: look at it and run with UPDATE_GOLDENS=1\n{text}");
}

/// Imports a schema, and makes the database fit.
pub(crate) async fn imported(
    name: &str,
    engine: Engine,
    schema: &str,
    more: &[&str],
) -> Option<(Project, Place)> {
    let short = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    let place = Place::new(engine, &format!("import_{name}")).await?;
    place.execute(schema).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    let project = package(&format!("import {name} {short}"));
    let url = place.url();
    let mut arguments = vec!["import", &url];
    arguments.extend(more);
    let ran = project.run(&arguments).succeeds();
    let (structs, said) = told(&project, &ran);
    golden(&format!("{name}.{short}.rs"), &structs);
    golden(&format!("{name}.{short}.txt"), &said);
    assert_eq!(project.read("Cargo.toml").contains("\"postgres\""), engine == Engine::Postgres);
    project.run(&["generate", "--check"]).succeeds();
    project.run(&["migrate", "check"]).succeeds();
    project.run(&["migrate", "check", "--database", &url]).fails(1);
    project.run(&["migrate", "run", "--database", &url]).succeeds();
    let fits = project.run(&["migrate", "check", "--database", &url]).succeeds();
    assert!(fits.out.contains("the database is as the structs want it"), "{}", fits.out);
    let empty = Place::new(engine, &format!("import_{name}_empty")).await?;
    let url = empty.url();
    project.run(&["migrate", "run", "--database", &url]).succeeds();
    project.run(&["migrate", "check", "--database", &url]).succeeds();
    empty.remove().await;
    Some((project, place))
}

async fn cell(place: &Place, sql: &str) -> String {
    let sql = format!("WITH cell_of (x) AS ({sql}) SELECT CAST(x AS TEXT) FROM cell_of");
    place.rows(&sql).await[0][0].clone().unwrap_or_else(|| "null".to_owned())
}

#[tokio::test]
async fn a_database_of_django() {
    let schema = include_str!("schemas/django.sqlite.sql");
    let (_project, place) = imported("django", Engine::Sqlite, schema, &[]).await.expect("a database");
    for (sql, value) in [
        ("SELECT id FROM shop_product", "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"),
        ("SELECT price FROM shop_product", "19.9"),
        ("SELECT created FROM shop_product", "2024-01-02T03:04:05.678901Z"),
        ("SELECT modified FROM shop_product", "2024-01-02T03:04:05.000000Z"),
        ("SELECT product_id FROM shop_product_tags", "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"),
    ] {
        assert_eq!(cell(&place, sql).await, value, "{sql}");
    }
    let twice = "INSERT INTO shop_product_tags (product_id, tag_id, row_version) SELECT product_id, tag_id, 1 FROM shop_product_tags";
    assert!(place.execute(twice).await.expect_err("together unique").contains("UNIQUE"));
    crate::served::of_django(&place.url()).await;
    place.remove().await;
}

#[tokio::test]
async fn a_database_of_rails() {
    let schema = include_str!("schemas/rails.postgres.sql");
    let Some((_project, place)) = imported("rails", Engine::Postgres, schema, &[]).await else { return };
    for (sql, value) in [
        ("SELECT status FROM orders", "in-transit"),
        ("SELECT total FROM orders", "19.90"),
        ("SELECT took FROM orders", "3600000000"),
        ("SELECT to_char(created_at AT TIME ZONE 'UTC', 'HH24:MI:SS.US') FROM users", "03:04:05.678901"),
        ("SELECT tags FROM users", "[\"x\",\"y z\"]"),
    ] {
        assert_eq!(cell(&place, sql).await, value, "{sql}");
    }
    place
        .execute("INSERT INTO orders (user_id, status, created_at, updated_at, total) VALUES (1, 'paid', now(), now(), 1)")
        .await
        .expect("the next id is free");
    assert_eq!(cell(&place, "SELECT max(id) FROM orders").await, "3", "the id of no row that was deleted");
    place.remove().await;
}

#[tokio::test]
async fn a_database_of_flask_on_both_engines() {
    for (engine, schema) in [
        (Engine::Sqlite, include_str!("schemas/flask.sqlite.sql")),
        (Engine::Postgres, include_str!("schemas/flask.postgres.sql")),
    ] {
        let Some((_project, place)) = imported("flask", engine, schema, &[]).await else { return };
        assert_eq!(cell(&place, "SELECT status FROM post").await, "DRAFT");
        // What is left out is left alone.
        assert_eq!(cell(&place, "SELECT tag FROM post_tag").await, "news");
        place.remove().await;
    }
}

#[tokio::test]
async fn every_type_of_a_column() {
    let sqlite = include_str!("schemas/types.sqlite.sql");
    let more = ["--type", "things.a_none=Json", "--type", "things.updated_at=Timestamp"];
    let (_project, place) = imported("types", Engine::Sqlite, sqlite, &more).await.expect("a database");
    for (column, value) in [
        ("a_decimal", "1.500"),
        ("a_uuid", "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"),
        ("a_guid", "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"),
        ("a_moment", "2024-01-02T03:04:05.000000Z"),
        ("a_geo", "POINT(0 0)"),
    ] {
        let sql = format!("SELECT {column} FROM things WHERE id = 'one'");
        assert_eq!(cell(&place, &sql).await, value, "{column}");
    }
    assert_eq!(
        cell(&place, "SELECT a_moment FROM things WHERE id = 'two'").await,
        "2024-01-02T03:04:05.500000Z"
    );
    place.remove().await;
    let postgres = include_str!("schemas/types.postgres.sql");
    let Some((_project, place)) =
        imported("types", Engine::Postgres, postgres, &["--type", "things.a_point=String"]).await
    else {
        return;
    };
    for (column, value) in [
        ("a_char", "ab"),
        ("an_interval", "5400000000"),
        ("a_jsonb", "{\"a\": 1}"),
        ("ints", "[1,2]"),
        ("texts", "[\"a\",\"b\"]"),
        ("a_mood", "very happy"),
        ("a_range", "empty"),
        ("an_inet", "10.0.0.1"),
    ] {
        assert_eq!(cell(&place, &format!("SELECT {column} FROM things")).await, value, "{column}");
    }
    place.remove().await;
}

#[tokio::test]
async fn names_that_no_field_can_have() {
    for (engine, schema) in [
        (Engine::Sqlite, include_str!("schemas/nasty.sqlite.sql")),
        (Engine::Postgres, include_str!("schemas/nasty.postgres.sql")),
    ] {
        let Some((_project, place)) = imported("nasty", engine, schema, &["--add-id"]).await else { return };
        assert_eq!(cell(&place, "SELECT user_name_2 FROM order_items").await, "one");
        assert_eq!(cell(&place, "SELECT user_name FROM order_items").await, "two");
        assert_eq!(cell(&place, "SELECT item FROM \"order\"").await, "1");
        assert_eq!(cell(&place, "SELECT max(id) FROM no_key").await, "2");
        assert_eq!(cell(&place, "SELECT id FROM two_keys").await, "1");
        place.remove().await;
    }
}

#[tokio::test]
async fn tables_that_a_service_made_are_adopted_as_they_are() {
    let place = Place::new(Engine::Sqlite, "import_own").await.expect("a database");
    let maker = package("import own maker");
    maker.run(&["init", "-r", "note: text:string!unique stars:i64!filter"]).succeeds();
    maker.run(&["migrate", "new"]).succeeds();
    maker.run(&["migrate", "run", "--database", &place.url()]).succeeds();
    place.execute("DELETE FROM fourfold_migrations").await.expect("it forgets");
    let project = package("import own");
    let ran = project.run(&["import", &place.url()]).succeeds();
    assert!(ran.out.contains("the tables are as the structs want them"), "{}", ran.out);
    let text = project.read("src/resources/note.rs");
    assert!(text.contains("pub created_at: Timestamp,") && text.contains("#[field(unique"), "{text}");
    project.run(&["migrate", "adopt", "--database", &place.url()]).succeeds();
    project.run(&["migrate", "check", "--database", &place.url()]).succeeds();
    place.remove().await;
}

#[tokio::test]
async fn what_is_around_the_tables_stays() {
    let sql = "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL); \
               INSERT INTO notes (body) VALUES ('a'), ('b'), ('c'); DELETE FROM notes WHERE id = 3; \
               CREATE VIEW bodies AS SELECT body FROM notes; CREATE VIRTUAL TABLE found USING fts5(body); \
               INSERT INTO found VALUES ('words'); CREATE TABLE apart (x BLOB); INSERT INTO apart VALUES (1);";
    let place = Place::new(Engine::Sqlite, "import_around").await.expect("a database");
    place.execute(sql).await.expect("tables");
    let project = package("import around");
    let ran = project.run(&["import", &place.url()]).succeeds();
    assert!(ran.err.contains("bodies, found: it is a view or a virtual table"), "{}", ran.err);
    assert!(!ran.err.contains("found_data"), "{}", ran.err);
    project.run(&["migrate", "run", "--database", &place.url()]).succeeds();
    for (sql, value) in [
        ("SELECT next FROM fourfold_sequence WHERE name = 'notes'", "4"),
        ("SELECT body FROM bodies ORDER BY body", "a"),
        ("SELECT body FROM found WHERE found MATCH 'words'", "words"),
        ("SELECT count(*) FROM apart", "1"),
    ] {
        assert_eq!(cell(&place, sql).await, value, "{sql}");
    }
    place.remove().await;
}

#[tokio::test]
async fn many_tables_are_told_step_by_step_and_written_as_the_package_wants_them() {
    let place = Place::new(Engine::Sqlite, "import_many").await.expect("a database");
    let mut sql = String::new();
    for number in 0..120 {
        write!(sql, "CREATE TABLE part{number} (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE);")
            .expect("it is written");
    }
    place.execute(&sql).await.expect("tables");
    let project = package("import many");
    project.write("rustfmt.toml", "hard_tabs = true\n");
    let ran = project.run(&["import", &place.url()]).succeeds();
    for step in
        ["writing the structs of 120 tables ..", "writing the migration ..", "formatting what is written .."]
    {
        assert!(ran.err.contains(step), "{step}: {}", ran.err);
    }
    let names = project.read("src/resources/mod.rs");
    let modules = names.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let modules: Vec<&str> = modules.collect();
    assert!(modules.len() == 120 && modules.is_sorted(), "{names}");
    assert_eq!(project.read("src/lib.rs").matches(".mount::<").count(), 120);
    for (path, (text, _)) in project.files("src/resources") {
        let is_struct = !path.ends_with("mod.rs") && !path.ends_with('/');
        assert!(!is_struct || text.contains("\n\tpub id: i64,\n"), "{path}: {text}");
    }
    place.remove().await;
}
