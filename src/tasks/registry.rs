//! What a worker can do, by the names of tasks.

use std::collections::HashMap;

use crate::behavior::OperationKind;
use crate::descriptor::{Descriptor, Operation, TaskDescriptor};

/// Names, and what they do.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    tasks: HashMap<String, Does>,
}

/// What a task does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    /// An operation of a resource.
    Operation(&'static Descriptor, Verb),
    /// What the user wrote for it.
    Own(&'static TaskDescriptor),
}

/// What an operation that runs as a task does to its resource.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    Create,
    Update,
    Replace,
    Delete,
    Custom(&'static Operation),
}

#[cfg(feature = "celery")]
impl Does {
    /// What its arguments are called, in the order in which they may be given without their names.
    pub(crate) fn parameters(self) -> Vec<&'static str> {
        match self {
            Self::Own(task) => task.input.fields.iter().map(|field| field.name).collect(),
            Self::Operation(_, Verb::Create) => vec!["data"],
            Self::Operation(_, Verb::Delete) => vec!["id", "etag"],
            Self::Operation(_, Verb::Custom(operation)) if operation.input.is_none() => vec!["id", "etag"],
            Self::Operation(..) => vec!["id", "data", "etag"],
        }
    }

    /// How it runs, where an attribute says so.
    pub(crate) fn settings(self) -> crate::descriptor::TaskSettings {
        match self {
            Self::Own(task) => task.settings,
            Self::Operation(descriptor, Verb::Replace) => {
                descriptor.task_settings(Verb::Update.kind().name())
            }
            Self::Operation(descriptor, verb) => descriptor.task_settings(verb.kind().name()),
        }
    }
}

impl Verb {
    pub(crate) const fn kind(self) -> OperationKind {
        match self {
            Self::Create => OperationKind::Create,
            Self::Update => OperationKind::Update,
            Self::Replace => OperationKind::Replace,
            Self::Delete => OperationKind::Delete,
            Self::Custom(operation) => OperationKind::Custom(operation.name),
        }
    }

    fn all(descriptor: &'static Descriptor) -> impl Iterator<Item = Self> {
        let custom = descriptor.operations.iter().map(Self::Custom);
        [Self::Create, Self::Update, Self::Replace, Self::Delete].into_iter().chain(custom)
    }
}

impl Registry {
    /// Every write and custom operation of the resources, and the user's own tasks.
    pub(crate) fn new(resources: &[&'static Descriptor], own: &[&'static TaskDescriptor]) -> Self {
        let mut tasks = HashMap::new();
        for (name, does) in all(resources, own) {
            tasks.entry(name).or_insert(does);
        }
        Self { tasks }
    }

    /// What a task of this name does.
    pub(crate) fn get(&self, name: &str) -> Option<Does> {
        self.tasks.get(name).copied()
    }

    /// Everything that is wrong with the names, a sentence each.
    pub(crate) fn mistakes(
        resources: &[&'static Descriptor],
        own: &[&'static TaskDescriptor],
    ) -> Vec<String> {
        let mut first: HashMap<String, Does> = HashMap::new();
        let mut wrong = Vec::new();
        for (name, does) in all(resources, own) {
            if let Some(other) = first.get(&name) {
                let sentence = clash(&name, *other, does);
                wrong.extend(sentence.filter(|sentence| !wrong.contains(sentence)));
            } else {
                first.insert(name, does);
            }
        }
        wrong
    }
}

fn all(
    resources: &[&'static Descriptor],
    own: &[&'static TaskDescriptor],
) -> impl Iterator<Item = (String, Does)> {
    let operations = resources.iter().flat_map(|descriptor| {
        Verb::all(descriptor)
            .map(|verb| (descriptor.task_name(verb.kind().name()), Does::Operation(descriptor, verb)))
    });
    operations.chain(own.iter().map(|task| (task.name.to_owned(), Does::Own(task))))
}

/// Why two may not have one name.
fn clash(name: &str, one: Does, other: Does) -> Option<String> {
    match (one, other) {
        (Does::Operation(one, _), Does::Operation(other, _)) => {
            // That one struct is mounted twice, or two are called the same, is said already.
            let (one, other) = (one.full_name(), other.full_name());
            (one != other).then(|| {
                let of = name.rsplit_once('.').map_or(name, |(of, _)| of);
                format!(
                    "the tasks of {one} and of {other} have the same names, {of}.create and so on: give one of the two \
                     structs another name"
                )
            })
        }
        (Does::Own(one), Does::Own(other)) if std::ptr::eq(one, other) => {
            Some(format!("the task {name} is registered twice: leave one of the two out"))
        }
        (Does::Own(_), Does::Own(_)) => {
            Some(format!("two tasks are called {name}: write another `name = \"..\"` for one of them"))
        }
        (Does::Operation(descriptor, _), Does::Own(_)) | (Does::Own(_), Does::Operation(descriptor, _)) => {
            let resource = descriptor.full_name();
            Some(format!(
                "the task {name} is called as an operation of {resource} is: write another `name = \"..\"` for it"
            ))
        }
    }
}
