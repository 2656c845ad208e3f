//! `add`: more of a service, in place.

mod operation;
mod resource;
mod subscriber;
mod task;

pub(crate) use resource::put as put_resource;

use crate::arguments::Thing;
use crate::edit::manifest::{Dependency, Edit};
use crate::failure::Failure;
use crate::house::House;
use crate::screen::Screen;
use crate::spec::Name;

pub(crate) fn run(thing: &Thing, screen: &mut Screen) -> Result<(), Failure> {
    match thing {
        Thing::Resource(resource) => resource::run(resource, screen),
        Thing::Operation(operation) => operation::run(operation, screen),
        Thing::Subscriber(subscriber) => subscriber::run(subscriber, screen),
        Thing::Task(task) => task::run(task, screen),
    }
}

/// A name that was said, which becomes that of a function, a struct or a module.
fn name(what: &str, text: &str) -> Result<Name, Failure> {
    let wrong = |why: &str| Failure::Trouble(format!("`{text}` can't be the name of {what}: {why}"));
    let name = Name::read(text)
        .ok_or_else(|| wrong("begin with a letter, and use ASCII letters, digits, - and _"))?;
    if syn::parse_str::<syn::Ident>(&name.snake).is_err() || name.module() != name.snake {
        return Err(wrong("it is a word of Rust; write another one"));
    }
    Ok(name)
}

/// What is added writes log lines.
fn with_tracing(house: &mut House) -> Result<(), Failure> {
    let path = "Cargo.toml";
    let by_hand = "[dependencies]\ntracing = \"0.1\"";
    let before = house.draft.text(path)?.unwrap_or_default();
    let edited = Edit::read(&before).and_then(|mut edit| {
        if !edit.has("dependencies", "tracing") {
            let source = ("version", "0.1".to_owned());
            edit.depend(&Dependency { kind: "dependencies", name: "tracing", source, features: &[] })?;
        }
        Ok(edit.text())
    });
    match edited {
        Ok(after) => house.draft.set(path, after, false),
        Err(why) => Err(house.draft.refuse(path, &why, by_hand)),
    }
}
