//! What the runner promises: once each, in order, by one process, and on with it after a failure.

use fourfold::migrations::{Database, Engine, Migration, State};

use crate::engine::Place;

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

fn both(name: &'static str, text: &'static str) -> Migration {
    Migration::new(name, text, text)
}

const TABLE: &str = "-- step: in a transaction\nCREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER);\n";

async fn places(name: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for engine in ENGINES {
        places.extend(Place::new(engine, name).await);
    }
    places
}

#[tokio::test]
async fn each_is_applied_once_and_what_changed_since_is_refused() {
    for place in places("once").await {
        let one = both("1_one", TABLE);
        let two = both("2_two", "INSERT INTO a VALUES (1, 1);");
        let all = [two.clone(), one.clone()];
        assert_eq!(place.database.run(&all).await.expect("it runs"), ["1_one", "2_two"]);
        assert_eq!(place.database.run(&all).await.expect("it runs"), Vec::<String>::new());
        let status = place.database.status(&all).await.expect("a status");
        assert!(status.iter().all(|it| matches!(it.state, State::Applied { .. })), "{status:?}");

        let changed = both("2_two", "INSERT INTO a VALUES (2, 2);");
        let error = place.database.run(&[one.clone(), changed]).await.expect_err("it was changed");
        assert!(error.to_string().contains("`2_two` has been applied"), "{error}");
        let error = place.database.run(&[one]).await.expect_err("one is missing");
        assert!(error.to_string().contains("no such file"), "{error}");
        place.remove().await;
    }
}

#[tokio::test]
async fn processes_that_start_at_once_apply_it_once() {
    for place in places("crowd").await {
        let migrations = [
            both("1_one", TABLE),
            both("2_two", "INSERT INTO a VALUES (1, 1);"),
            both("3_three", "ALTER TABLE a ADD COLUMN y INTEGER;"),
        ];
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (url, migrations) = (place.url(), migrations.clone());
            crowd.spawn(async move {
                let database = Database::open(&url).await.expect("a database");
                let done = database.run(&migrations).await.expect("it runs");
                database.close().await;
                done.len()
            });
        }
        assert_eq!(crowd.join_all().await.iter().sum::<usize>(), 3);
        assert_eq!(place.rows("SELECT CAST(count(*) AS TEXT) FROM a").await, [[Some("1".to_owned())]]);
        place.remove().await;
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_behind_and_the_next_run_goes_on_with_it() {
    for place in places("failing").await {
        let text = "-- step: in a transaction\nCREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER);\nINSERT INTO a VALUES (1, 5);\n\
                    -- step: in a transaction\nINSERT INTO a VALUES (2, 5);\nINSERT INTO nowhere VALUES (1);\n";
        let error = place.database.run(&[both("1_one", text)]).await.expect_err("there is no such table");
        assert!(error.to_string().contains("step 2 of 2"), "{error}");
        let right: &'static str =
            Box::leak(text.replace("nowhere VALUES (1)", "a VALUES (3, 5)").into_boxed_str());
        assert_eq!(place.database.run(&[both("1_one", right)]).await.expect("it goes on"), ["1_one"]);
        assert_eq!(place.rows("SELECT CAST(count(*) AS TEXT) FROM a").await, [[Some("3".to_owned())]]);
        place.remove().await;
    }
}

#[tokio::test]
async fn an_index_that_could_not_be_finished_is_made_anew() {
    let Some(place) = Place::new(Engine::Postgres, "index").await else { return };
    let index = "-- step: outside of a transaction\nDROP INDEX CONCURRENTLY IF EXISTS a_x;\nCREATE UNIQUE INDEX CONCURRENTLY a_x ON \
                 a (x);\n";
    let migrations = [both("1_one", TABLE), both("2_two", index)];
    place.database.run(&migrations[..1]).await.expect("a table");
    place.execute("INSERT INTO a VALUES (1, 7), (2, 7)").await.expect("two of a kind");
    let error = place.database.run(&migrations).await.expect_err("they are not unique");
    assert!(error.to_string().contains("`2_two` failed in step 1 of 1"), "{error}");
    let found = place.database.catalog().await.expect("a catalog");
    assert!(found.tables["a"].indexes["a_x"].contains("(unfinished)"), "{found:?}");
    place.execute("DELETE FROM a WHERE id = 2").await.expect("one goes");
    assert_eq!(place.database.run(&migrations).await.expect("it goes on"), ["2_two"]);
    let found = place.database.catalog().await.expect("a catalog");
    assert!(!found.tables["a"].indexes["a_x"].contains("(unfinished)"), "{found:?}");
    place.remove().await;
}

#[tokio::test]
async fn a_table_that_is_in_use_is_waited_for_in_short_turns() {
    let Some(place) = Place::new(Engine::Postgres, "locked").await else { return };
    let migrations = [both("1_one", TABLE), both("2_two", "ALTER TABLE a ADD COLUMN y INTEGER;")];
    place.database.run(&migrations[..1]).await.expect("a table");
    place.execute("BEGIN; SELECT * FROM a").await.expect("a reader");
    let run = place.database.run(&migrations);
    let release = async {
        // Longer than a turn: the step gave its place in the queue up meanwhile, so others could read.
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        place.execute("COMMIT").await.expect("the reader ends");
    };
    let (done, ()) = tokio::join!(run, release);
    assert_eq!(done.expect("it runs"), ["2_two"]);
    place.remove().await;
}

#[tokio::test]
async fn rows_that_would_point_nowhere_are_found_before_the_commit() {
    let Some(place) = Place::new(Engine::Sqlite, "pointers").await else { return };
    let first = "CREATE TABLE b (id INTEGER PRIMARY KEY);\nCREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER);\nINSERT INTO a VALUES (1, 9);";
    let anew = "CREATE TABLE a_anew (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id));\nINSERT INTO a_anew SELECT * FROM \
                a;\nDROP TABLE a;\nALTER TABLE a_anew RENAME TO a;";
    let error =
        place.database.run(&[both("1_one", first), both("2_two", anew)]).await.expect_err("9 is nobody");
    assert!(error.to_string().contains("2_two") && error.to_string().contains("do not exist"), "{error}");
    assert_eq!(place.rows("SELECT CAST(b AS TEXT) FROM a").await, [[Some("9".to_owned())]]);
    place.remove().await;
}

#[tokio::test]
async fn tables_that_were_made_at_start_are_told_to_be_adopted() {
    for place in places("adopted").await {
        place.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER)").await.expect("a table");
        let all = [both(
            "1_one",
            "CREATE TABLE b (id INTEGER PRIMARY KEY);\nCREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER);\n",
        )];
        let error = place.database.run(&all).await.expect_err("it is there").to_string();
        assert!(error.contains("`cargo fourfold migrate adopt` notes that"), "{error}");
        assert!(!error.contains("CREATE TABLE b"), "only what it is about is shown\n{error}");
        place.database.adopt(&all).await.expect("they are as they should be");
        let other = [all[0].clone(), both("2_two", "CREATE TABLE a (id INTEGER PRIMARY KEY);")];
        let error = place.database.run(&other).await.expect_err("it is there").to_string();
        assert!(error.contains("already exists") && !error.contains("migrate adopt"), "{error}");
        place.remove().await;
    }
}
