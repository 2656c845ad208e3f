//! From single items to packages: what each resource reaches.

use std::collections::{BTreeMap, BTreeSet};

use fourfold_model::model::{self, Element};
use fourfold_model::types::TYPES;
use fourfold_model::{FieldDecl, nearest_name, rpc};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned as _;

use super::items::{Entry, Scope};
use super::resolve::{self, Meaning};
use super::{Crate, Definition};
use crate::catalog::{self, Catalog, Event, Item, Package, Task};
use crate::report::{Place, Report, shown};

/// What the packages hold, by index.
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) packages: BTreeMap<String, Members>,
    /// What each event without mistakes reaches, by its index.
    pub(crate) events: BTreeMap<usize, BTreeSet<Definition>>,
    /// What was found of what each task without mistakes reaches, by its index.
    pub(crate) tasks: BTreeMap<usize, BTreeSet<Definition>>,
    links: BTreeMap<(Scope, String), Definition>,
}

/// What one package holds.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) resources: Vec<usize>,
    /// The events that have a message in it.
    pub(crate) events: Vec<usize>,
    pub(crate) definitions: BTreeSet<Definition>,
}

/// Finds out what the resources reach. One that reaches something with mistakes is left out.
pub(super) fn all(all: &Crate, reports: &mut Vec<Report>) -> Reached {
    let mut walk =
        Walk { all, reports, reached: Reached::default(), known: BTreeMap::new(), stack: Vec::new() };
    for (index, resource) in all.resources.iter().enumerate() {
        let Some(model) = resource.model.as_ref().filter(|_| !resource.broken) else { continue };
        let fields = walk.fields(&resource.scope, &model.fields, &resource.declaration.fields);
        let inputs = walk.inputs(resource, model);
        if let (Some(mut definitions), Some(inputs)) = (fields, inputs) {
            definitions.extend(inputs);
            let members = walk.reached.packages.entry(model.package.clone()).or_default();
            members.resources.push(index);
            members.definitions.extend(definitions);
        }
    }
    for (index, event) in all.events.iter().enumerate() {
        let Some(model) = event.model.as_ref().filter(|_| !event.broken) else { continue };
        if let Some(definitions) = walk.fields(&event.scope, &model.fields, &event.declaration.fields) {
            walk.reached.events.insert(index, definitions);
        }
    }
    for (index, task) in all.tasks.iter().enumerate() {
        let Some(model) = task.model.as_ref().filter(|_| !task.broken) else { continue };
        let definitions = walk.found(&task.scope, &model.fields, &task.declaration.fields);
        walk.reached.tasks.insert(index, definitions);
    }
    walk.reached.publish(all);
    walk.reached
}

struct Walk<'a> {
    all: &'a Crate,
    reports: &'a mut Vec<Report>,
    reached: Reached,
    /// What a value reaches, itself included; `None` where something is wrong with that.
    known: BTreeMap<usize, Option<BTreeSet<Definition>>>,
    /// The values on the way to the one at hand.
    stack: Vec<usize>,
}

