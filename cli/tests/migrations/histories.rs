//! Definitions that change step by step: after each step the migrated tables are those which an empty database would get, and
//! what was in them is there still.
//!
//! `$FOURFOLD_MIGRATIONS` histories have `$FOURFOLD_MIGRATIONS_STEPS` steps each.

use std::collections::BTreeMap;

use fourfold::migrations::{Catalog, Engine, Migration};
use fourfold_codegen::migrations::{self, Difference, Said, Schema, Table};
use fourfold_codegen::{report, source};

use crate::definition::Definition;
use crate::edits::{self, Step};
use crate::engine::Place;
use crate::random::Random;

/// What a row holds, as text, by the id and the column.
type Rows = BTreeMap<String, BTreeMap<String, Option<String>>>;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

fn wanted(definition: &Definition) -> Schema {
    let code = definition.code();
    let source = source::read_file("src/resources.rs", &code);
    assert!(source.reports.is_empty(), "{}\n{code}", report::render(&source.reports, false));
    Schema::of(&source.catalog)
}

#[tokio::test]
async fn sqlite() {
    histories(Engine::Sqlite).await;
}

#[tokio::test]
async fn postgres() {
    histories(Engine::Postgres).await;
}

async fn histories(engine: Engine) {
    let (count, steps) = (number("FOURFOLD_MIGRATIONS", 6), number("FOURFOLD_MIGRATIONS_STEPS", 12));
    for history in 0..count {
        let Some(place) = Place::new(engine, &format!("history{history}")).await else { return };
        let mut history = History::new(place, engine, history);
        for _ in 0..steps {
            history.step().await;
        }
        assert!(history.done * 2 > steps, "most steps can be done: {} of {steps}", history.done);
        history.place.remove().await;
    }
}

struct History {
    place: Place,
    engine: Engine,
    random: Random,
    name: usize,
    definition: Definition,
    schema: Schema,
    migrations: Vec<Migration>,
    rows: BTreeMap<String, Rows>,
    /// How many steps were done.
    done: usize,
    counter: usize,
}

impl History {
    fn new(place: Place, engine: Engine, name: usize) -> Self {
        Self {
            place,
            engine,
            random: Random::new(name as u64 + 1),
            name,
            definition: Definition::new(format!("h{name}.v1")),
            schema: Schema::default(),
            migrations: Vec::new(),
            rows: BTreeMap::new(),
            done: 0,
            counter: 0,
        }
    }

    async fn step(&mut self) {
        let mut next = self.definition.clone();
        let mut step = Step::default();
        if !self.migrations.is_empty() {
            for _ in 0..=self.random.below(3) {
                edits::one(&mut next, &mut step, &mut self.random);
            }
            step.finish(&next);
            step.said.allow_destructive |= self.random.below(3) == 0;
        }
        let about = format!("history {} on {:?}: {:?}", self.name, self.engine, step.what);
        let wanted = wanted(&next);
        let mut difference = Difference::between(&self.schema, &wanted, &step.said);
        // Of what was changed twice at once, or on a table that was moved, something else has to be said.
        let spare = |text: &String| text.starts_with("--using says what");
        if !difference.refused.is_empty() && difference.refused.iter().all(spare) {
            step.said.using.retain(|place, _| !difference.refused.iter().any(|text| text.contains(place)));
            difference = Difference::between(&self.schema, &wanted, &step.said);
        }
        if !difference.refused.is_empty() {
            return;
        }
        let title = format!("{:04}_step", self.migrations.len());
        let text = |engine| difference.render(engine, &title);
        self.migrations.push(Migration {
            name: title.clone().into(),
            sqlite: text(migrations::Engine::Sqlite).into(),
            postgres: text(migrations::Engine::Postgres).into(),
        });
        if step.wipes {
            self.wipe().await;
        }
        let done = self.place.database.run(&self.migrations).await;
        let script = text(match self.engine {
            Engine::Sqlite => migrations::Engine::Sqlite,
            Engine::Postgres => migrations::Engine::Postgres,
        });
        assert_eq!(done.unwrap_or_else(|error| panic!("{about}: {error}\n{script}")), [title], "{about}");

        self.compare(&difference.after, &about, &script).await;
        self.data_is_there(&wanted, &next, &about).await;
        // As it is read again from its file.
        self.schema = Schema::parse(&difference.after.render()).expect("a snapshot");
        assert!(
            Difference::between(&self.schema, &wanted, &Said::default()).is_empty(),
            "{about}: it is all done"
        );
        self.definition = next;
        self.done += 1;
        self.fill().await;
    }

    /// The catalog of what was migrated, against that of the same tables made from nothing.
    async fn compare(&self, after: &Schema, about: &str, script: &str) {
        let engine = match self.engine {
            Engine::Sqlite => migrations::Engine::Sqlite,
            Engine::Postgres => migrations::Engine::Postgres,
        };
        let fresh = self
            .place
            .database
            .catalog_of(&migrations::from_nothing(after, engine))
            .await
            .expect("a catalog");
        let found = self.place.database.catalog().await.expect("a catalog");
        let bare = |mut catalog: Catalog| {
            catalog.tables.remove("fourfold_migrations");
            catalog.tables.remove("fourfold_scratch");
            for table in catalog.tables.values_mut() {
                table.optional.clear();
            }
            catalog
        };
        assert_eq!(bare(found), bare(fresh), "{about}\n{script}");
    }

