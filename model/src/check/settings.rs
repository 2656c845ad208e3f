//! How tasks run: queues, retries and spans of time.

use std::time::Duration;

use syn::LitStr;

use super::numbers;
use crate::declaration::{Declaration, SettingsDecl, Slot};
use crate::errors::Errors;
use crate::model::TaskSettings;
use crate::names;

/// More would keep a task busy for years.
const MOST_RETRIES: u32 = 1000;
/// What the runtime does where nothing is said.
const BACKOFF: (Duration, &str) = (Duration::from_secs(1), "1s");
const BACKOFF_MAX: (Duration, &str) = (Duration::from_mins(10), "10m");

pub(super) fn of_resource(declaration: &mut Declaration, errors: &mut Errors) {
    let mut all = TaskSettings::default();
    if let Some(tasks) = declaration.tasks.get_mut() {
        check(&mut tasks.all, &all, errors);
        all = tasks.all.checked.clone();
        for slot in [&mut tasks.create, &mut tasks.update, &mut tasks.delete] {
            if let Some(settings) = slot.get_mut() {
                check(settings, &all, errors);
            }
        }
    }
    for operation in &mut declaration.operations {
        if let Some(settings) = operation.task.get_mut() {
            check(settings, &all, errors);
        }
    }
}

/// Checks what is said; `all` is what holds where it says nothing.
pub(super) fn check(settings: &mut SettingsDecl, all: &TaskSettings, errors: &mut Errors) {
    settings.checked = TaskSettings {
        queue: queue(&mut settings.queue, errors),
        retries: retries(settings, errors),
        backoff: span(&mut settings.backoff, errors),
        backoff_max: span(&mut settings.backoff_max, errors),
        timeout: span(&mut settings.timeout, errors),
    };
    pauses(settings, all, errors);
}

fn queue(slot: &mut Slot<LitStr>, errors: &mut Errors) -> Option<String> {
    let literal = slot.get()?.clone();
    let name = literal.value();
    let right = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    if begins && name.len() <= names::LONGEST && name.bytes().all(right) {
        return Some(name);
    }
    errors.at(
        &literal,
        format_args!("\"{name}\" is not the name of a queue"),
        format_args!(
            "begin with a lower-case letter and use lower-case letters, digits, `-`, `_` and `.`, at most {} of them, \
             such as \"orders\"",
            names::LONGEST
        ),
    );
    slot.take();
    None
}

fn retries(settings: &mut SettingsDecl, errors: &mut Errors) -> Option<u32> {
    let value = settings.retries.get()?;
    let retries = numbers::whole(value).filter(|retries| *retries <= MOST_RETRIES);
    if retries.is_none() {
        let help = format!("write a whole number from 0 to {MOST_RETRIES}; 0 means that it is tried once");
        errors.at(value, "this is not a number of retries", help);
        settings.retries.take();
    }
    retries
}

fn span(slot: &mut Slot<LitStr>, errors: &mut Errors) -> Option<Duration> {
    let literal = slot.get()?.clone();
    let text = literal.value();
    let span = read(&text);
    if span.is_none() {
        errors.at(
            &literal,
            format_args!("\"{text}\" is not a span of time"),
            "write a whole number above 0 and its unit, such as \"500ms\", \"30s\", \"5m\", \"24h\" or \"7d\"",
        );
        slot.take();
    }
    span
}

/// `500ms`, `30s`, `5m`, `24h`, `7d`, as the runtime's configuration reads them.
fn read(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (count, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = count.parse::<u64>().ok()?.checked_mul(millis)?;
    (millis > 0).then(|| Duration::from_millis(millis))
}

/// The first pause is not above the longest, whoever said either.
fn pauses(settings: &mut SettingsDecl, all: &TaskSettings, errors: &mut Errors) {
    let TaskSettings { backoff, backoff_max, .. } = &settings.checked;
    let first = backoff.or(all.backoff);
    let longest = backoff_max.or(all.backoff_max);
    if first.unwrap_or(BACKOFF.0) <= longest.unwrap_or(BACKOFF_MAX.0) {
        return;
    }
    let usual = |said: Option<Duration>, usual: &str| {
        said.map_or_else(|| format!(", which is {usual} unless it is said"), |_| String::new())
    };
    let help = "write a longer `backoff_max` or a shorter `backoff`";
    if let Some(literal) = settings.backoff.get() {
        let what = format!("`backoff` is above `backoff_max`{}", usual(longest, BACKOFF_MAX.1));
        errors.at(literal, what, help);
        settings.backoff.take();
        settings.checked.backoff = None;
    } else if let Some(literal) = settings.backoff_max.get() {
        let what = format!("`backoff_max` is below `backoff`{}", usual(first, BACKOFF.1));
        errors.at(literal, what, help);
        settings.backoff_max.take();
        settings.checked.backoff_max = None;
    }
}