impl Walk<'_> {
    /// What the fields reach, or `None` where that is not sound. All fields are looked at in any case.
    fn fields(
        &mut self,
        scope: &Scope,
        fields: &[model::Field],
        declared: &[FieldDecl],
    ) -> Option<BTreeSet<Definition>> {
        let mut out = Some(BTreeSet::new());
        for (field, declared) in fields.iter().zip(declared) {
            let Element::Named(path) = &field.shape.element else { continue };
            let span = named(&declared.ty, path);
            let reached = self.link(scope, path, span).and_then(|one| self.reach(one, scope, span));
            out = out.zip(reached).map(|(mut out, reached)| {
                out.extend(reached);
                out
            });
        }
        out
    }

    /// What the fields reach, as far as it is there: what is not is no mistake.
    fn found(
        &mut self,
        scope: &Scope,
        fields: &[model::Field],
        declared: &[FieldDecl],
    ) -> BTreeSet<Definition> {
        let told = self.reports.len();
        let each = fields.iter().zip(declared).filter_map(|(field, declared)| {
            self.fields(scope, std::slice::from_ref(field), std::slice::from_ref(declared))
        });
        let found = each.flatten().collect();
        self.reports.truncate(told);
        found
    }

    fn inputs(
        &mut self,
        resource: &Entry<model::Resource>,
        model: &model::Resource,
    ) -> Option<BTreeSet<Definition>> {
        let mut out = Some(BTreeSet::new());
        for (operation, declared) in model.operations.iter().zip(&resource.declaration.operations) {
            let (Some(path), Some(input)) = (&operation.input, &declared.input) else { continue };
            let span = input.span();
            let mut found = self.link(&resource.scope, path, span);
            if let Some(choice @ Definition::Choice(_)) = found {
                let message =
                    format!("the input of `{}` is a choice, and an input is a struct", operation.name);
                self.reports.push(
                    Report::catalog(message)
                        .at(self.all.place(&resource.scope, span), "")
                        .at(self.all.definition_place(choice), "it is this one")
                        .help("write a struct with `#[derive(Value)]` that has a field of this type"),
                );
                found = None;
            }
            let reached = found.and_then(|one| self.reach(one, &resource.scope, span));
            out = out.zip(reached).map(|(mut out, reached)| {
                out.extend(reached);
                out
            });
        }
        out
    }

    /// The item that a path means. What can't be found is reported where it is said, once.
    fn link(&mut self, scope: &Scope, path: &str, span: Span) -> Option<Definition> {
        let report = match resolve::find(self.all, scope, path) {
            Meaning::One(found) => {
                self.reached.links.insert((scope.clone(), path.to_owned()), found);
                return Some(found);
            }
            Meaning::Several(found) => self.ambiguous(path, &found),
            Meaning::None if self.all.unread => return None,
            Meaning::None => self.missing(path),
        };
        let mut report = report;
        report
            .places
            .insert(0, crate::report::Label { place: self.all.place(scope, span), text: String::new() });
        if !self.reports.contains(&report) {
            self.reports.push(report);
        }
        None
    }

    fn reach(&mut self, found: Definition, scope: &Scope, span: Span) -> Option<BTreeSet<Definition>> {
        if self.all.broken(found) {
            return None;
        }
        let Definition::Value(index) = found else { return Some(BTreeSet::from([found])) };
        if self.stack.contains(&index) {
            self.endless(index, scope, span);
            return None;
        }
        if let Some(known) = self.known.get(&index) {
            return known.clone();
        }
        let value = &self.all.values[index];
        self.stack.push(index);
        let fields = value.model.as_ref().map_or(&[][..], |model| &model.fields);
        let mut reached = self.fields(&value.scope, fields, &value.declaration.fields);
        self.stack.pop();
        if let Some(reached) = &mut reached {
            reached.insert(found);
        }
        self.known.insert(index, reached.clone());
        reached
    }

    fn endless(&mut self, index: usize, scope: &Scope, span: Span) {
        let own = self.all.values[index].name();
        let way = self.stack.iter().skip_while(|one| **one != index).skip(1);
        let way: Vec<String> = way.map(|one| format!("`{}`", self.all.values[*one].name())).collect();
        let report = Report::catalog(format!("`{own}` holds itself, through {}", way.join(" and ")))
            .at(self.all.place(scope, span), "")
            .help(
                "a value has a fixed depth; make it a resource that references its parent, or write `Json`",
            );
        if !self.reports.contains(&report) {
            self.reports.push(report);
        }
    }

    fn ambiguous(&self, path: &str, found: &[Definition]) -> Report {
        let report = Report::catalog(format!("`{path}` may be any of {} items of that name", found.len()));
        let report = found
            .iter()
            .fold(report, |report, one| report.at(self.all.definition_place(*one), "this is one of them"));
        let full = |one: &Definition| {
            let path = [&self.all.scope(*one).module[..], &[self.all.name(*one)]].concat().join("::");
            format!("`crate::{path}`")
        };
        let full: Vec<String> = found.iter().map(full).collect();
        report.help(format!("write its path or import it by name: {}", full.join(" or ")))
    }

    fn missing(&self, path: &str) -> Report {
        let name = resolve::segments(path).pop().unwrap_or_default();
        let report = Report::catalog(format!(
            "`{path}` is neither a field type nor a value or choice in what was read"
        ));
        if let Some(alias) = self.all.aliases.iter().find(|alias| alias.name == name) {
            return report.at(alias.place.clone(), "this gives a type another name").help(
                "write the type itself: types are read by their names, and so are the contracts' fields",
            );
        }
        if let Some(resource) = self.all.resources.iter().find(|resource| resource.name() == name) {
            let target = resource.model.as_ref().map(|model| format!("{}.{}", model.package, model.name));
            return report.at(resource.place(self.all), "this is a resource").help(format!(
                "a field points to a resource by its id: write the id's type and `#[field(references = \"{}\")]`",
                target.unwrap_or(name)
            ));
        }
        let mut known: Vec<String> = self.all.definitions().map(|one| self.all.name(one)).collect();
        known.sort();
        let types = TYPES.iter().map(|info| info.rust);
        let near = nearest_name(&name, known.iter().map(String::as_str).chain(types));
        let report = match near {
            Some(near) => report.help(format!("did you mean `{near}`?")),
            None => report,
        };
        let read: Vec<String> = self.all.paths.iter().map(|path| format!("`{}`", shown(path))).collect();
        let known = match known.len() {
            0 => "nothing with `#[derive(Value)]` or `#[derive(Choice)]`".to_owned(),
            count if count > 12 => format!("{} and {} more", known[..12].join(", "), count - 12),
            _ => known.join(", "),
        };
        report.help(format!("{} was read and has {known}", read.join(" and "))).help(
            "where it is in another file of this crate, name that too: in build.rs \
             `fourfold_codegen::Build::new().resources(\"src/resources\").resources(\"src/shared\").run()`",
        )
    }
}

