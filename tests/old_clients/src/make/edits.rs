//! Every kind of edit that the rules know.

use fourfold_random::Random;

use super::base::{self, Home};
use super::definition::{Definition, Field, Id, Operation};
use super::types::{Element, SCALARS};

/// An edit that finds something to change, or not.
type Edit = fn(&mut Definition, &mut Random) -> Option<()>;
type FieldEdit = fn(&mut Vec<Field>, &mut Random, Home) -> Option<()>;

/// A kind of edit.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Whole(&'static str, Edit),
    Field(&'static str, FieldEdit, Place),
}

/// Whose fields are edited.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Resource,
    Item,
    Input,
    Task,
    Event,
}

const PLACES: [Place; 5] = [Place::Resource, Place::Item, Place::Input, Place::Task, Place::Event];

/// All of them.
pub(super) fn all() -> Vec<Kind> {
    let mut all: Vec<Kind> = WHOLE.iter().map(|(name, edit)| Kind::Whole(name, *edit)).collect();
    for place in PLACES {
        all.extend(FIELD.iter().map(|(name, edit)| Kind::Field(name, *edit, place)));
    }
    all.extend(RESOURCE_FIELD.iter().map(|(name, edit)| Kind::Field(name, *edit, Place::Resource)));
    all
}

impl Kind {
    pub(super) fn name(self) -> String {
        match self {
            Self::Whole(name, _) => name.to_owned(),
            Self::Field(name, _, place) => format!("{}: {name}", format!("{place:?}").to_lowercase()),
        }
    }

    pub(super) fn apply(self, definition: &mut Definition, random: &mut Random) -> Option<()> {
        match self {
            Self::Whole(_, edit) => edit(definition, random),
            Self::Field(_, edit, Place::Resource) => edit(&mut definition.fields, random, Home::Resource),
            Self::Field(_, edit, Place::Item) => edit(&mut definition.item, random, Home::Value),
            Self::Field(_, edit, Place::Input) => edit(&mut definition.reason, random, Home::Value),
            Self::Field(_, edit, Place::Task) => {
                edit(&mut definition.task.as_mut()?.fields, random, Home::Task)
            }
            Self::Field(_, edit, Place::Event) => {
                edit(&mut definition.event.as_mut()?.fields, random, Home::Event)
            }
        }
    }
}

