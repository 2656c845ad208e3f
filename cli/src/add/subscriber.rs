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

pub(super) fn run(arguments: &AddSubscriber, screen: &mut Screen) -> Result<(), Failure> {
    let name = name("a subscriber", &arguments.name)?;
    let mut house = House::enter(&arguments.place, screen)?;
    let (resource, event) = match arguments.on.rsplit_once('.') {
        Some((resource, event)) => (resource, Some(event)),
        None => (arguments.on.as_str(), None),
    };
    let item = house.resource(resource)?;
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
