//! `import`: the structs of a database or of a .proto file that is there already.

#[cfg(feature = "migrate")]
mod database;
mod names;
#[cfg(feature = "protos")]
mod proto;
mod written;

use std::collections::HashMap;
use std::path::Path;

use crate::arguments::Import;
use crate::failure::{Failure, listed};
use crate::house::{House, ResourceFile};
use crate::package::shown;
use crate::screen::Screen;
use crate::{init, new};

pub(crate) fn run(arguments: &Import, screen: &mut Screen) -> Result<(), Failure> {
    let source = &arguments.source;
    let is_proto = Path::new(source).extension().is_some_and(|extension| extension == "proto");
    let is_database =
        ["sqlite:", "memory:", "postgres:", "postgresql:"].iter().any(|it| source.starts_with(it));
    if is_database {
        return of_database(arguments, screen);
    }
    if is_proto {
        return of_proto(arguments, screen);
    }
    Err(Failure::Trouble(
        "the source is neither a database nor a .proto file: write sqlite:path, postgres://user@host/database, or the \
         path of a file that ends in .proto"
            .to_owned(),
    ))
}

#[cfg(feature = "migrate")]
fn of_database(arguments: &Import, screen: &mut Screen) -> Result<(), Failure> {
    misplaced(
        "a database",
        &[("--messages", !arguments.messages.is_empty()), ("-I", !arguments.include.is_empty())],
    )?;
    database::run(arguments, screen)
}

#[cfg(not(feature = "migrate"))]
fn of_database(_: &Import, _: &mut Screen) -> Result<(), Failure> {
    Err(Failure::Trouble("this build can't speak to databases: it lacks the feature `migrate`".to_owned()))
}

#[cfg(feature = "protos")]
fn of_proto(arguments: &Import, screen: &mut Screen) -> Result<(), Failure> {
    misplaced(
        "a .proto file",
        &[
            ("--tables", !arguments.tables.is_empty()),
            ("--type", !arguments.types.is_empty()),
            ("--add-id", arguments.add_id),
            ("--folder", arguments.folder.is_some()),
        ],
    )?;
    proto::run(arguments, screen)
}

#[cfg(not(feature = "protos"))]
fn of_proto(_: &Import, _: &mut Screen) -> Result<(), Failure> {
    Err(Failure::Trouble("this build can't read .proto files: it lacks the feature `protos`".to_owned()))
}

/// What was said and means nothing for this source.
fn misplaced(source: &str, words: &[(&str, bool)]) -> Result<(), Failure> {
    let said: Vec<&str> = words.iter().filter(|(_, said)| *said).map(|(word, _)| *word).collect();
    if said.is_empty() {
        return Ok(());
    }
    Err(Failure::Trouble(format!(
        "{} means nothing where the source is {source}: leave it out",
        said.join(", ")
    )))
}

/// The service that gets the structs. Where there is a package and no service, it is made of it.
fn enter(arguments: &Import, screen: &mut Screen) -> Result<House, Failure> {
    let mut house = House::enter(&arguments.place, screen)?;
    if house.resources().is_err() {
        house.package.sources = vec!["src/resources".into()];
        let fourfold = new::fourfold(arguments.fourfold_path.as_deref(), &house.package.root)?;
        init::service(&mut house, &fourfold)?;
    }
    Ok(house)
}

/// The same said of several places is said once: `orders.created_at, orders.updated_at: ..`.
fn gathered(notes: Vec<String>) -> Vec<String> {
    let mut gathered: Vec<(String, String)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for note in notes {
        let (place, text) = note.split_once(": ").unwrap_or(("", &note));
        if let Some(index) = known.get(text) {
            let (places, _) = &mut gathered[*index];
            places.push_str(", ");
            places.push_str(place);
        } else {
            known.insert(text.to_owned(), gathered.len());
            gathered.push((place.to_owned(), text.to_owned()));
        }
    }
    let joined =
        |(places, text): (String, String)| if places.is_empty() { text } else { format!("{places}: {text}") };
    gathered.into_iter().map(joined).collect()
}

/// Puts files of structs into the service. Those that are there are written over where that was said.
fn put(house: &mut House, files: Vec<ResourceFile>, force: bool) -> Result<(), Failure> {
    let (folder, _) = house.resources()?;
    let in_the_way: Vec<String> = files
        .iter()
        .map(|file| folder.join(format!("{}.rs", file.module)))
        .filter(|path| house.draft.has(path))
        .map(|path| shown(&house.package.root.join(path)))
        .collect();
    if !in_the_way.is_empty() && !force {
        return Err(Failure::Trouble(format!(
            "these files are there already, and nothing has been written:{}\nsay --force to write over them, or leave their \
             tables out",
            listed(&in_the_way)
        )));
    }
    house.put_resources(files, force)
}