/// Those of what has fields.
const FIELD: &[(&str, FieldEdit)] = &[
    ("add an optional field", |fields, random, home| {
        add(fields, random, home, |field| field.optional = true)
    }),
    ("add a field with a default", |fields, random, home| {
        add(fields, random, home, |field| field.default = Some(false))
    }),
    ("add a required field", |fields, random, home| add(fields, random, home, |_| {})),
    ("remove a required field", |fields, random, _| remove(fields, random, |field| !field.optional)),
    ("remove an optional field", |fields, random, _| remove(fields, random, |field| field.optional)),
    ("rename a field", |fields, random, home| {
        let field = some(fields, random, |_| true)?;
        let was = std::mem::replace(&mut field.name, "renamed".to_owned());
        // Others have no way to say so.
        field.was = matches!(home, Home::Resource | Home::Value).then_some(was);
        Some(())
    }),
    ("another type", |fields, random, _| {
        let field = some(fields, random, |field| is_plain(field) && field.limits.is_none())?;
        let others: Vec<Element> = SCALARS.into_iter().filter(|other| *other != field.element).collect();
        field.element = *random.one(&others);
        // What a new field would say, or what the old one said.
        field.default = field.default.filter(|_| field.element.default(false).is_some());
        Some(())
    }),
    ("a wider type", |fields, random, _| {
        const WIDER: [(Element, Element); 4] = [
            (Element::I32, Element::I64),
            (Element::U32, Element::I64),
            (Element::Uuid, Element::Text),
            (Element::I32, Element::F64),
        ];
        let field = some(fields, random, |field| {
            is_plain(field) && WIDER.iter().any(|(from, _)| *from == field.element)
        })?;
        let wider: Vec<_> = WIDER.iter().filter(|(from, _)| *from == field.element).collect();
        field.element = random.one(&wider).1;
        field.limits = field.limits.filter(|_| field.element.has_range());
        field.default = field.default.filter(|_| field.element.default(false).is_some());
        Some(())
    }),
    ("a list of it", |fields, random, _| {
        let field = some(fields, random, |field| {
            is_plain(field) && field.limits.is_none() && field.default.is_none()
        })?;
        field.list = true;
        (field.filter, field.sort) = (false, false);
        Some(())
    }),
    ("becomes optional", |fields, random, _| {
        some(fields, random, |field| !field.optional && field.default.is_none())?.optional = true;
        Some(())
    }),
    ("becomes required", |fields, random, _| {
        some(fields, random, |field| field.optional && field.default.is_none())?.optional = false;
        Some(())
    }),
    ("becomes required, with a default", |fields, random, _| {
        let field = some(fields, random, |field| {
            field.optional && field.default.is_none() && !field.list && field.element.default(false).is_some()
        })?;
        (field.optional, field.default) = (false, Some(false));
        Some(())
    }),
    ("a default", |fields, random, _| {
        let field = some(fields, random, |field| {
            field.default.is_none() && !field.list && field.element.default(false).is_some()
        })?;
        field.default = Some(false);
        Some(())
    }),
    ("another default", |fields, random, _| {
        some(fields, random, |field| field.default.is_some())?.default = Some(true);
        Some(())
    }),
    ("no default", |fields, random, _| {
        some(fields, random, |field| field.default.is_some())?.default = None;
        Some(())
    }),
    ("a rule", |fields, random, home| {
        let field = some(fields, random, |field| {
            home != Home::Event
                && !field.list
                && field.limits.is_none()
                && !field.unique
                && base::limits(field.element).is_some()
        })?;
        field.limits = base::limits(field.element);
        Some(())
    }),
    ("a stricter rule", |fields, random, _| {
        let field = some(fields, random, |field| field.limits.is_some())?;
        field.limits = field
            .limits
            .map(|(least, most)| if random.often(50) { (least + 1, most) } else { (least, most - 5) });
        Some(())
    }),
    ("a looser rule", |fields, random, _| {
        let field = some(fields, random, |field| field.limits.is_some())?;
        field.limits = field
            .limits
            .map(|(least, most)| if random.often(50) { (least - 1, most) } else { (least, most + 5) });
        Some(())
    }),
    ("no rule", |fields, random, _| {
        some(fields, random, |field| field.limits.is_some())?.limits = None;
        Some(())
    }),
    ("deprecated", |fields, random, home| {
        if home == Home::Task {
            return None;
        }
        some(fields, random, |_| true)?.deprecated = true;
        Some(())
    }),
    ("another order", |fields, _, _| {
        fields.reverse();
        Some(())
    }),
];

macro_rules! toggle {
    ($word:ident, $wanted:expr) => {
        |fields, random, _| {
            let field = some(fields, random, $wanted)?;
            field.$word = !field.$word;
            Some(())
        }
    };
}

/// Those of a resource's alone.
const RESOURCE_FIELD: &[(&str, FieldEdit)] = &[
    (
        "becomes output_only",
        toggle!(output_only, |field| is_plain(field)
            && !field.output_only
            && !field.input_only
            && !field.immutable),
    ),
    ("output_only no more", toggle!(output_only, |field| field.output_only)),
    (
        "becomes input_only",
        toggle!(input_only, |field| {
            !field.input_only && !field.output_only && !field.immutable && !field.filter && !field.sort
        }),
    ),
    ("input_only no more", toggle!(input_only, |field| field.input_only)),
    (
        "becomes immutable",
        toggle!(immutable, |field| !field.immutable && !field.output_only && !field.input_only),
    ),
    ("immutable no more", toggle!(immutable, |field| field.immutable)),
    ("becomes sensitive", toggle!(sensitive, |field| !field.sensitive)),
    ("sensitive no more", toggle!(sensitive, |field| field.sensitive)),
    (
        "becomes unique",
        toggle!(unique, |field| {
            !field.unique
                && is_plain(field)
                && matches!(field.element, Element::Text | Element::I64 | Element::Uuid)
        }),
    ),
    ("unique no more", toggle!(unique, |field| field.unique)),
    ("becomes filter", toggle!(filter, |field| is_plain(field) && !field.filter && !field.input_only)),
    ("filter no more", toggle!(filter, |field| field.filter)),
    ("becomes sort", toggle!(sort, |field| is_plain(field) && !field.sort && !field.input_only)),
    ("sort no more", toggle!(sort, |field| field.sort)),
    ("refers", toggle!(references, |field| is_plain(field) && field.element == Element::Uuid)),
];

