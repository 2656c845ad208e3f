//! All resources of a crate, with the values and choices that they reach: what the back ends read.

use std::path::PathBuf;

use fourfold_model::model;

/// All resources of a crate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// The proto packages, by name.
    pub packages: Vec<Package>,
    /// The events that are not a resource's own, by type and name.
    pub events: Vec<Event>,
}

/// A struct with `#[derive(Event)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The struct.
    pub item: Item<model::Event>,
    /// The values and choices that it reaches, as a package of its own: no proto file holds them.
    pub reach: Package,
}

/// A proto package: what one `.proto` file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// Its name, `shop.order.v1`.
    pub name: String,
    /// The resources, by name.
    pub resources: Vec<Item<model::Resource>>,
    /// The values that the resources reach, by name. One that two packages reach is in both.
    pub values: Vec<Item<model::Value>>,
    /// The choices that the resources reach, by name. One that two packages reach is in both.
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
        let begins = |package: &&Package| {
            event.event.strip_prefix(&package.name).is_some_and(|rest| rest.starts_with('.'))
        };
        self.packages.iter().filter(begins).max_by_key(|package| package.name.len())
    }
}

/// The type of an event as a name that may stand in a path of files or of JSON: others may have `/` in theirs. No type has
/// two dots in a row.
#[must_use]
pub fn key(event_type: &str) -> String {
    event_type.replace('/', "..")
}

impl Package {
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
