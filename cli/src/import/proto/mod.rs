//! The structs of a .proto file that is there, which keep its numbers.

mod choice;
mod message;
mod source;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fourfold_codegen::lock::{Entry, Lock, State};
use protox::prost_reflect::{EnumDescriptor, Kind, MessageDescriptor};

use self::source::Source;
use super::{enter, gathered, names, put, written};
use crate::arguments::Import;
use crate::failure::{Failure, listed};
use crate::house::ResourceFile;
use crate::screen::Screen;
use crate::spec::capital;

pub(super) fn run(arguments: &Import, screen: &mut Screen) -> Result<(), Failure> {
    let mut house = enter(arguments, screen)?;
    let source = Source::read(arguments, screen)?;
    let resources = resources(&source, &arguments.messages)?;
    let mut drawing = Drawing::new(&source, &resources, &house.prefix);
    let mut structs = Vec::new();
    for (message, key) in &resources {
        structs.push(drawing.resource(message, key));
    }
    let mut choices = Vec::new();
    while let Some(next) = drawing.todo.pop_front() {
        match next {
            Todo::Value(message) => structs.push(drawing.value(&message)),
            Todo::Choice(found) => choices.push(drawing.choice(&found)),
        }
    }
    let names: Vec<String> = resources.iter().map(|(message, _)| drawing.name(message.full_name())).collect();
    let stem = source.file.name().rsplit('/').next().unwrap_or_default().trim_end_matches(".proto");
    let module = module(stem);
    let title = capital(&stem.replace(['_', '-', '.'], " "));
    let text = written::file(&title, structs, choices);
    let Drawing { lock, notes, package, names: all, .. } = drawing;
    put(&mut house, vec![ResourceFile { module, resources: names, text }], arguments.force)?;
    house.draft.notes.extend(gathered(notes));
    house.draft.numbers = lock;
    let read = house.draft.generate(&house.package, screen)?;
    let theirs = read.catalog.packages.iter().find(|one| one.name == package);
    if let Some(ours) = theirs.map(|ours| fourfold_codegen::proto::file(ours, &read.update.lock)) {
        house.draft.notes.extend(wire::differences(&source, &ours, &all));
    }
    house.draft.finish(arguments.place.dry_run, screen)?;
    Ok(())
}

/// The name of a module for that of a file.
fn module(stem: &str) -> String {
    let name = names::field(stem, 0, &mut BTreeSet::new());
    let taken = ["mod", "main", "lib", "generated"].contains(&name.as_str());
    if taken || syn::parse_str::<syn::Ident>(&name).is_err() { format!("{name}_file") } else { name }
}

