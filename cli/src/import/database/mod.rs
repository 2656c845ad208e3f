//! The structs of a database that is there.

mod adoption;
mod column;
mod expression;
mod roles;
mod surroundings;
mod table;
mod tokens;
mod types;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use fourfold::migrations::{Details, TableDetails};
use fourfold_codegen::migrations::Engine;
use fourfold_model::types::Scalar;

use self::table::{Made, Target};
use super::{enter, gathered, names, put};
use crate::arguments::Import;
use crate::failure::{Failure, listed};
use crate::house::{House, ResourceFile};
use crate::init;
use crate::migrate::database::{block_on, engine, said};
use crate::screen::Screen;
use crate::spec::Name;

/// What a person says beside the source.
pub(super) struct Wish {
    pub(super) add_id: bool,
    /// By `table.column`.
    pub(super) types: BTreeMap<String, Scalar>,
}

/// The tables that become resources.
pub(super) struct Chosen<'a> {
    targets: Vec<Target<'a>>,
    /// Their places, by the names of their tables as the engine tells them apart.
    places: HashMap<String, usize>,
}

impl<'a> Chosen<'a> {
    fn new(targets: Vec<Target<'a>>) -> Self {
        let name = |target: &Target<'_>| known_as(target.engine, &target.details.name);
        let places = targets.iter().enumerate().map(|(place, target)| (name(target), place)).collect();
        Self { targets, places }
    }

    /// The one of a table.
    fn find(&self, table: &str) -> Option<&Target<'a>> {
        let engine = self.targets.first()?.engine;
        self.places.get(&known_as(engine, table)).map(|place| &self.targets[*place])
    }
}

/// SQLite takes no notice of the case of names.
fn known_as(engine: Engine, table: &str) -> String {
    match engine {
        Engine::Sqlite => table.to_ascii_lowercase(),
        Engine::Postgres => table.to_owned(),
    }
}

/// Tables of tools, which say nothing of what a service is about.
const OF_TOOLS: [&str; 13] = [
    "__diesel_schema_migrations",
    "__efmigrationshistory",
    "_prisma_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "ar_internal_metadata",
    "databasechangelog",
    "databasechangeloglock",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "schema_migrations",
    "spatial_ref_sys",
];

/// What nobody has to be told that it takes.
const BRIEF: Duration = Duration::from_secs(1);

pub(super) fn run(arguments: &Import, screen: &mut Screen) -> Result<(), Failure> {
    // The service first: what is wrong with it needs no database to be found.
    let mut house = enter(arguments, screen)?;
    let began = Instant::now();
    let details = block_on(patiently(Details::read(&arguments.source), screen))?
        .map_err(|error| Failure::Trouble(of_source(&said(&error))))?;
    let wish = Wish { add_id: arguments.add_id, types: arguments.types.iter().cloned().collect() };
    let mut notes = Vec::new();
    let (tables, unknown) = select(&details, arguments, &mut notes);
    let mut wrong = unknown;
    wrong.extend(
        wish.types
            .keys()
            .filter(|place| !is_column(&tables, place))
            .map(|place| format!("--type names `{place}`, and no table that is imported has such a column")),
    );
    if !wrong.is_empty() {
        return Err(Failure::Trouble(format!("what was said does not fit the database:{}", listed(&wrong))));
    }
    let chosen = choose(&house, &details, &tables, &wish, arguments, &mut notes)?;
    let many = chosen.targets.len();
    let is_long = many >= MANY || began.elapsed() >= BRIEF;
    let step = |text: &str, screen: &mut Screen| {
        if is_long {
            screen.tell(text);
        }
    };
    step(&format!("writing the structs of {many} tables .."), screen);
    let mut made = Vec::new();
    for target in &chosen.targets {
        let Made { there, text, notes: more } = table::make(target, &chosen, &wish);
        notes.extend(more);
        made.push((
            there,
            ResourceFile { module: target.module.clone(), resources: vec![target.name.clone()], text },
        ));
    }
    let (there, modules): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    put(&mut house, modules, arguments.force)?;
    if engine(details.engine) == Engine::Postgres {
        init::with_postgres(&mut house)?;
    }
    house.draft.notes.extend(gathered(notes));
    step("writing their contracts ..", screen);
    let read = house.draft.generate(&house.package, screen)?;
    step("writing the migration ..", screen);
    let done = adoption::write(&mut house, &read.catalog, &details, there, arguments)?;
    step("formatting what is written ..", screen);
    house.draft.finish(arguments.place.dry_run, screen)?;
    for line in done {
        screen.line(&line);
    }
    Ok(())
}

/// From so many tables on, what is done is told step by step.
const MANY: usize = 100;

/// Waits, and says so where it takes long.
async fn patiently<T>(reading: impl Future<Output = T>, screen: &mut Screen) -> T {
    let mut reading = std::pin::pin!(reading);
    if let Ok(read) = tokio::time::timeout(BRIEF, reading.as_mut()).await {
        return read;
    }
    screen.tell("reading the tables ..");
    reading.await
}

