//! `migrate new`: from the snapshot to the structs.

use std::collections::BTreeMap;
use std::fs;

use fourfold_codegen::migrations::{self, Difference, Engine, GIT, SNAPSHOT, Said, Schema, folder};
use serde_json::json;

use super::arguments::New;
use super::folder::Folder;
use crate::failure::{Failure, listed};
use crate::output::Change;
use crate::package::{Package, shown};
use crate::read;
use crate::screen::{Paint, Screen};
use crate::write;

pub(super) fn run(arguments: &New, screen: &mut Screen) -> Result<(), Failure> {
    let package = Package::find(&arguments.place.selection)?;
    let folder = Folder::read(&package, arguments.place.folder.as_deref())?;
    let read = read::read(&package, read::files(&package), screen)?;
    let difference = Difference::between(&folder.schema, &Schema::of(&read.catalog), &said(arguments));
    if !difference.refused.is_empty() {
        return Err(Failure::Mistakes(refused(&difference)));
    }
    let first = folder.snapshot.is_none();
    let (number, name) = (folder.number(), name(arguments, &difference, first));
    let title = format!("{number}_{name}");
    let mut changes = Vec::new();
    if arguments.empty {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let text = "-- What it does:\n--   * \n\n-- step: in a transaction\n";
            changes.push(file(&folder, engine, &title, text.to_owned()));
        }
    } else if difference.changes_tables() {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            changes.push(file(&folder, engine, &title, difference.render(engine, &title)));
        }
    }
    if !arguments.empty {
        changes.extend(snapshot(&folder, &difference)?);
    }
    if changes.is_empty() {
        screen.line("the migrations lead to what the structs want: there is nothing to write");
        return Ok(());
    }
    if arguments.dry_run {
        for change in &changes {
            let document =
                || json!({"path": shown(&change.path), "change": change.word(), "text": change.after});
            if screen.item("files", document) {
                continue;
            }
            let path = screen.paint(Paint::Bold, &shown(&change.path));
            screen.line(&path);
            screen.line(change.after.as_deref().unwrap_or_default());
        }
        screen.line("nothing has been written: this was --dry-run");
        return Ok(());
    }
    write::apply(&folder.path, &changes)?;
    for change in &changes {
        screen.change(change);
    }
    if !arguments.empty {
        tell(&difference, screen);
    }
    Ok(())
}

fn said(arguments: &New) -> Said {
    let mut using: BTreeMap<String, Vec<(Option<Engine>, String)>> = BTreeMap::new();
    for (engine, place, expression) in &arguments.using {
        using.entry(place.clone()).or_default().push((*engine, expression.clone()));
    }
    Said { allow_destructive: arguments.allow_destructive, using }
}

fn refused(difference: &Difference) -> String {
    format!("the migration can't be written:{}\nnothing has been written", listed(&difference.refused))
}

fn name(arguments: &New, difference: &Difference, first: bool) -> String {
    match &arguments.name {
        Some(name) => migrations::slug(name),
        None if arguments.empty => "own".to_owned(),
        None if first => "first".to_owned(),
        None => difference.slug(),
    }
}

fn file(place: &Folder, engine: Engine, title: &str, text: String) -> Change {
    let path = place.path.join(folder(engine)).join(format!("{title}.sql"));
    Change { path, before: None, after: Some(text) }
}

/// The snapshot, and what tells git how to merge it, where they have to be written.
fn snapshot(folder: &Folder, difference: &Difference) -> Result<Vec<Change>, Failure> {
    let text = difference.after.render();
    let mut changes = Vec::new();
    if folder.snapshot.as_deref() != Some(&text) {
        let before = folder.snapshot.clone().map(String::into_bytes);
        changes.push(Change { path: folder.path.join(SNAPSHOT), before, after: Some(text) });
    }
    let path = folder.path.join(".gitattributes");
    if !path.exists() {
        changes.push(Change { path, before: None, after: Some(GIT.to_owned()) });
    } else if !fs::read_to_string(&path)
        .map_err(|error| Failure::file("read", &path, &error))?
        .contains(GIT.trim())
    {
        let said = fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let after = format!("{}\n{GIT}", said.trim_end());
        changes.push(Change { path, before: Some(said.into_bytes()), after: Some(after) });
    }
    Ok(changes)
}

/// What it does, and what has to be known before it is run.
fn tell(difference: &Difference, screen: &mut Screen) {
    for sentence in &difference.sentences {
        if screen.item("does", || json!(sentence)) {
            continue;
        }
        screen.line(&format!("  {sentence}"));
    }
    for (engine, name) in [(Engine::Postgres, "PostgreSQL"), (Engine::Sqlite, "SQLite")] {
        for (index, hazard) in difference.hazards(engine).into_iter().enumerate() {
            if screen.item("hazards", || json!({"engine": name, "hazard": hazard})) {
                continue;
            }
            if index == 0 {
                let title = screen.paint(Paint::Yellow, &format!("know before you run it on {name}:"));
                screen.line(&title);
            }
            screen.line(&format!("  {hazard}"));
        }
    }
}