/// The messages that are resources, each with the field that is its id.
fn resources(source: &Source, said: &[String]) -> Result<Vec<(MessageDescriptor, String)>, Failure> {
    let all: Vec<MessageDescriptor> = source.file.messages().collect();
    let asked: BTreeSet<String> = source
        .file
        .services()
        .flat_map(|service| {
            service.methods().map(|method| method.input().full_name().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let made: BTreeSet<String> = source
        .file
        .services()
        .flat_map(|service| {
            let made = service.methods().filter(|method| {
                let name = method.name();
                ["Get", "Create"].iter().any(|verb| name.strip_prefix(verb) == Some(method.output().name()))
            });
            made.map(|method| method.output().full_name().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let mut wrong = Vec::new();
    let mut found = Vec::new();
    let is_named =
        |message: &MessageDescriptor, name: &str| message.name() == name || message.full_name() == name;
    for name in said.iter().filter(|name| !all.iter().any(|message| is_named(message, name))) {
        let names: Vec<&str> = all.iter().map(MessageDescriptor::name).collect();
        wrong.push(format!("there is no message `{name}`: the file has {}", names.join(", ")));
    }
    for message in &all {
        let named = said.iter().any(|name| is_named(message, name));
        let key = message::key(source, message);
        let looks = source.resource_option(message, "type").is_some()
            || made.contains(message.full_name())
            || (message.get_field_by_name("id").is_some() && !asked.contains(message.full_name()));
        if !(named || (said.is_empty() && looks)) {
            continue;
        }
        match key {
            Some(key) => found.push((message.clone(), key)),
            None if named => wrong.push(format!(
                "{}: no field of it can be the id: one that is called `id` or `name`, or has the behaviour IDENTIFIER, and is \
                 a string, int32 or int64",
                message.name()
            )),
            None => {}
        }
    }
    if wrong.is_empty() && found.is_empty() {
        wrong.push(
            "no message looks like a resource (an `id`, the option google.api.resource, or a method that gets or creates it): \
             name them with --messages"
                .to_owned(),
        );
    }
    if wrong.is_empty() {
        return Ok(found);
    }
    Err(Failure::Mistakes(format!(
        "`{}` can't be imported:{}\nnothing has been written",
        source.file.name(),
        listed(&wrong)
    )))
}

/// What a field holds and is drawn as well.
enum Todo {
    Value(MessageDescriptor),
    Choice(EnumDescriptor),
}

/// Structs and choices as they are found.
struct Drawing<'a> {
    source: &'a Source,
    /// The package that they are in.
    package: String,
    /// What messages and enums are called, by their full names in the source.
    names: BTreeMap<String, String>,
    todo: VecDeque<Todo>,
    lock: Lock,
    notes: Vec<String>,
}

impl<'a> Drawing<'a> {
    fn new(source: &'a Source, resources: &[(MessageDescriptor, String)], prefix: &str) -> Self {
        let mut notes = Vec::new();
        let theirs = source.file.package_name();
        let package = package(theirs, prefix);
        if package != theirs {
            notes.push(format!(
                "the package `{theirs}` is `{package}` here, because a package of ours is in lower case and ends in a version: the \
                 bytes of messages stay the same, but callers of its methods use other paths (/{package}.XService/..)"
            ));
        }
        let mut drawing = Self {
            source,
            package,
            names: BTreeMap::new(),
            todo: VecDeque::new(),
            lock: Lock::default(),
            notes,
        };
        for (message, _) in resources {
            drawing.give_name(message.full_name(), &flat(message.full_name(), message.package_name()));
        }
        drawing
    }

    /// What a message or an enum is called.
    fn name(&self, full: &str) -> String {
        self.names.get(full).cloned().unwrap_or_default()
    }

    fn give_name(&mut self, full: &str, wanted: &str) -> String {
        if let Some(name) = self.names.get(full) {
            return name.clone();
        }
        let mut name = wanted.to_owned();
        if names::is_of_type(&name) {
            name.push_str("Entry");
        }
        let name = names::unique(name, &|name| self.names.values().any(|other| other == name));
        // Of another package of the file's own that is told once, above.
        let theirs = self.source.file.package_name();
        let below = full.strip_prefix(theirs).map(|below| below.trim_start_matches('.'));
        let ours = format!("{}.{name}", self.package);
        if below != Some(name.as_str()) {
            self.notes
                .push(format!("{full}: it is `{ours}` here; the bytes are the same, the full name is not"));
        }
        self.names.insert(full.to_owned(), name.clone());
        name
    }

    /// The struct of a message that a field holds.
    fn value_named(&mut self, message: &MessageDescriptor) -> String {
        let full = message.full_name();
        let new = !self.names.contains_key(full);
        let name = self.give_name(full, &flat(full, message.package_name()));
        if new {
            self.todo.push_back(Todo::Value(message.clone()));
        }
        name
    }

    fn choice_named(&mut self, found: &EnumDescriptor) -> String {
        let full = found.full_name();
        let new = !self.names.contains_key(full);
        let name = self.give_name(full, &flat(full, found.package_name()));
        if new {
            self.todo.push_back(Todo::Choice(found.clone()));
        }
        name
    }

    fn note(&mut self, place: &str, text: impl std::fmt::Display) {
        let place =
            place.strip_prefix(self.source.file.package_name()).unwrap_or(place).trim_start_matches('.');
        self.notes.push(format!("{place}: {text}"));
    }

    /// Keeps the number of a field or a value.
    fn keep(&mut self, item: &str, name: String, number: u32, ty: &str, state: State) {
        let full = format!("{}.{item}", self.package);
        let entry = Entry { number, ty: ty.to_owned(), state };
        self.lock.messages.entry(full).or_default().entries.insert(name, entry);
    }
}

/// `Outer.Inner` of a package is `OuterInner`.
fn flat(full: &str, package: &str) -> String {
    let below = full.strip_prefix(package).unwrap_or(full).trim_start_matches('.');
    let is_camel = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_uppercase())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    below
        .split('.')
        .map(|part| if is_camel(part) { part.to_owned() } else { fourfold_model::pascal(part) })
        .collect()
}

fn package(theirs: &str, prefix: &str) -> String {
    let usable = fourfold_model::package_version(theirs).is_some() && !theirs.starts_with("google.");
    if usable {
        return theirs.to_owned();
    }
    let parts: Vec<String> = theirs
        .split('.')
        .map(fourfold_model::snake)
        .filter(|part| fourfold_model::is_lower_snake(part))
        .collect();
    let ours = parts.join(".");
    if ours.is_empty() || ours.starts_with("google") {
        return format!("{prefix}.v1");
    }
    if fourfold_model::package_version(&ours).is_some() { ours } else { format!("{ours}.v1") }
}

/// Whether a message holds itself, however far down.
fn is_recursive(message: &MessageDescriptor) -> bool {
    let mut seen = BTreeSet::new();
    let mut todo = vec![message.clone()];
    while let Some(next) = todo.pop() {
        for field in next.fields() {
            let Kind::Message(held) = field.kind() else { continue };
            if held.full_name() == message.full_name() {
                return true;
            }
            if seen.insert(held.full_name().to_owned()) {
                todo.push(held);
            }
        }
    }
    false
}
