//! Parse: from an item to its declaration. Readers give back a value and report what they could not read.

mod field;
mod operation;
mod rules;
mod task;

use syn::{Data, DeriveInput, Fields, LitStr, Path};

use crate::attribute::{self, Written};
use crate::declaration::{
    Declaration, EventWords, FieldDecl, NameWords, NumberDecl, Slot, TaskWords, VariantDecl,
};
use crate::doc;
use crate::errors::Errors;
use crate::words::Position;

pub(crate) fn resource(input: &DeriveInput, errors: &mut Errors) -> Declaration {
    let mut declaration = empty(input, errors);
    for word in attribute::read(&input.attrs, "resource", Position::Resource, errors) {
        let names = &mut declaration.names;
        match word.name.as_str() {
            // #[resource(package = "shop.order.v1")]
            "package" => text(&mut names.package, &word, Position::Resource, errors),
            // #[resource(path = "orders")]
            "path" => text(&mut names.path, &word, Position::Resource, errors),
            // #[resource(table = "orders")]
            "table" => text(&mut names.table, &word, Position::Resource, errors),
            // #[resource(crate = "my_fourfold")]
            "crate" => text(&mut names.krate, &word, Position::Resource, errors),
            // #[resource(behavior)]
            "behavior" => {
                if declaration.behavior {
                    errors.at(&word.ident, "`behavior` is said twice", "keep one of the two");
                }
                declaration.behavior |= word.flag(Position::Resource, errors).is_some();
            }
            // #[resource(operation(cancel, input = CancelOrder, event = "cancelled"))]
            "operation" => declaration.operations.extend(operation::read(&word, errors)),
            // #[resource(task(queue = "orders", create(timeout = "5s")))]
            "task" => {
                let said = task::of_resource(&word, errors);
                declaration.tasks.set(&word.ident, said, errors);
            }
            _ => word.unknown(Position::Resource, errors),
        }
    }
    fields(&mut declaration, input, Position::Field, errors);
    settle_crate(&mut declaration, errors);
    declaration
}

pub(crate) fn value(input: &DeriveInput, errors: &mut Errors) -> Declaration {
    let mut declaration = empty(input, errors);
    crate_alone(&mut declaration, input, "value", Position::Value, errors);
    fields(&mut declaration, input, Position::ValueField, errors);
    declaration
}

pub(crate) fn task(input: &DeriveInput, errors: &mut Errors) -> Declaration {
    let mut declaration = empty(input, errors);
    for word in attribute::read(&input.attrs, "task", Position::Task, errors) {
        match word.name.as_str() {
            // #[task(name = "order.confirm")]
            "name" => {
                declaration.task.name_was_written = true;
                text(&mut declaration.task.name, &word, Position::Task, errors);
            }
            // #[task(cron = "0 3 * * *")]
            "cron" => text(&mut declaration.task.cron, &word, Position::Task, errors),
            // #[task(time_zone = "Europe/Amsterdam")]
            "time_zone" => text(&mut declaration.task.time_zone, &word, Position::Task, errors),
            // #[task(crate = "my_fourfold")]
            "crate" => text(&mut declaration.names.krate, &word, Position::Task, errors),
            _ => task::setting(&word, Position::Task, &mut declaration.task.settings, errors),
        }
    }
    fields(&mut declaration, input, Position::TaskField, errors);
    settle_crate(&mut declaration, errors);
    declaration
}

pub(crate) fn event(input: &DeriveInput, errors: &mut Errors) -> Declaration {
    let mut declaration = empty(input, errors);
    for word in attribute::read(&input.attrs, "event", Position::Event, errors) {
        match word.name.as_str() {
            // #[event(type = "shop.order.v1.order.delayed")]
            "type" => {
                declaration.event.name_was_written = true;
                text(&mut declaration.event.name, &word, Position::Event, errors);
            }
            // #[event(subject = "order_id")]
            "subject" => text(&mut declaration.event.subject, &word, Position::Event, errors),
            // #[event(crate = "my_fourfold")]
            "crate" => text(&mut declaration.names.krate, &word, Position::Event, errors),
            _ => word.unknown(Position::Event, errors),
        }
    }
    fields(&mut declaration, input, Position::EventField, errors);
    settle_crate(&mut declaration, errors);
    declaration
}

