//! The events of other services.

use std::path::{Path, PathBuf};

use super::Said;
use super::contracts::{EventFile, messages_of_events};
use super::out::Out;
use crate::catalog::Catalog;
use crate::client::events;
use crate::report::Report;

pub(super) fn write(
    root: &Path,
    folders: &[PathBuf],
    catalog: &Catalog,
    said: &mut Said,
    out: &mut Out,
) -> Result<(), Vec<Report>> {
    for folder in folders {
        for part in ["proto", "asyncapi.json"] {
            let path = folder.join(part);
            if root.join(&path).exists() {
                said.rerun_if_changed(&path);
            }
        }
    }
    if folders.is_empty() {
        return Ok(());
    }
    let events = events::events(root, folders)?;
    for (name, text) in events.files() {
        out.file(name, text);
    }
    for (name, package) in &events.packages {
        out.file(format!("heard/{name}.binpb"), package.proto.clone());
        for (kind, message) in &package.types {
            contract(kind, message, name, package, out);
        }
    }
    // Structs of this crate that read an event of one of these services.
    for event in &catalog.events {
        let model = &event.item.model;
        if let (None, Some((name, package))) = (catalog.publisher(model), events.package(&model.event)) {
            contract(&model.event, &model.name, name, package, out);
        }
    }
    out.module(events.module());
    Ok(())
}

/// How an event is a message; the struct `name` reads it.
fn contract(kind: &str, name: &str, package_name: &str, package: &events::Package, out: &mut Out) {
    let file = EventFile { kind, name };
    let binary = format!("../heard/{package_name}.binpb");
    let expression = messages_of_events(&binary, &package.types, &package.texts, &package.values);
    out.file(file.path(), format!("{}{expression}\n", file.comment()));
}