/// Where a type says a name.
fn named(ty: &syn::Type, path: &str) -> Span {
    let name = resolve::segments(path).pop().unwrap_or_default();
    last(ty.to_token_stream(), &name).unwrap_or_else(|| ty.span())
}

fn last(tokens: TokenStream, name: &str) -> Option<Span> {
    let found = tokens.into_iter().filter_map(|token| match token {
        TokenTree::Ident(ident) if ident == name => Some(ident.span()),
        TokenTree::Group(group) => last(group.stream(), name),
        _ => None,
    });
    found.last()
}

/// The catalog of what was reached.
pub(super) fn catalog(all: &Crate, reached: &Reached) -> Catalog {
    let packages = reached.packages.iter().map(|(name, members)| {
        let resources = members.resources.iter().filter_map(|index| {
            let entry = &all.resources[*index];
            let mut item = item(all, entry)?;
            reached.rename(all, &entry.scope, &mut item.model.fields);
            for input in item.model.operations.iter_mut().filter_map(|one| one.input.as_mut()) {
                reached.rename_path(all, &entry.scope, input);
            }
            Some(item)
        });
        let resources = sorted(resources, |model| &model.name);
        let events = members.events.iter().filter_map(|index| event(all, reached, *index));
        let events = sorted(events, |model| &model.name);
        let package = package(all, reached, name.clone(), &members.definitions);
        Package { resources, events, ..package }
    });
    let mut events: Vec<Event> = reached
        .events
        .iter()
        .filter_map(|(index, definitions)| {
            let item = event(all, reached, *index)?;
            let name = format!("{}.{}", catalog::key(&item.model.event), item.model.name);
            Some(Event { item, reach: package(all, reached, name, definitions) })
        })
        .collect();
    events.sort_by(|one, other| one.reach.name.cmp(&other.reach.name));
    Catalog { packages: packages.collect(), events, tasks: tasks(all, reached) }
}

/// The tasks, by their names.
pub(super) fn tasks(all: &Crate, reached: &Reached) -> Vec<Task> {
    let mut tasks: Vec<Task> = reached
        .tasks
        .iter()
        .filter_map(|(index, definitions)| {
            let entry = &all.tasks[*index];
            let mut item = item(all, entry)?;
            reached.rename(all, &entry.scope, &mut item.model.fields);
            let name = item.model.task.clone();
            Some(Task { item, reach: package(all, reached, name, definitions) })
        })
        .collect();
    tasks.sort_by(|one, other| one.reach.name.cmp(&other.reach.name));
    tasks
}

fn event(all: &Crate, reached: &Reached, index: usize) -> Option<Item<model::Event>> {
    let entry = &all.events[index];
    let mut item = item(all, entry)?;
    reached.rename(all, &entry.scope, &mut item.model.fields);
    Some(item)
}