/// The URL was given as an argument, and is named as such.
fn of_source(text: &str) -> String {
    text.replace("DATABASE_URL", "the source")
}

fn is_column(tables: &[&TableDetails], place: &str) -> bool {
    tables.iter().any(|table| {
        let column = place.strip_prefix(table.name.as_str()).and_then(|rest| rest.strip_prefix('.'));
        column.is_some_and(|name| table.columns.iter().any(|column| column.name == name))
    })
}

/// The tables that are asked for, and the names of those that are not there.
fn select<'a>(
    details: &'a Details,
    arguments: &Import,
    notes: &mut Vec<String>,
) -> (Vec<&'a TableDetails>, Vec<String>) {
    if !arguments.tables.is_empty() {
        let mut found = Vec::new();
        let mut unknown = Vec::new();
        for name in &arguments.tables {
            let table = details.tables.iter().find(|table| table.name == *name);
            match table {
                Some(table) if found.iter().any(|other: &&TableDetails| other.name == table.name) => {}
                Some(table) => found.push(table),
                None if details.views.contains(name) => unknown.push(format!(
                    "`{name}` is a view or a virtual table, and a resource is a plain table; what it shows can be a list of your own"
                )),
                None => {
                    let names: Vec<String> =
                        details.tables.iter().take(20).map(|table| format!("`{}`", table.name)).collect();
                    let more = if details.tables.len() > 20 { " and more" } else { "" };
                    let has = if names.is_empty() {
                        "it has no tables".to_owned()
                    } else {
                        format!("there are {}{more}", names.join(", "))
                    };
                    unknown.push(format!("there is no table `{name}`: {has}"));
                }
            }
        }
        return (found, unknown);
    }
    let mut found = Vec::new();
    for table in &details.tables {
        let lower = table.name.to_ascii_lowercase();
        if lower.starts_with("fourfold_") {
            continue;
        }
        if OF_TOOLS.contains(&lower.as_str()) {
            notes.push(format!(
                "{}: it is a tool's own table, so it is left out: name it with --tables to have it",
                table.name
            ));
        } else {
            found.push(table);
        }
    }
    // PostgreSQL changes no type below a view.
    let away = match engine(details.engine) {
        Engine::Sqlite => "",
        Engine::Postgres => {
            "; drop it before the migration where it uses tables that are imported, and make it again after"
        }
    };
    for view in &details.views {
        notes.push(format!(
            "{view}: it is a view or a virtual table, and a resource is a plain table; what it shows can be a list of your \
             own{away}"
        ));
    }
    (found, Vec::new())
}

/// Names and keys of all tables, which others point to.
fn choose<'a>(
    house: &House,
    details: &Details,
    tables: &[&'a TableDetails],
    wish: &Wish,
    arguments: &Import,
    notes: &mut Vec<String>,
) -> Result<Chosen<'a>, Failure> {
    let (mut targets, mut left_out): (Vec<Target<'a>>, _) = (Vec::new(), Vec::new());
    let mut names_taken: HashSet<String> = HashSet::new();
    let mut taken: BTreeSet<String> = tables.iter().map(|table| table.name.clone()).collect();
    for (place, table) in tables.iter().enumerate() {
        let (key, id) = match table::key(table, engine(details.engine), wish) {
            Ok(key) => key,
            Err(why) => {
                left_out.push(format!("{}: {why}", table.name));
                continue;
            }
        };
        let is_taken = |name: &str| {
            names_taken.contains(name)
                || (!arguments.force
                    && house
                        .catalog
                        .resources()
                        .any(|(_, item)| item.model.name == name && item.model.table != table.name))
        };
        let name = names::resource(&table.name, &is_taken);
        let spelled = Name::read(&name);
        let snake = spelled.as_ref().map_or_else(|| fourfold_model::snake(&name), |name| name.snake.clone());
        let module = spelled.map_or_else(|| snake.clone(), |name| name.module());
        let package = format!("{}.{snake}.v1", house.prefix);
        let ours = names::table(&table.name, place, &taken);
        taken.insert(ours.clone());
        names_taken.insert(name.clone());
        targets.push(Target {
            details: table,
            engine: engine(details.engine),
            full: format!("{package}.{name}"),
            package,
            name,
            module,
            table: ours,
            key,
            id,
        });
    }
    // A table that was asked for by its name is not left out in passing.
    if (!arguments.tables.is_empty() && !left_out.is_empty()) || targets.is_empty() {
        let what = if tables.is_empty() && left_out.is_empty() {
            "the database has no tables to be imported".to_owned()
        } else {
            format!("these tables can't be resources:{}", listed(&left_out))
        };
        return Err(Failure::Mistakes(format!("{what}\nnothing has been written")));
    }
    notes.extend(left_out.into_iter().map(|text| format!("{text}; it is left out")));
    Ok(Chosen::new(targets))
}