    /// Takes all rows away, those first that point to others.
    async fn wipe(&mut self) {
        let mut names: Vec<(&String, &Table)> = self.schema.tables.iter().collect();
        names.sort_by_key(|(_, table)| !table.columns.iter().any(|column| column.references.is_some()));
        for (name, _) in names {
            self.place.execute(&format!("DELETE FROM \"{name}\"")).await.expect("rows go");
        }
        self.rows.clear();
    }

    /// Two rows more in each table, with values of which no two are the same.
    async fn fill(&mut self) {
        self.rows.clear();
        let mut tables: Vec<(String, Table)> =
            self.schema.tables.clone().into_iter().filter(|(_, it)| !it.kept).collect();
        tables.sort_by_key(|(_, table)| table.columns.iter().any(|column| column.references.is_some()));
        for (name, table) in &tables {
            for _ in 0..2 {
                let columns: Vec<&migrations::Column> = table.columns.iter().filter(|it| !it.kept).collect();
                let names: Vec<String> =
                    columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
                let mut values = Vec::new();
                for column in &columns {
                    values.push(self.value(column).await);
                }
                let sql =
                    format!("INSERT INTO \"{name}\" ({}) VALUES ({})", names.join(", "), values.join(", "));
                self.place.execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
            let rows = self.read(name, table).await;
            self.rows.insert(name.clone(), rows);
        }
    }

    async fn value(&mut self, column: &migrations::Column) -> String {
        self.counter += 1;
        let number = self.counter;
        if column.unique && column.references.is_some() {
            return "NULL".to_owned();
        }
        if let Some((table, target)) = &column.references {
            let sql = format!("SELECT CAST(\"{target}\" AS TEXT) FROM \"{table}\" LIMIT 1");
            let found = self.place.rows(&sql).await;
            return found
                .into_iter()
                .next()
                .and_then(|row| row[0].clone())
                .map_or("NULL".to_owned(), |id| format!("'{id}'"));
        }
        let is_pointer = column.name.starts_with("order_");
        if (column.nullable && number.is_multiple_of(3)) || is_pointer {
            return "NULL".to_owned();
        }
        let text = match (column.rust.as_str(), column.ty) {
            (_, migrations::ColumnType::Choice) => {
                column.values.iter().next_back().cloned().unwrap_or_default()
            }
            ("String", _) => format!("text's {number}"),
            ("Uuid", _) => format!("00000000-0000-7000-8000-{number:012}"),
            ("bool", _) => "1".to_owned(),
            ("u64", _) if self.engine == Engine::Sqlite => format!("{number:020}"),
            ("Decimal", _) => format!("{number}.50"),
            ("f64" | "f32", _) => format!("{number}.25"),
            ("Timestamp", _) => format!("2026-11-22T08:30:00.{number:06}Z"),
            ("Duration" | "i32" | "i64" | "u32" | "u64", _) => number.to_string(),
            (rust, _) if rust.starts_with("Vec") => "[]".to_owned(),
            _ => "{}".to_owned(),
        };
        format!("'{}'", text.replace('\'', "''"))
    }

    async fn read(&self, name: &str, table: &Table) -> Rows {
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("CAST(\"{}\" AS TEXT)", column.name)).collect();
        let sql = format!("SELECT CAST(\"id\" AS TEXT), {} FROM \"{name}\"", columns.join(", "));
        let rows = self.place.rows(&sql).await;
        rows.into_iter()
            .map(|mut row| {
                let id = row.remove(0).expect("an id");
                (id, table.columns.iter().map(|column| column.name.clone()).zip(row).collect())
            })
            .collect()
    }

    /// Whatever a field held before, it holds now, under whatever name and in whatever type.
    async fn data_is_there(&self, wanted: &Schema, next: &Definition, about: &str) {
        for (name, table) in &wanted.tables {
            let old = self
                .schema
                .tables
                .iter()
                .find(|(old, there)| *old == name || there.resource == table.resource);
            let Some((old_name, old)) = old else { continue };
            let Some(before) = self.rows.get(old_name) else { continue };
            let now = self.read(name, table).await;
            let item = next.items.iter().find(|item| edits::table_of(item) == *name).expect("an item");
            for (id, row) in before {
                let buried = |column: &&migrations::Column| {
                    column.role == migrations::ColumnRole::DeletedAt && row[&column.name].is_some()
                };
                if old.columns.iter().any(|column| buried(&column))
                    && table.columns.iter().all(|it| it.name != "deleted_at")
                {
                    continue;
                }
                let found = now.get(id).unwrap_or_else(|| panic!("{about}: {name} has lost the row {id}"));
                for column in &table.columns {
                    let part = item.parts.iter().find(|part| part.name == column.name);
                    let was = part.and_then(|part| part.was.clone()).filter(|was| row.contains_key(was));
                    let Some(held) = row.get(was.as_ref().unwrap_or(&column.name)) else { continue };
                    let same = alike(held.as_deref(), found[&column.name].as_deref());
                    let is_filled = held.is_none() && !column.nullable;
                    let is_choice = column.ty == migrations::ColumnType::Choice;
                    assert!(
                        same || is_filled || is_choice,
                        "{about}: {name}.{} of {id} was {held:?} and is {:?}",
                        column.name,
                        found[&column.name]
                    );
                }
            }
        }
    }
}

/// The same value, however a type writes it.
fn alike(held: Option<&str>, found: Option<&str>) -> bool {
    let (Some(held), Some(found)) = (held, found) else { return held == found };
    let number = |text: &str| match text {
        "true" => Some(1.0),
        "false" => Some(0.0),
        text => text.parse::<f64>().ok(),
    };
    held == found
        || matches!((number(held), number(found)), (Some(one), Some(other)) if (one - other).abs() < 1e-6)
}
