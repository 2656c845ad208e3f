//! What can't be imported is said, all at once, and nothing is written.

use fourfold::migrations::Engine;

use crate::engine::{Place, postgres};
use crate::schemas::package;

async fn sqlite(name: &str, sql: &str) -> Place {
    let place = Place::new(Engine::Sqlite, name).await.expect("a database");
    place.execute(sql).await.expect("tables");
    place
}

#[test]
fn sources_that_cant_be_read_are_told_apart_and_no_password_is_shown() {
    let project = package("import sources");
    let before = project.files("");
    let url = postgres();
    let (_, rest) = url.split_once("://").expect("a URL");
    let server =
        rest.rsplit_once('@').map_or(rest, |(_, server)| server).split('/').next().unwrap_or_default();
    let nobody = format!("postgres://nobody:hunter2@{server}/postgres");
    project.write("text.db", "this is no database, and it is long enough not to be taken for an empty one");
    for (source, says) in [
        ("mysql://a/b", "neither a database nor a .proto file"),
        ("sqlite:absent.db", "there is no file `absent.db`"),
        ("sqlite:text.db", "can't be read"),
        ("sqlite::memory:", "a database in memory has no tables"),
        ("postgres://a:hunter2@127.0.0.1:1/x?connect_timeout=1", "127.0.0.1:1"),
        (&nobody, ""),
        ("absent.proto", "there is no file `absent.proto`"),
    ] {
        let ran = project.run(&["import", source]).fails(2);
        assert!(ran.err.contains(says) && !ran.err.contains("hunter2"), "{source}: {}", ran.err);
        assert!(!ran.err.contains("DATABASE_URL"), "{}", ran.err);
    }
    assert!(!project.path("absent.db").exists());
    let after = project.files("");
    assert_eq!(after.len(), before.len() + 1, "{:?}", after.keys());
}

#[tokio::test]
async fn what_was_said_has_to_fit_the_database() {
    let place = sqlite(
        "import_said",
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT 1; CREATE TABLE b (x INT)",
    )
    .await;
    let project = package("import said");
    let ran =
        project.run(&["import", &place.url(), "--tables", "a,v,nobody", "--type", "a.x=String"]).fails(2);
    for part in [
        "`v` is a view or a virtual table",
        "there is no table `nobody`: there are `a`, `b`",
        "--type names `a.x`",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    let ran = project.run(&["import", &place.url(), "--tables", "b"]).fails(1);
    assert!(ran.err.contains("b: it has no key") && ran.err.contains("--add-id"), "{}", ran.err);
    let ran = project.run(&["import", &place.url(), "--type", "a.id=Strin"]).fails(2);
    assert!(ran.err.contains("is no type of a field"), "{}", ran.err);
    let ran = project.run(&["import", &place.url(), "--messages", "A"]).fails(2);
    assert!(ran.err.contains("--messages means nothing"), "{}", ran.err);
    assert!(!project.path("src/resources").exists());
    place.remove().await;
}

#[tokio::test]
async fn an_empty_database_has_nothing_to_import() {
    let place = sqlite("import_empty", "").await;
    let ran = package("import empty").run(&["import", &place.url()]).fails(1);
    assert!(ran.err.contains("has no tables to be imported"), "{}", ran.err);
    place.remove().await;
}

#[tokio::test]
async fn nothing_is_written_over_without_force_and_a_dry_run_writes_nothing() {
    let place =
        sqlite("import_force", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").await;
    let url = place.url();
    let project = package("import force");
    let before = project.files("").len();
    let ran = project.run(&["import", &url, "--dry-run"]).succeeds();
    assert!(ran.out.contains("src/resources/note.rs") && ran.out.contains("--dry-run"), "{}", ran.out);
    assert_eq!(project.files("").len(), before);
    let ran = project.run(&["import", &url, "--format", "json"]).succeeds();
    assert!(ran.out.contains("\"change\": \"created\"") && ran.out.contains("\"code\": 0"), "{}", ran.out);
    project.edit("src/resources/note.rs", "pub text: String", "pub text: String, // mine");
    let text = project.read("src/resources/note.rs");
    let ran = project.run(&["import", &url]).fails(2);
    assert!(ran.err.contains("src/resources/note.rs") && ran.err.contains("--force"), "{}", ran.err);
    assert_eq!(project.read("src/resources/note.rs"), text);
    project.run(&["import", &url, "--force"]).succeeds();
    assert!(!project.read("src/resources/note.rs").contains("// mine"));
    place.remove().await;
}

#[tokio::test]
async fn rows_that_cant_be_converted_stop_the_migration_and_nothing_changes() {
    let sql =
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, at DATETIME); INSERT INTO notes VALUES (1, 'yesterday')";
    let place = sqlite("import_unfit", sql).await;
    let project = package("import unfit");
    project.run(&["import", &place.url()]).succeeds();
    let ran = project.run(&["migrate", "run", "--database", &place.url()]).fails(1);
    assert!(ran.err.contains("every row of notes can be converted in at"), "{}", ran.err);
    assert_eq!(place.rows("SELECT at FROM notes").await[0][0].as_deref(), Some("yesterday"));
    place.remove().await;
    let Some(place) = Place::new(Engine::Postgres, "import_unfit").await else { return };
    place.execute("CREATE TABLE notes (id int PRIMARY KEY, at timestamp)").await.expect("a table");
    place.execute("INSERT INTO notes VALUES (1, 'infinity')").await.expect("a row");
    let project = package("import unfit postgres");
    project.run(&["import", &place.url()]).succeeds();
    let ran = project.run(&["migrate", "run", "--database", &place.url()]).fails(1);
    assert!(ran.err.contains("notes.at: not every row can be converted"), "{}", ran.err);
    assert_eq!(place.rows("SELECT at FROM notes").await[0][0].as_deref(), Some("infinity"));
    place.remove().await;
}

#[tokio::test]
async fn five_hundred_tables_are_read_at_once() {
    let table = |number: u32| {
        let reference =
            number.checked_sub(1).map(|before| format!(" REFERENCES t_{before} (id)")).unwrap_or_default();
        format!(
            "CREATE TABLE t_{number} (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE, before INTEGER{reference});"
        )
    };
    let sql = (0..500).map(table).collect::<Vec<_>>().concat();
    let place = sqlite("import_many", &sql).await;
    let project = package("import many");
    project.run(&["import", &place.url()]).succeeds();
    project.run(&["migrate", "run", "--database", &place.url()]).succeeds();
    project.run(&["migrate", "check", "--database", &place.url()]).succeeds();
    place.remove().await;
}