/// Those of the whole definition.
const WHOLE: &[(&str, Edit)] = &[
    ("another path", |it, _| {
        it.path = format!("others-{}", it.nth);
        Some(())
    }),
    ("another table", |it, _| {
        it.table = format!("others_{}", it.nth);
        Some(())
    }),
    ("another id", |it, random| {
        let others: Vec<Id> = [Id::Uuid, Id::I64, Id::Text].into_iter().filter(|id| *id != it.id).collect();
        it.id = *random.one(&others);
        Some(())
    }),
    ("another resource instead", |it, _| {
        "Other".clone_into(&mut it.name);
        it.path = format!("others-{}", it.nth);
        it.table = format!("others_{}", it.nth);
        Some(())
    }),
    ("a version", |it, _| {
        it.version = !it.version;
        Some(())
    }),
    ("add a value of a choice", |it, random| {
        it.statuses.insert(random.below(it.statuses.len() + 1), "Lost".to_owned());
        Some(())
    }),
    ("remove a value of a choice", |it, random| {
        it.statuses.remove(1 + random.below(it.statuses.len() - 1));
        Some(())
    }),
    ("another value of a choice", |it, random| {
        let place = 1 + random.below(it.statuses.len() - 1);
        "Gone".clone_into(&mut it.statuses[place]);
        Some(())
    }),
    ("other order of a choice", |it, _| {
        it.statuses.reverse();
        Some(())
    }),
    ("add an operation", |it, random| {
        let input = random.often(50).then(|| "Remark".to_owned());
        it.operations.push(Operation { name: "open".to_owned(), input, event: Some("opened".to_owned()) });
        Some(())
    }),
    ("remove an operation", |it, _| {
        it.operations.retain(|operation| operation.name != "close");
        Some(())
    }),
    ("another input", |it, _| {
        it.operations.first_mut()?.input = Some("Remark".to_owned());
        Some(())
    }),
    ("an input less", |it, _| {
        it.operations.first_mut()?.input = None;
        Some(())
    }),
    ("an input more", |it, _| {
        it.operations.last_mut()?.input = Some("Remark".to_owned());
        Some(())
    }),
    ("another event of an operation", |it, _| {
        it.operations.first_mut()?.event = Some("finished".to_owned());
        Some(())
    }),
    ("an event of an operation less", |it, _| {
        it.operations.first_mut()?.event = None;
        Some(())
    }),
    ("an event of an operation more", |it, _| {
        it.operations.last_mut()?.event = Some("pinged".to_owned());
        Some(())
    }),
    ("another queue", |it, _| {
        it.queue = if it.queue.is_some() { None } else { Some("other".to_owned()) };
        Some(())
    }),
    ("other retries", |it, _| {
        it.retries = Some(2);
        Some(())
    }),
    ("a task less", |it, _| {
        it.task = None;
        Some(())
    }),
    ("another task instead", |it, _| {
        it.task.as_mut()?.name = format!("pair{}.recall", it.nth);
        Some(())
    }),
    ("another queue of a task", |it, _| {
        it.task.as_mut()?.queue = Some("mail".to_owned());
        Some(())
    }),
    ("an event less", |it, _| {
        it.event = None;
        Some(())
    }),
    ("another event instead", |it, _| {
        it.event.as_mut()?.name = format!("old.pair{}.v1.thing.late", it.nth);
        Some(())
    }),
];

fn some<'a>(
    fields: &'a mut [Field],
    random: &mut Random,
    wanted: impl Fn(&Field) -> bool,
) -> Option<&'a mut Field> {
    let found: Vec<usize> = (0..fields.len()).filter(|index| wanted(&fields[*index])).collect();
    if found.is_empty() { None } else { fields.get_mut(*random.one(&found)) }
}

/// Whether it is one value of a type that is not the definition's own.
fn is_plain(field: &Field) -> bool {
    !field.list && SCALARS.contains(&field.element) && !field.unique
}

fn add(fields: &mut Vec<Field>, random: &mut Random, home: Home, change: impl Fn(&mut Field)) -> Option<()> {
    let mut field = base::field(random, home, &mut vec!["added"]);
    (field.optional, field.default, field.output_only, field.unique) = (false, None, false, false);
    change(&mut field);
    let fits = match field.default {
        Some(_) => field.element.default(false).is_some() && !field.list,
        None => field.optional || field.is_needed(),
    };
    fields.insert(random.below(fields.len() + 1), field);
    fits.then_some(())
}

fn remove(fields: &mut Vec<Field>, random: &mut Random, wanted: impl Fn(&Field) -> bool) -> Option<()> {
    let found: Vec<usize> = (0..fields.len()).filter(|index| wanted(&fields[*index])).collect();
    if found.is_empty() || fields.len() < 2 {
        return None;
    }
    fields.remove(*random.one(&found));
    Some(())
}
