//! `migrate check`: structs, migrations and database against each other.

use fourfold_codegen::migrations::{Difference, Said, Schema};
use serde_json::json;

use super::arguments::Database;
use super::folder::Folder;
use crate::failure::{Failure, listed};
use crate::package::{Package, shown};
use crate::read;
use crate::screen::Screen;

pub(super) fn run(database: &Database, screen: &mut Screen) -> Result<(), Failure> {
    let package = Package::find(&database.place.selection)?;
    let folder = Folder::read(&package, database.place.folder.as_deref())?;
    let read = read::read(&package, read::files(&package), screen)?;
    let wanted = Schema::of(&read.catalog);
    let difference = Difference::between(&folder.schema, &wanted, &Said::default());
    let mut wrong = folder.lacking();
    wrong.extend(difference.refused.iter().chain(&difference.sentences).cloned());
    // Nothing has to be done to the tables, and the snapshot says all the same what is no more.
    if wrong.is_empty()
        && folder.snapshot.is_some()
        && difference.after.render() != folder.snapshot.clone().unwrap_or_default()
    {
        wrong.push("the snapshot is not what `migrate new` writes".to_owned());
    }
    // Who has no migrations has the tables made at start: then only the database is looked at.
    if !wrong.is_empty() && (folder.snapshot.is_some() || database.url.is_none()) {
        for sentence in &wrong {
            screen.item("differences", || json!(sentence));
        }
        let list = listed(&wrong);
        return Err(Failure::Mistakes(format!(
            "`{}` does not lead to what the structs want:{list}\nrun `cargo fourfold migrate new`, and commit what it writes",
            shown(&folder.path)
        )));
    }
    if folder.snapshot.is_some() {
        screen.line("the migrations lead to what the structs want");
    }
    of_database(&folder, &wanted, database, screen)
}

#[cfg(feature = "migrate")]
fn of_database(
    folder: &Folder,
    wanted: &Schema,
    database: &Database,
    screen: &mut Screen,
) -> Result<(), Failure> {
    if database.url.as_deref().is_none_or(str::is_empty) {
        screen.line("no database was named, so none was looked at (--database, DATABASE_URL)");
        return Ok(());
    }
    super::database::check(folder, wanted, database, screen)
}

#[cfg(not(feature = "migrate"))]
fn of_database(_: &Folder, _: &Schema, database: &Database, _: &mut Screen) -> Result<(), Failure> {
    match &database.url {
        None => Ok(()),
        Some(_) => Err(Failure::Trouble(
            "this build can't speak to databases: it lacks the feature `migrate`".to_owned(),
        )),
    }
}
