//! A task that belongs to no resource: its name, how it runs, and when it begins by itself.

use super::settings;
use crate::declaration::Declaration;
use crate::errors::Errors;
use crate::model::{Many, TaskSettings};
use crate::names;

/// What a broker keeps of a name.
const LONGEST_NAME: usize = 255;
/// The names of the time zone database are far shorter.
const LONGEST_ZONE: usize = 64;

/// The words of `#[task(..)]`, before the fields' own are checked.
pub(super) fn words(declaration: &mut Declaration, errors: &mut Errors) {
    name(declaration, errors);
    settings::check(&mut declaration.task.settings, &TaskSettings::default(), errors);
    cron(declaration, errors);
    time_zone(declaration, errors);
    nobody_gives_it_anything(declaration, errors);
}

fn name(declaration: &mut Declaration, errors: &mut Errors) {
    let own = &declaration.ident;
    let help = "write two or more words in lower_snake_case with dots between them, such as \
                `#[task(name = \"order.confirm\")]`";
    let Some(literal) = declaration.task.name.get().cloned() else {
        // Where the text itself could not be read, that is said.
        if !declaration.task.name_was_written {
            let what = format!("`{own}` has no name that brokers and workers know it by");
            errors.at(own, what, help);
        }
        return;
    };
    let text = literal.value();
    let what = if text.len() > LONGEST_NAME {
        format!("the name of a task is longer than {LONGEST_NAME} bytes")
    } else if !text.contains('.') || !text.split('.').all(names::is_lower_snake) {
        format!("\"{text}\" is not the name of a task")
    } else {
        return;
    };
    errors.at(&literal, what, help);
    declaration.task.name.take();
}

fn cron(declaration: &mut Declaration, errors: &mut Errors) {
    let Some(literal) = declaration.task.cron.get() else { return };
    let count = literal.value().split_whitespace().count();
    if !matches!(count, 5 | 6) {
        errors.at(
            literal,
            format_args!("a cron expression has 5 fields, or 6 with seconds first, and this one has {count}"),
            "write minute, hour, day of the month, month and day of the week, such as `cron = \"0 3 * * *\"` for three \
             o'clock every night",
        );
    }
}

fn time_zone(declaration: &mut Declaration, errors: &mut Errors) {
    let task = &mut declaration.task;
    if !task.cron.is_set() {
        let help = "leave it out, or write `cron = \"..\"` beside it";
        task.time_zone.refuse(errors, "goes with `cron` alone: nothing else happens by the clock", help);
    }
    let Some(literal) = task.time_zone.get() else { return };
    let zone = literal.value();
    let right = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    if zone.is_empty() || zone.len() > LONGEST_ZONE || !zone.bytes().all(right) {
        errors.at(
            literal,
            format_args!("\"{zone}\" is not a time zone"),
            "write a name of the IANA time zone database, such as \"Europe/Amsterdam\", or leave it out for UTC",
        );
        task.time_zone.take();
    }
}

/// What begins by itself has no caller.
fn nobody_gives_it_anything(declaration: &Declaration, errors: &mut Errors) {
    if !declaration.task.cron.is_set() {
        return;
    }
    for field in &declaration.fields {
        let Some(shape) = &field.shape else { continue };
        if !shape.optional && shape.many == Many::One && !field.default_word.is_set() {
            errors.at(
                &field.ident,
                format_args!("nobody gives `{}` a value: with `cron` the task begins by itself", field.name),
                "write `#[field(default = ..)]`, or make the field an `Option`, a `Vec` or a map",
            );
        }
    }
}