/// What is reached, as a package without resources and events.
fn package(all: &Crate, reached: &Reached, name: String, definitions: &BTreeSet<Definition>) -> Package {
    let values = definitions.iter().filter_map(|one| {
        let Definition::Value(index) = one else { return None };
        let entry = &all.values[*index];
        let mut item = item(all, entry)?;
        reached.rename(all, &entry.scope, &mut item.model.fields);
        Some(item)
    });
    let choices = definitions.iter().filter_map(|one| match one {
        Definition::Choice(index) => item(all, &all.choices[*index]),
        Definition::Value(_) => None,
    });
    let values = sorted(values, |model| &model.name);
    let choices = sorted(choices, |model| &model.name);
    Package { name, resources: Vec::new(), events: Vec::new(), values, choices }
}

fn item<T: Clone>(all: &Crate, entry: &Entry<T>) -> Option<Item<T>> {
    let module: String = entry.scope.module.iter().flat_map(|name| ["::", name]).collect();
    Some(Item {
        model: entry.model.clone()?,
        file: all.files[entry.scope.file].path.clone(),
        module: format!("crate{module}"),
    })
}

fn sorted<T>(items: impl Iterator<Item = Item<T>>, name: impl Fn(&T) -> &String) -> Vec<Item<T>> {
    let mut items: Vec<Item<T>> = items.collect();
    items.sort_by(|one, other| name(&one.model).cmp(name(&other.model)));
    items
}

impl Reached {
    /// Back ends find items by the last segment of what a field says. Where a field calls an item by another name than
    /// its own, it says the item's name instead.
    fn rename(&self, all: &Crate, scope: &Scope, fields: &mut [model::Field]) {
        for field in fields {
            if let Element::Named(path) = &mut field.shape.element {
                self.rename_path(all, scope, path);
            }
        }
    }

    fn rename_path(&self, all: &Crate, scope: &Scope, path: &mut String) {
        let Some(found) = self.links.get(&(scope.clone(), path.clone())) else { return };
        let name = all.name(*found);
        if resolve::segments(path).last() != Some(&name) {
            *path = name;
        }
    }

    /// The fingerprints, of the models as the macro sees them.
    pub(super) fn fingerprints(&self, all: &Crate) -> BTreeMap<String, u64> {
        let resources = self.packages.values().flat_map(|members| &members.resources);
        let models = resources.filter_map(|index| all.resources[*index].model.as_ref());
        models
            .map(|model| (format!("{}.{}", model.package, model.name), fourfold_model::fingerprint(model)))
            .collect()
    }

    /// Where everything that has a proto number is.
    pub(super) fn places(&self, all: &Crate) -> BTreeMap<String, Place> {
        let mut out = BTreeMap::new();
        for (package, members) in &self.packages {
            for index in &members.resources {
                let resource = &all.resources[*index];
                add_fields(&mut out, all, package, resource);
                add_inputs(&mut out, all, package, resource);
            }
            for index in &members.events {
                add_fields(&mut out, all, package, &all.events[*index]);
            }
            for definition in &members.definitions {
                match definition {
                    Definition::Value(index) => add_fields(&mut out, all, package, &all.values[*index]),
                    Definition::Choice(index) => {
                        let choice = &all.choices[*index];
                        let full = format!("{package}.{}", choice.name());
                        let variants = choice.model.iter().flat_map(|model| &model.variants);
                        for (variant, declared) in variants.zip(&choice.declaration.variants) {
                            let value = rpc::enum_value(&choice.name(), &variant.wire);
                            let place = all.place(&choice.scope, declared.ident.span());
                            out.insert(format!("{full}.{value}"), place);
                        }
                        out.insert(full, choice.place(all));
                    }
                }
            }
        }
        out
    }
}

fn add_inputs(out: &mut BTreeMap<String, Place>, all: &Crate, package: &str, entry: &Entry<model::Resource>) {
    let operations = entry.model.iter().flat_map(|model| &model.operations);
    for (operation, declared) in operations.zip(&entry.declaration.operations) {
        let Some(input) = &declared.input else { continue };
        let request = rpc::request(&rpc::custom_method(&operation.name, &entry.name()));
        let place = all.place(&entry.scope, input.span());
        out.insert(format!("{package}.{request}.{}", rpc::INPUT), place);
    }
}

fn add_fields<T>(out: &mut BTreeMap<String, Place>, all: &Crate, package: &str, entry: &Entry<T>) {
    let full = format!("{package}.{}", entry.name());
    for field in &entry.declaration.fields {
        let name = field.ident.to_string();
        let place = all.place(&entry.scope, field.ident.span());
        out.insert(format!("{full}.{}", name.trim_start_matches("r#")), place);
    }
    out.insert(full, entry.place(all));
}
