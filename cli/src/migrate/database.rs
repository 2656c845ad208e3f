//! What is done to a database, or looked at in it.

use fourfold::migrations::{Database as Target, Migration, State, Status};
use fourfold_codegen::migrations::{Engine, Schema, from_nothing};
use serde_json::{Value, json};

use super::arguments::Database;
use super::folder::Folder;
use crate::failure::{Failure, listed};
use crate::package::{Package, shown};
use crate::screen::{Paint, Screen};

/// `migrate run`.
pub(super) fn run(database: &Database, screen: &mut Screen) -> Result<(), Failure> {
    let folder = folder(database)?;
    with(database, async |target| {
        let done = target.run(&migrations(&folder)).await.map_err(refused)?;
        for name in &done {
            if screen.item("applied", || json!(name)) {
                continue;
            }
            let line = format!("{} {name}", screen.paint(Paint::Green, "  applied"));
            screen.line(&line);
        }
        if done.is_empty() {
            screen.line("all migrations have been applied");
        }
        Ok(())
    })
}

/// `migrate status`.
pub(super) fn status(database: &Database, screen: &mut Screen) -> Result<(), Failure> {
    let folder = folder(database)?;
    with(database, async |target| {
        for status in target.status(&migrations(&folder)).await.map_err(trouble)? {
            if screen.item("migrations", || document(&status)) {
                continue;
            }
            let (paint, state) = match status.state {
                State::Applied { at } => {
                    (Paint::Green, format!("applied {}", at.format("%Y-%m-%d %H:%M:%S UTC")))
                }
                State::Waiting if status.late => {
                    (Paint::Yellow, "waiting, although later ones have been applied".to_owned())
                }
                State::Waiting => (Paint::Yellow, "waiting".to_owned()),
                State::Begun { done, steps } => (
                    Paint::Yellow,
                    format!("begun: {done} of {steps} steps are done, and `run` goes on with it"),
                ),
                State::Changed => (Paint::Red, "applied, and changed after that".to_owned()),
                State::Unknown => (Paint::Red, "applied, and there is no such file here".to_owned()),
                other => (Paint::Red, format!("{other:?}")),
            };
            let line = format!("{}  {}", status.name, screen.paint(paint, &state));
            screen.line(&line);
        }
        Ok(())
    })
}

/// `migrate adopt`.
pub(super) fn adopt(database: &Database, screen: &mut Screen) -> Result<(), Failure> {
    let folder = folder(database)?;
    with(database, async |target| {
        let (wrong, _) = compare(target, &folder.schema).await?;
        if !wrong.is_empty() {
            return Err(Failure::Mistakes(format!(
                "the tables are not as the migrations lead to, so nothing has been noted:{}",
                listed(&wrong)
            )));
        }
        for name in target.adopt(&migrations(&folder)).await.map_err(refused)? {
            if screen.item("noted", || json!(name)) {
                continue;
            }
            let line = format!("{} {name}", screen.paint(Paint::Green, "    noted"));
            screen.line(&line);
        }
        Ok(())
    })
}

/// Whether the database is as it should be: what the migrations lead to, or what the structs want where there are none.
pub(super) fn check(
    folder: &Folder,
    wanted: &Schema,
    database: &Database,
    screen: &mut Screen,
) -> Result<(), Failure> {
    with(database, async |target| {
        let mut wrong = Vec::new();
        if folder.snapshot.is_some() {
            let waiting = target.status(&migrations(folder)).await.map_err(trouble)?;
            let waiting = waiting.into_iter().filter(|status| !matches!(status.state, State::Applied { .. }));
            wrong.extend(waiting.map(|status| format!("migration {}: see `migrate status`", status.name)));
        }
        let schema = if folder.snapshot.is_some() { &folder.schema } else { wanted };
        let (differences, besides) = compare(target, schema).await?;
        for sentence in besides {
            if screen.item("besides", || json!(sentence)) {
                continue;
            }
            screen.line(&format!("besides: {sentence}"));
        }
        wrong.extend(differences);
        if wrong.is_empty() {
            screen.line("the database is as the structs want it");
            return Ok(());
        }
        for sentence in &wrong {
            screen.item("differences", || json!(sentence));
        }
        Err(Failure::Mistakes(format!("the database is not as it should be:{}", listed(&wrong))))
    })
}

