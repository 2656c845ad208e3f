//! All resources of a crate, with the values and choices that they reach: what the back ends read.

use std::path::PathBuf;

use fourfold_model::model::Element;
use fourfold_model::types::Scalar;
use fourfold_model::{model, rpc};

/// All resources of a crate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// The proto packages, by name.
    pub packages: Vec<Package>,
    /// The events that are not a resource's own, by type and name.
    pub events: Vec<Event>,
    /// The tasks that are not a resource's own, by their names.
    pub tasks: Vec<Task>,
}

/// A struct with `#[derive(Event)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The struct.
    pub item: Item<model::Event>,
    /// The values and choices that it reaches, as a package of its own: no proto file holds them.
    pub reach: Package,
}

/// A struct with `#[derive(Task)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The struct.
    pub item: Item<model::Task>,
    /// The values and choices that it reaches, as a package of its own. What was not found among what was read is not in it:
    /// nothing is written from tasks, so that is nobody's mistake.
    pub reach: Package,
}

/// A proto package: what one `.proto` file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// Its name, `shop.order.v1`.
    pub name: String,
    /// The resources, by name.
    pub resources: Vec<Item<model::Resource>>,
    /// The structs with `#[derive(Event)]` whose type begins with the package's name, by name: one for each type, and none for
    /// what happens to a resource here.
    pub events: Vec<Item<model::Event>>,
    /// The values that the resources and events reach, by name. One that two packages reach is in both.
    pub values: Vec<Item<model::Value>>,
    /// The choices that the resources and events reach, by name. One that two packages reach is in both.
    pub choices: Vec<Item<model::Choice>>,
}

/// An item of the crate, and where it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<T> {
    /// What it means.
    pub model: T,
    /// The file that it is in.
    pub file: PathBuf,
    /// The path of its module in a crate of the usual layout, `crate::resources::order`.
    pub module: String,
}

/// What a field's type that is not a scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Named<'a> {
    /// A nested struct.
    Value(&'a model::Value),
    /// A closed set of names.
    Choice(&'a model::Choice),
}

impl Catalog {
    /// The resources of all packages, with the package that each is in.
    pub fn resources(&self) -> impl Iterator<Item = (&Package, &Item<model::Resource>)> {
        self.packages.iter().flat_map(|package| package.resources.iter().map(move |item| (package, item)))
    }

    /// The package that an event's type begins with, if it is one of these: then the crate publishes it. All others are those
    /// of other services, to which it listens.
    #[must_use]
    pub fn publisher(&self, event: &model::Event) -> Option<&Package> {
        let names = self.packages.iter().map(|package| package.name.as_str());
        let publisher = publisher(names, &event.event)?;
        self.packages.iter().find(|package| package.name == publisher)
    }
}

/// The longest of the packages' names that the type of an event begins with.
pub(crate) fn publisher<'a>(packages: impl Iterator<Item = &'a str>, event_type: &str) -> Option<&'a str> {
    let begins = |package: &&str| event_type.strip_prefix(*package).is_some_and(|rest| rest.starts_with('.'));
    packages.filter(begins).max_by_key(|package| package.len())
}

/// The values of an enum whose names in proto don't tell what they are in JSON: without the enum's name, in lower case. The
/// name of each, and what it is in JSON.
pub(crate) fn unusual_values<'a>(
    choice: &str,
    sent: impl Iterator<Item = &'a String>,
) -> Vec<(String, String)> {
    let prefix = rpc::unspecified(choice).trim_end_matches("UNSPECIFIED").len();
    let named = sent.map(|wire| (rpc::enum_value(choice, wire), wire.clone()));
    named.filter(|(name, wire)| name[prefix..].to_ascii_lowercase() != *wire).collect()
}

/// The type of an event as a name that may stand in a path of files or of JSON: others may have `/` in theirs. No type has
/// two dots in a row.
#[must_use]
pub fn key(event_type: &str) -> String {
    event_type.replace('/', "..")
}

impl Package {
    /// The events that have a message here: the type of each, and the name of its message.
    #[must_use]
    pub fn event_messages(&self) -> Vec<(String, String)> {
        let resources = self.resources.iter().map(|item| &item.model);
        let of_resources = resources.flat_map(|model| {
            model.events().map(|(event, _)| (model.event_type(event), rpc::event_message(&model.name, event)))
        });
        let others = self.events.iter().map(|item| (item.model.event.clone(), item.model.name.clone()));
        of_resources.chain(others).collect()
    }

    /// The fields of its messages that are strings or bytes and hold more than that, `Order.id`, and what they hold.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, Scalar)> {
        let resources = self.resources.iter().map(|item| (&item.model.name, &item.model.fields));
        let events = self.events.iter().map(|item| (&item.model.name, &item.model.fields));
        let values = self.values.iter().map(|item| (&item.model.name, &item.model.fields));
        let text = |field: &model::Field| match field.shape.element {
            Element::Scalar(scalar @ (Scalar::Uuid | Scalar::Date | Scalar::Decimal | Scalar::Json)) => {
                Some(scalar)
            }
            _ => None,
        };
        let messages = resources.chain(events).chain(values);
        let fields = messages.flat_map(|(name, fields)| fields.iter().map(move |field| (name, field)));
        fields.filter_map(|(name, field)| Some((format!("{name}.{}", field.name), text(field)?))).collect()
    }

    /// The values of its enums that are called otherwise in JSON than their names tell: `STATUS_IN_TRANSIT`, `in-transit`.
    #[must_use]
    pub fn unusual_values(&self) -> Vec<(String, String)> {
        let choices = self.choices.iter().map(|item| &item.model);
        let values = choices.flat_map(|choice| {
            unusual_values(&choice.name, choice.variants.iter().map(|variant| &variant.wire))
        });
        values.collect()
    }

    /// The value or choice that a field calls by `path`: its last segment, which is unique within a package.
    ///
    /// Reading makes sure that there is one for every field of the package.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<Named<'_>> {
        let name = path.rsplit("::").next().unwrap_or(path).trim();
        // Both are by name.
        let value = self.values.binary_search_by(|item| item.model.name.as_str().cmp(name));
        let choice = || self.choices.binary_search_by(|item| item.model.name.as_str().cmp(name));
        match value {
            Ok(value) => Some(Named::Value(&self.values[value].model)),
            Err(_) => choice().ok().map(|choice| Named::Choice(&self.choices[choice].model)),
        }
    }

    /// The last segment before the version, `order`: what the package's file is called.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.name.rsplit('.').nth(1).unwrap_or(&self.name)
    }

    /// The version, `v1`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// The path of the package's file below the proto root, `shop/order/v1/order.proto`.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}/{}.proto", self.name.replace('.', "/"), self.stem())
    }
}
