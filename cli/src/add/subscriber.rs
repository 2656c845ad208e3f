//! `add subscriber`.

use askama::Template;

use super::{name, with_tracing};
use crate::arguments::AddSubscriber;
use crate::edit::Call;
use crate::failure::Failure;
use crate::house::House;
use crate::scaffold::resource::rendered;
use crate::scaffold::service::ended;
use crate::screen::Screen;
use crate::spec::{capital, with_article};

#[derive(Template)]
#[template(path = "scaffold/subscriber.rs")]
struct SubscriberView {
    title: String,
    path: String,
    event: String,
    what: String,
    name: String,
    singular: String,
    said: String,
    one: bool,
}

/// The resource and the event that `--on` says: `product`, `product.created`, or an event's type as logs have it.
fn wanted<'a>(on: &'a str, house: &House) -> (&'a str, Option<&'a str>) {
    let of_ours = house.catalog.resources().find_map(|(package, item)| {
        let rest = on.strip_prefix(package.name.as_str())?.strip_prefix('.')?;
        let event = rest.strip_prefix(item.model.singular.as_str())?;
        let is_whole = event.is_empty() || event.starts_with('.');
        is_whole.then(|| (&rest[..item.model.singular.len()], event.strip_prefix('.')))
    });
    of_ours.unwrap_or_else(|| match on.rsplit_once('.') {
        Some((resource, event)) => (resource, Some(event)),
        None => (on, None),
    })
}

pub(super) fn run(arguments: &AddSubscriber, screen: &mut Screen) -> Result<(), Failure> {
    let name = name("a subscriber", &arguments.name)?;
    let mut house = House::enter(&arguments.place, screen)?;
    let (resource, event) = wanted(&arguments.on, &house);
    let item = house.resource(resource).map_err(|failure| match failure {
        Failure::Trouble(why) if resource.contains('.') => Failure::Trouble(format!(
            "{why}; an event of another service is a struct with `#[derive(Event)]`, or comes from its contracts by \
             `.events(..)` in build.rs: docs/events.md"
        )),
        other => other,
    })?;
    let resource = &item.model;
    let events: Vec<&str> = resource.events().map(|(event, _)| event).collect();
    if let Some(event) = event.filter(|event| !events.contains(event)) {
        return Err(Failure::Trouble(format!(
            "`{}` has no event `{event}`: it has {}",
            resource.singular,
            events.join(", ")
        )));
    }
    let words = resource.singular.replace('_', " ");
    let said = |event: &str| format!("{words} {}", event.replace('_', " "));
    let view = SubscriberView {
        title: capital(&name.words()),
        path: item.module.clone(),
        event: format!("{}{}", resource.name, event.map_or("Event".to_owned(), fourfold_model::pascal)),
        what: match event {
            Some(event) => format!("that {} is {}", with_article(&words), event.replace('_', " ")),
            None => format!("all that happens to {}", resource.plural.replace('_', " ")),
        },
        name: name.snake.clone(),
        singular: fourfold_model::written(&resource.singular).unwrap_or_default(),
        said: event.map(said).unwrap_or_default(),
        one: event.is_some(),
    };
    let text = rendered(&view);
    let path = format!("src/subscribers/{}.rs", name.snake);
    if let Some(there) = house.draft.text(&path)? {
        if !there.contains(&format!("fn {}(", name.snake)) || !there.contains(&view.event) {
            return Err(house.draft.refuse(&path, "it is there already, and hears something else", &text));
        }
    } else {
        house.add_file("subscribers", "Who listens to events.", &name.snake, ended(&text))?;
        with_tracing(&mut house)?;
    }
    let group = name.snake.replace('_', "-");
    house.serve(|around| {
        vec![Call {
            method: "subscribe",
            rest: format!("(\"{group}\", {around}subscribers::{0}::{0})", name.snake),
            key: group.clone(),
        }]
    })?;
    house.draft.finish(arguments.place.dry_run, screen)?;
    Ok(())
}
