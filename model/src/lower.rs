//! Lower: from a checked declaration to the model. It can't fail; it gives nothing where a part that everything else
//! stands on (a type, the id) is wrong.

use syn::ext::IdentExt as _;

use crate::check::Naming;
use crate::declaration::{Declaration, FieldDecl, Flag, SettingsDecl, Slot};
use crate::model::{
    Choice, Event, Field, Operation, Resource, Role, Schedule, Task, TaskSettings, Value, Variant,
};
use crate::names;
use crate::token_text;

pub(crate) fn resource(declaration: &Declaration, naming: Naming) -> Option<Resource> {
    let fields = fields(declaration)?;
    let id = fields.iter().position(|field| matches!(field.role, Role::Id(_)))?;
    let name = declaration.ident.unraw().to_string();
    Some(Resource {
        singular: names::snake(&name),
        plural: names::snake(&naming.path),
        name,
        package: naming.package,
        version: naming.version,
        path: naming.path,
        table: naming.table,
        doc: declaration.doc.clone(),
        fields,
        id,
        operations: declaration.operations.iter().map(operation).collect(),
        behavior: declaration.behavior,
        tasks: tasks(declaration),
        krate: krate(declaration),
    })
}

pub(crate) fn value(declaration: &Declaration) -> Option<Value> {
    Some(Value {
        name: declaration.ident.unraw().to_string(),
        doc: declaration.doc.clone(),
        fields: fields(declaration)?,
        krate: krate(declaration),
    })
}

pub(crate) fn task(declaration: &Declaration) -> Option<Task> {
    let words = &declaration.task;
    Some(Task {
        name: declaration.ident.unraw().to_string(),
        task: words.name.get().map(syn::LitStr::value).unwrap_or_default(),
        doc: declaration.doc.clone(),
        fields: fields(declaration)?,
        settings: words.settings.checked.clone(),
        schedule: words.cron.get().map(|cron| Schedule {
            cron: cron.value(),
            time_zone: words.time_zone.get().map_or_else(|| "UTC".to_owned(), syn::LitStr::value),
        }),
        krate: krate(declaration),
    })
}

pub(crate) fn event(declaration: &Declaration) -> Option<Event> {
    let words = &declaration.event;
    let subject = words.subject.get().map(syn::LitStr::value);
    Some(Event {
        name: declaration.ident.unraw().to_string(),
        event: words.name.get().map(syn::LitStr::value).unwrap_or_default(),
        doc: declaration.doc.clone(),
        fields: fields(declaration)?,
        subject: declaration.fields.iter().position(|field| Some(&field.name) == subject.as_ref()),
        krate: krate(declaration),
    })
}

pub(crate) fn choice(declaration: &Declaration) -> Option<Choice> {
    declaration.fits.then(|| Choice {
        name: declaration.ident.unraw().to_string(),
        doc: declaration.doc.clone(),
        variants: declaration
            .variants
            .iter()
            .map(|variant| Variant {
                name: variant.ident.unraw().to_string(),
                wire: variant.wire(),
                doc: variant.doc.clone(),
                deprecated: variant.deprecated.get().map(syn::LitStr::value),
                number: variant.number.checked,
            })
            .collect(),
        krate: krate(declaration),
    })
}

fn krate(declaration: &Declaration) -> Option<String> {
    declaration.names.krate.get().map(syn::LitStr::value)
}

/// What is said of tasks, in the order of the operations.
fn tasks(declaration: &Declaration) -> Vec<(String, TaskSettings)> {
    let of = |name: &str, said: &SettingsDecl| (name.to_owned(), said.checked.clone());
    let mut out = Vec::new();
    if let Some(tasks) = declaration.tasks.get() {
        out.push(of("", &tasks.all));
        let standard = [("create", &tasks.create), ("update", &tasks.update), ("delete", &tasks.delete)];
        out.extend(standard.into_iter().filter_map(|(name, said)| Some(of(name, said.get()?))));
    }
    let custom = |operation: &crate::declaration::OperationDecl| {
        Slot::get(&operation.task).map(|said| of(&operation.name, said))
    };
    out.extend(declaration.operations.iter().filter_map(custom));
    out.retain(|(_, settings)| *settings != TaskSettings::default());
    out
}

fn fields(declaration: &Declaration) -> Option<Vec<Field>> {
    if !declaration.fits {
        return None;
    }
    declaration.fields.iter().map(field).collect()
}

fn field(field: &FieldDecl) -> Option<Field> {
    let has = |flag| field.flags.has(flag);
    Some(Field {
        name: field.name.clone(),
        doc: field.doc.clone(),
        shape: field.shape.clone()?,
        role: field.role,
        output_only: has(Flag::OutputOnly),
        input_only: has(Flag::InputOnly),
        immutable: has(Flag::Immutable),
        sensitive: has(Flag::Sensitive),
        unique: has(Flag::Unique),
        filter: has(Flag::Filter),
        sort: has(Flag::Sort),
        references: field.references.get().map(syn::LitStr::value),
        default: field.checked_default.clone(),
        rules: field.rules.iter().filter_map(|rule| rule.rule.clone()).collect(),
        was: field.was.get().map(syn::LitStr::value),
        deprecated: field.deprecated.get().map(syn::LitStr::value),
        number: field.number.checked,
    })
}

fn operation(operation: &crate::declaration::OperationDecl) -> Operation {
    Operation {
        name: operation.name.clone(),
        input: operation.input.as_ref().map(token_text::path),
        event: operation.event.get().map(syn::LitStr::value),
        deprecated: operation.deprecated(),
    }
}
