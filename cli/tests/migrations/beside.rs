//! The release before runs on the migrated tables for a while: it adds rows without the columns that it does not know.

use std::sync::atomic::{AtomicU32, Ordering};

use fourfold::migrations::{Engine, Migration};
use fourfold_codegen::migrations::{self, Difference, Said, Schema};
use fourfold_codegen::source;

use crate::engine::Place;

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// An order with more fields than an id and a code.
fn schema(fields: &str) -> Schema {
    let code = format!(
        "#[derive(Resource)] #[resource(package = \"shop.order.v1\", path = \"orders\")] struct Order {{ #[field(id)] id: i64, \
         code: String, {fields} }}"
    );
    let source = source::read_file("src/resources.rs", &code);
    assert!(source.reports.is_empty(), "{:#?}", source.reports);
    Schema::of(&source.catalog)
}

fn using(place: &str, expression: &str) -> Said {
    Said { using: [(place.to_owned(), vec![(None, expression.to_owned())])].into(), ..Said::default() }
}

/// Leads the tables from one set of fields to the next, with what is said of each step, a row of the release before being
/// there; then that release adds another one. What the two rows hold in `column`.
async fn two_rows(engine: Engine, steps: &[(&str, Said)], column: &str) -> Option<[Option<String>; 2]> {
    static PLACES: AtomicU32 = AtomicU32::new(0);
    let place = format!("beside{}", PLACES.fetch_add(1, Ordering::Relaxed));
    let place = Place::new(engine, &place).await?;
    let mut before = Schema::default();
    let mut done = Vec::new();
    let steps = std::iter::once(("", Said::default())).chain(steps.iter().cloned());
    for (number, (fields, said)) in steps.enumerate() {
        let difference = Difference::between(&before, &schema(fields), &said);
        assert_eq!(difference.refused, Vec::<String>::new());
        let title = format!("{number}_step");
        let text = |engine| difference.render(engine, &title);
        done.push(Migration {
            name: title.clone().into(),
            sqlite: text(migrations::Engine::Sqlite).into(),
            postgres: text(migrations::Engine::Postgres).into(),
        });
        place.database.run(&done).await.unwrap_or_else(|error| panic!("{error}\n{:#?}", done.last()));
        before = Schema::parse(&difference.after.render()).expect("a snapshot");
        if number == 0 {
            let added =
                place.execute("INSERT INTO orders (id, code, row_version) VALUES (1, 'one', 1)").await;
            added.expect("a row of the release before");
        }
    }
    let added = place.execute("INSERT INTO orders (id, code, row_version) VALUES (2, 'two', 1)").await;
    added.unwrap_or_else(|error| panic!("the release before can't add a row: {error}\n{:#?}", done.last()));
    let rows = place.rows(&format!("SELECT CAST(\"{column}\" AS TEXT) FROM orders ORDER BY id")).await;
    place.remove().await;
    let mut cells = rows.into_iter().map(|mut row| row.remove(0));
    Some([cells.next().expect("two rows"), cells.next().expect("two rows")])
}

fn texts(held: [&str; 2]) -> [Option<String>; 2] {
    held.map(|text| Some(text.to_owned()))
}

const RANK: &str = "#[field(default = 7)] rank: i64";

#[tokio::test]
async fn what_is_said_of_the_rows_that_are_there_leaves_the_default_to_those_that_come() {
    for engine in ENGINES {
        let steps = [(RANK, using("orders.rank", "length(code) * 10"))];
        let Some(held) = two_rows(engine, &steps, "rank").await else { continue };
        assert_eq!(held, texts(["30", "7"]), "{engine:?}");
    }
}

#[tokio::test]
async fn a_default_outlives_what_else_is_done_to_the_table() {
    let with_memo = format!("{RANK}, #[field(default = \"none\")] memo: String");
    let with_when = format!("{RANK}, #[field(created_at)] made_at: Timestamp");
    for engine in ENGINES {
        // In the same migration, and in one more before the new release is there.
        let together = [(with_memo.as_str(), using("orders.memo", "code || '!'"))];
        let apart = [(RANK, Said::default()), (&with_memo, using("orders.memo", "code || '!'"))];
        let wider = [("#[field(default = 7)] rank: i32", Said::default()), (RANK, Said::default())];
        let when = [(RANK, Said::default()), (with_when.as_str(), Said::default())];
        for steps in [&together[..], &apart, &wider, &when] {
            let Some(held) = two_rows(engine, steps, "rank").await else { continue };
            assert_eq!(held, texts(["7", "7"]), "{engine:?}: {steps:?}");
        }
    }
}

#[tokio::test]
async fn the_moment_at_which_a_row_was_made_is_known_of_rows_that_nobody_said_it_of() {
    for engine in ENGINES {
        let steps = [("#[field(created_at)] made_at: Timestamp", Said::default())];
        let Some(held) = two_rows(engine, &steps, "made_at").await else { continue };
        assert!(held.iter().all(Option::is_some), "{engine:?}: {held:?}");
    }
}

#[tokio::test]
async fn a_column_that_may_be_null_is_null_in_rows_that_come_without_it() {
    for engine in ENGINES {
        let steps = [("rank: Option<i64>", using("orders.rank", "length(code)"))];
        let Some(held) = two_rows(engine, &steps, "rank").await else { continue };
        assert_eq!(held, [Some("3".to_owned()), None], "{engine:?}");
    }
}