pub(crate) fn choice(input: &DeriveInput, errors: &mut Errors) -> Declaration {
    let mut declaration = empty(input, errors);
    crate_alone(&mut declaration, input, "choice", Position::Choice, errors);
    let Data::Enum(data) = &input.data else {
        errors.at(
            &input.ident,
            format_args!("`{}` is not an enum, and a choice is one", input.ident),
            "for a struct inside of a resource write `#[derive(Value)]`",
        );
        declaration.fits = false;
        return declaration;
    };
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(
                &variant.fields,
                format_args!("the variant `{}` holds data", variant.ident),
                "a choice is a name and nothing else; for data write a struct with `#[derive(Value)]`",
            );
            declaration.fits = false;
        }
        refuse_cfg(&variant.attrs, "variant", errors);
        let mut wire = Slot::default();
        let mut deprecated = Slot::default();
        let mut number = NumberDecl::default();
        for word in attribute::read(&variant.attrs, "choice", Position::Variant, errors) {
            match word.name.as_str() {
                // #[choice(name = "in_transit")]
                "name" => text(&mut wire, &word, Position::Variant, errors),
                // #[choice(deprecated = "say `sent` instead")]
                "deprecated" => {
                    let text = word.reason(Position::Variant, errors);
                    deprecated.set(&word.ident, text, errors);
                }
                // #[choice(number = 3)]
                "number" => {
                    let value = word.value(Position::Variant, errors);
                    number.word.set(&word.ident, value, errors);
                }
                _ => word.unknown(Position::Variant, errors),
            }
        }
        declaration.variants.push(VariantDecl {
            ident: variant.ident.clone(),
            doc: doc::read(&variant.attrs),
            wire,
            deprecated,
            number,
        });
    }
    declaration
}

fn empty(input: &DeriveInput, errors: &mut Errors) -> Declaration {
    refuse_attributes(&input.attrs, &["field"], "it belongs on the fields", errors);
    let generics = &input.generics;
    let mut fits = true;
    if !generics.params.is_empty() {
        errors.at(
            &generics.params,
            format_args!("`{}` has generic parameters", input.ident),
            "write the types out: a table, a message and a URL each belong to one type",
        );
        fits = false;
    } else if let Some(clause) = &generics.where_clause {
        errors.at(clause, format_args!("`{}` has a where clause", input.ident), "leave it out");
        fits = false;
    }
    Declaration {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        generics: generics.clone(),
        krate: None,
        behavior: false,
        fields: Vec::new(),
        operations: Vec::new(),
        variants: Vec::new(),
        doc: doc::read(&input.attrs),
        names: NameWords::default(),
        tasks: Slot::default(),
        task: TaskWords::default(),
        event: EventWords::default(),
        fits,
    }
}

/// `#[value(crate = "..")]` and `#[choice(crate = "..")]`.
fn crate_alone(
    declaration: &mut Declaration,
    input: &DeriveInput,
    name: &str,
    position: Position,
    errors: &mut Errors,
) {
    for word in attribute::read(&input.attrs, name, position, errors) {
        match word.name.as_str() {
            "crate" => text(&mut declaration.names.krate, &word, position, errors),
            _ => word.unknown(position, errors),
        }
    }
    settle_crate(declaration, errors);
}

fn settle_crate(declaration: &mut Declaration, errors: &mut Errors) {
    let Some(text) = declaration.names.krate.get() else { return };
    if let Ok(path) = text.parse_with(Path::parse_mod_style) {
        declaration.krate = Some(path);
    } else {
        let help = "write the name that Cargo.toml gives to fourfold, such as `crate = \"my_fourfold\"`";
        errors.at(text, "this is not the path of a crate", help);
        declaration.names.krate.take();
    }
}

fn text(slot: &mut Slot<LitStr>, word: &Written, position: Position, errors: &mut Errors) {
    let text = word.text(position, errors);
    slot.set(&word.ident, text, errors);
}

fn fields(declaration: &mut Declaration, input: &DeriveInput, position: Position, errors: &mut Errors) {
    let what = match position {
        Position::Field => "a resource",
        Position::TaskField => "a task",
        Position::EventField => "an event",
        _ => "a value",
    };
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields),
            Fields::Unnamed(_) => {
                Err("give its fields names: they become JSON keys, columns and proto fields")
            }
            Fields::Unit if matches!(position, Position::TaskField | Position::EventField) => return,
            Fields::Unit => Err("write `struct Name { .. }` with its fields"),
        },
        Data::Enum(_) => Err("for a closed set of names write `#[derive(Choice)]`"),
        Data::Union(_) => Err("write a struct"),
    };
    match named {
        Ok(fields) => {
            declaration.fields = fields.named.iter().filter_map(|it| field(it, position, errors)).collect();
        }
        Err(help) => {
            errors.at(
                &input.ident,
                format_args!("`{}` is not a struct with named fields, and {what} is one", input.ident),
                help,
            );
            declaration.fits = false;
        }
    }
}

fn field(field: &syn::Field, position: Position, errors: &mut Errors) -> Option<FieldDecl> {
    refuse_cfg(&field.attrs, "field", errors);
    let help = "it belongs on the struct; on a field write `#[field(..)]`";
    refuse_attributes(&field.attrs, &["resource", "value", "choice", "task", "event"], help, errors);
    field::read(field, position, errors)
}

/// rustc takes the attributes of a derive anywhere in its item; here nobody would read them.
fn refuse_attributes(attrs: &[syn::Attribute], names: &[&str], help: &str, errors: &mut Errors) {
    for attr in attrs {
        if let Some(name) = names.iter().find(|name| attr.path().is_ident(name)) {
            errors.at(attr, format_args!("`#[{name}(..)]` is not read here"), help);
        }
    }
}

fn refuse_cfg(attrs: &[syn::Attribute], what: &str, errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
        errors.at(
            attr,
            format_args!("`cfg` on a single {what}"),
            "put it on the whole item: what is sent and stored must not depend on how the program is built",
        );
    }
}
