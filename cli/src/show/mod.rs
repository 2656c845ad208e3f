//! `cargo fourfold show`: what an attribute produced.

mod errors;
mod expansion;
mod fields;
mod routes;
mod table;

use fourfold_codegen::catalog::{Item, Package as Protos};
use fourfold_codegen::{openapi, proto};
use fourfold_model::model::Resource;
use fourfold_model::sql::{self, Statements};

use crate::arguments::{Section, Show};
use crate::failure::Failure;
use crate::package::Package;
use crate::read::{self, Read};
use crate::screen::{Paint, Screen};

/// A resource, and what it is part of.
struct Shown<'a> {
    package: &'a Package,
    read: &'a Read,
    protos: &'a Protos,
    item: &'a Item<Resource>,
}

pub(crate) fn run(arguments: &Show, screen: &mut Screen) -> Result<(), Failure> {
    let package = Package::find(&arguments.selection)?;
    let read = read::read(&package, read::files(&package), screen)?;
    let chosen = choose(&read, arguments.resource.as_deref())?;
    let mut sections: Vec<Section> =
        if arguments.only.is_empty() { Section::USUAL.to_vec() } else { arguments.only.clone() };
    sections.sort_unstable();
    sections.dedup();
    // A text that is for another program has no headings.
    let bare = chosen.len() == 1 && sections.len() == 1;
    for (index, (protos, item)) in chosen.iter().enumerate() {
        let shown = Shown { package: &package, read: &read, protos, item };
        if !bare {
            heading(&shown, index > 0, screen);
        }
        for section in &sections {
            // A package has one file, however many of its resources are shown.
            let again = chosen.iter().take(index).any(|(before, _)| before.name == protos.name);
            if *section == Section::Proto && again {
                continue;
            }
            if !bare {
                let title = screen.paint(Paint::Cyan, title(*section));
                screen.line("");
                screen.line(&title);
            }
            for line in section_text(*section, &shown)?.trim_end().lines() {
                screen.line(line);
            }
        }
    }
    Ok(())
}

/// The resources of that name; all of them without one.
fn choose<'a>(read: &'a Read, name: Option<&str>) -> Result<Vec<(&'a Protos, &'a Item<Resource>)>, Failure> {
    let full = |protos: &Protos, item: &Item<Resource>| format!("{}.{}", protos.name, item.model.name);
    let all = read.catalog.resources();
    let Some(name) = name else { return Ok(all.collect()) };
    let found: Vec<_> =
        all.filter(|(protos, item)| item.model.name == name || full(protos, item) == name).collect();
    if found.is_empty() {
        let names: Vec<String> =
            read.catalog.resources().map(|(protos, item)| format!("\n  {}", full(protos, item))).collect();
        return Err(Failure::Trouble(format!("there is no resource `{name}`; there are:{}", names.concat())));
    }
    Ok(found)
}

fn heading(shown: &Shown<'_>, again: bool, screen: &mut Screen) {
    let Shown { package, protos, item, .. } = shown;
    if again {
        screen.line("");
    }
    let name = screen.paint(Paint::Bold, &format!("{}.{}", protos.name, item.model.name));
    let file = crate::package::shown(&package.root.join(&item.file));
    screen.line(&format!("{name}  {file}"));
}

const fn title(section: Section) -> &'static str {
    match section {
        Section::Routes => "routes",
        Section::Rpcs => "rpcs",
        Section::Fields => "fields",
        Section::Sql => "sql",
        Section::Errors => "errors",
        Section::Proto => "proto",
        Section::Openapi => "openapi",
        Section::Expansion => "expansion",
    }
}

fn section_text(section: Section, shown: &Shown<'_>) -> Result<String, Failure> {
    let Shown { read, protos, item, .. } = shown;
    let resource = &item.model;
    Ok(match section {
        Section::Routes => routes::routes(resource),
        Section::Rpcs => routes::rpcs(protos, resource),
        Section::Fields => fields::fields(read, protos, resource),
        Section::Sql => statements(resource),
        Section::Errors => errors::errors(),
        Section::Proto => proto::text(&proto::file(protos, &read.update.lock)),
        Section::Openapi => openapi::document(protos, resource),
        Section::Expansion => expansion::expansion(shown)?,
    })
}

fn statements(resource: &Resource) -> String {
    let mut out = String::new();
    for (engine, statements) in [("SQLite", sql::sqlite(resource)), ("PostgreSQL", sql::postgres(resource))] {
        let Statements { select, get, insert, update, delete } = statements;
        out.push_str(&["-- ", engine, "\n"].concat());
        for statement in [select, get, insert, update, delete] {
            out.push_str(&statement);
            out.push_str(";\n");
        }
    }
    out
}