/// What has become of a migration, for programs.
fn document(status: &Status) -> Value {
    let (state, at, done, steps) = match &status.state {
        State::Applied { at } => ("applied", Some(at.to_rfc3339()), None, None),
        State::Waiting => ("waiting", None, None, None),
        State::Begun { done, steps } => ("begun", None, Some(*done), Some(*steps)),
        State::Changed => ("changed", None, None, None),
        State::Unknown => ("unknown", None, None, None),
        _ => ("other", None, None, None),
    };
    json!({"name": status.name, "state": state, "late": status.late, "at": at, "done": done, "steps": steps})
}

/// The runtime's engine, as the generator calls it.
pub(crate) const fn engine(engine: fourfold::migrations::Engine) -> Engine {
    match engine {
        fourfold::migrations::Engine::Sqlite => Engine::Sqlite,
        fourfold::migrations::Engine::Postgres => Engine::Postgres,
    }
}

async fn compare(target: &Target, schema: &Schema) -> Result<(Vec<String>, Vec<String>), Failure> {
    let wanted = target.catalog_of(&from_nothing(schema, engine(target.engine()))).await.map_err(trouble)?;
    let found = target.catalog().await.map_err(trouble)?;
    Ok(found.compare(&wanted))
}

fn folder(database: &Database) -> Result<Folder, Failure> {
    let package = Package::find(&database.place.selection)?;
    let folder = Folder::read(&package, database.place.folder.as_deref())?;
    if folder.migrations.is_empty() {
        return Err(Failure::Trouble(format!(
            "there are no migrations in `{}`: `cargo fourfold migrate new` writes them",
            shown(&folder.path)
        )));
    }
    let lacking = folder.lacking();
    if lacking.is_empty() { Ok(folder) } else { Err(Failure::Trouble(lacking.join("\n"))) }
}

fn migrations(folder: &Folder) -> Vec<Migration> {
    let migration = |(name, texts): (&String, &super::folder::Texts)| Migration {
        name: name.clone().into(),
        sqlite: texts.sqlite.clone().into(),
        postgres: texts.postgres.clone().into(),
    };
    folder.migrations.iter().map(migration).collect()
}

fn with(database: &Database, work: impl AsyncFnOnce(&Target) -> Result<(), Failure>) -> Result<(), Failure> {
    let url = database.url.as_deref().filter(|url| !url.is_empty()).ok_or_else(|| {
        Failure::Trouble(
            "no database is named: say --database, or set DATABASE_URL as the service has it".to_owned(),
        )
    })?;
    block_on(async {
        let target = Target::open(url).await.map_err(trouble)?;
        let outcome = work(&target).await;
        target.close().await;
        outcome
    })?
}

/// Waits for work on a database.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Trouble(format!("can't start: {error}")))?;
    Ok(runtime.block_on(work))
}

/// The database says no.
fn refused(error: fourfold::Error) -> Failure {
    if error.kind() == fourfold::ErrorKind::FailedPrecondition {
        Failure::Mistakes(said(&error))
    } else {
        trouble(error)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn trouble(error: fourfold::Error) -> Failure {
    Failure::Trouble(said(&error))
}

/// What the error says to the person who runs this.
pub(crate) fn said(error: &fourfold::Error) -> String {
    match (error.message(), error.detail()) {
        ("", Some(detail)) => detail.to_owned(),
        ("", None) => error.to_string(),
        (message, None) => message.to_owned(),
        (message, Some(detail)) => format!("{message}: {detail}"),
    }
}
