//! The migration that comes with imported structs: from the tables that are there to those that the structs want.

use std::collections::HashSet;
use std::path::PathBuf;

use fourfold::migrations::{Catalog, Database, Details};
use fourfold_codegen::catalog::Catalog as Resources;
use fourfold_codegen::migrations::{
    Difference, Engine, GIT, SNAPSHOT, Said, Schema, There, adopt, folder, from_nothing,
};

use crate::arguments::Import;
use crate::failure::{Failure, listed};
use crate::house::House;
use crate::migrate::database::{block_on, engine, said};
use crate::migrate::folder::Folder;

/// Adds the migration to what will be written, and says what is to be done next.
pub(super) fn write(
    house: &mut House,
    resources: &Resources,
    details: &Details,
    mut there: Vec<There>,
    arguments: &Import,
) -> Result<Vec<String>, Failure> {
    let folder_of = Folder::read(&house.package, arguments.folder.as_deref())?;
    // What is to be written is named from the package's folder.
    let at = match &arguments.folder {
        Some(said) => std::path::absolute(said).unwrap_or_else(|_| said.clone()),
        None => PathBuf::from("migrations"),
    };
    let wanted = Schema::of(resources);
    let mut difference = Difference::between(&folder_of.schema, &wanted, &Said::default());
    // Tables that an import before this one knew are made anew out of what is there now.
    let tables: HashSet<String> = there.iter().map(|one| one.table.clone()).collect();
    if difference.changes_others(|table| tables.contains(table)) {
        return Err(Failure::Mistakes(format!(
            "the structs have changed since the last migration, which comes first: run `cargo fourfold migrate new`, and import \
             then:{}\nnothing has been written",
            listed(&difference.sentences)
        )));
    }
    if !difference.refused.is_empty() {
        return Err(Failure::Mistakes(format!(
            "the migration can't be written:{}\nnothing has been written",
            listed(&difference.refused)
        )));
    }
    let missing: Vec<String> =
        there.iter().filter(|one| !difference.creates(&one.table)).map(|one| one.table.clone()).collect();
    if !missing.is_empty() {
        return Ok(vec![format!(
            "the migrations know these tables already, so none has been written: {}; `cargo fourfold migrate check --database ..` \
             says whether the database is as they want it",
            missing.join(", ")
        )]);
    }
    let theirs = engine(details.engine);
    let ours = block_on(wanted_catalog(&arguments.source, theirs, &wanted))??;
    let wrong = compare(details, &ours, &mut there);
    difference.sentences = sentences(&there, &wrong, &difference.sentences);
    let number = folder_of.number();
    let title = format!("{number}_import");
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let text = if engine == theirs && !wrong.is_empty() {
            adopt(&difference, &there, engine, &title, &difference.sentences)
        } else {
            difference.render(engine, &title)
        };
        house.draft.create(at.join(folder(engine)).join(format!("{title}.sql")), text)?;
    }
    house.draft.set(at.join(SNAPSHOT), difference.after.render(), false)?;
    let git = at.join(".gitattributes");
    if house.draft.text(&git)?.is_none() {
        house.draft.create(git, GIT.to_owned())?;
    }
    Ok(next(&wrong, theirs))
}

fn next(wrong: &[String], engine: Engine) -> Vec<String> {
    let mut lines = vec![String::new()];
    if wrong.is_empty() {
        lines.push("the tables are as the structs want them: `cargo fourfold migrate adopt --database ..` notes that".to_owned());
    } else {
        lines.push(format!(
            "the tables are not yet as the structs want them, in {} places; the migration makes them so:",
            wrong.len()
        ));
        lines.push(
            "  read migrations/, back the database up, and stop what else uses these tables".to_owned(),
        );
        lines
            .push("  cargo fourfold migrate run --database ..      changes them, with their rows".to_owned());
        lines.push("  cargo fourfold migrate check --database ..    says that they fit".to_owned());
    }
    // On PostgreSQL nothing is made unasked: without the word the service would not start for want of its own tables.
    let (unasked, space) = match engine {
        Engine::Sqlite => ("", "                  "),
        Engine::Postgres => ("FOURFOLD_MIGRATE=on ", "  "),
    };
    lines.push(format!(
        "  {unasked}DATABASE_URL=.. cargo run{space}    serves them, and makes the tables of tasks and events"
    ));
    lines
}

/// The tables that the structs want, as the engine tells them.
async fn wanted_catalog(url: &str, engine: Engine, wanted: &Schema) -> Result<Catalog, Failure> {
    let trouble = |error: fourfold::Error| Failure::Trouble(said(&error));
    // SQLite compares in memory: the file stays as it is.
    let url = if engine == Engine::Sqlite { "memory:" } else { url };
    let database = Database::open(url).await.map_err(trouble)?;
    let catalog = database.catalog_of(&from_nothing(wanted, engine)).await.map_err(trouble);
    database.close().await;
    catalog
}

/// What is not as it should be; conversions of columns that are go.
fn compare(details: &Details, ours: &Catalog, there: &mut [There]) -> Vec<String> {
    let mut wanted = ours.clone();
    let tables: HashSet<&str> = there.iter().map(|one| one.table.as_str()).collect();
    wanted.tables.retain(|name, _| name.starts_with("fourfold_") || tables.contains(name.as_str()));
    let (wrong, _) = details.catalog.compare(&wanted);
    if engine(details.engine) == Engine::Sqlite {
        return wrong;
    }
    let bare = |text: &String| text.split(" NOT NULL").next().unwrap_or(text).to_owned();
    for one in there {
        let (Some(found), Some(wanted)) =
            (details.catalog.tables.get(&one.name), ours.tables.get(&one.table))
        else {
            continue;
        };
        for column in &mut one.columns {
            let Some(field) = &column.field else { continue };
            let types = (found.columns.get(&column.name).map(bare), wanted.columns.get(field).map(bare));
            if types.0 == types.1 {
                column.conversion = None;
            }
        }
    }
    wrong
}

fn sentences(there: &[There], wrong: &[String], usual: &[String]) -> Vec<String> {
    if wrong.is_empty() {
        return usual.to_vec();
    }
    let mut sentences: Vec<String> = there
        .iter()
        .map(|one| {
            let renamed = if one.name == one.table { String::new() } else { format!(" ({} until now)", one.name) };
            format!("make of the table {}{renamed} what the structs want, with its rows, or make it where it is not there", one.table)
        })
        .collect();
    sentences.push("make the tables of the store's own, where they are not there".to_owned());
    sentences.extend(wrong.iter().map(|text| format!("as it was when this was written: {text}")));
    sentences
}
