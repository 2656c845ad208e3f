//! Random definitions to begin with.

use fourfold_random::Random;

use super::definition::{Definition, Field, Id, Message, Operation};
use super::types::{Element, SCALARS};

const NAMES: [&str; 16] = [
    "code", "label", "amount", "weight", "ready", "owner", "moment", "price", "rank", "memo", "total",
    "color", "place", "title", "level", "mark",
];

/// Whose field it is: that decides what may be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    Resource,
    Value,
    Task,
    Event,
}

/// A definition, without regard to whether the front end takes it.
pub(super) fn definition(random: &mut Random, nth: usize) -> Definition {
    let mut fields = Vec::new();
    // One of each of what edits need, and some more.
    let mut text = Field::new("text", Element::Text);
    text.filter = true;
    text.sort = true;
    fields.push(text);
    let mut status = Field::new("status", Element::Status);
    status.filter = random.often(50);
    status.optional = random.often(25);
    fields.push(status);
    let mut item = Field::new("item", Element::Item);
    item.list = random.often(50);
    fields.push(item);
    let mut note = Field::new("note", Element::Text);
    note.optional = true;
    fields.push(note);
    let mut names = NAMES.to_vec();
    for _ in 0..4 + random.below(4) {
        fields.push(field(random, Home::Resource, &mut names));
    }
    let several = |random: &mut Random, home, first: Element| {
        let mut names = NAMES.to_vec();
        let mut fields = vec![Field::new("first", first)];
        for _ in 0..2 + random.below(2) {
            fields.push(field(random, home, &mut names));
        }
        fields
    };
    let item = several(random, Home::Value, Element::Text);
    let reason = several(random, Home::Value, Element::Text);
    let task = Message {
        name: format!("pair{nth}.remind"),
        queue: random.often(30).then(|| "slow".to_owned()),
        fields: several(random, Home::Task, Element::I32),
    };
    let event = Message {
        name: format!("old.pair{nth}.v1.thing.delayed"),
        queue: None,
        fields: several(random, Home::Event, Element::U32),
    };
    let operation = |name: &str, input: Option<&str>, event: Option<&str>| Operation {
        name: name.to_owned(),
        input: input.map(str::to_owned),
        event: event.map(str::to_owned),
    };
    Definition {
        nth,
        name: "Thing".to_owned(),
        path: format!("things-{nth}"),
        table: format!("things_{nth}"),
        queue: random.often(25).then(|| "bulk".to_owned()),
        retries: None,
        id: *random.one(&[Id::Uuid, Id::Uuid, Id::I64, Id::Text]),
        fields,
        statuses: ["Open", "Held", "Done"].map(str::to_owned).to_vec(),
        item,
        reason,
        operations: vec![operation("close", Some("Reason"), Some("closed")), operation("ping", None, None)],
        task: Some(task),
        event: Some(event),
        version: random.often(40),
    }
}

/// A field that is not among those of these names that are gone.
pub(super) fn field(random: &mut Random, home: Home, names: &mut Vec<&str>) -> Field {
    let name = names.remove(random.below(names.len()));
    let mut field = Field::new(name, *random.one(&SCALARS));
    field.list = random.often(12);
    field.optional = random.often(30);
    let scalar = !field.list;
    if scalar && field.element.default(false).is_some() && random.often(25) {
        field.default = Some(false);
    }
    if scalar && home != Home::Event && random.often(30) {
        field.limits = limits(field.element);
    }
    if home == Home::Resource {
        match random.below(10) {
            0 => field.output_only = true,
            1 => field.input_only = true,
            2 => field.immutable = true,
            _ => {}
        }
        field.sensitive = random.often(8);
        if scalar && !field.input_only {
            field.filter = random.often(30);
            field.sort = random.often(20);
        }
        field.unique = scalar
            && random.often(10)
            && field.limits.is_none()
            && field.default.is_none()
            && !field.output_only
            && matches!(field.element, Element::Text | Element::I32 | Element::I64 | Element::Uuid);
    }
    field
}

/// Limits that a type may have.
pub(super) fn limits(element: Element) -> Option<(u32, u32)> {
    if element.has_length() {
        Some((2, 40))
    } else if element.has_range() {
        Some((1, 100))
    } else {
        None
    }
}
