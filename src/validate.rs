//! The validation rules, checked on cells: the same on every way in.

use std::borrow::Cow;

use chrono::Datelike as _;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::cell::{Cell, Change, Input};
use crate::descriptor::{Field, Kind, Limit, Rule};
use crate::forms::{is_email, is_url};
use crate::input::{At, Violations};
use crate::text;

/// Checks the rules of all fields, nested ones too. Null breaks no rule.
pub(crate) fn fields(fields: &'static [Field], cells: &[Cell], at: &At<'_>, violations: &mut Violations) {
    for (field, cell) in fields.iter().zip(cells) {
        rules(field, cell, &at.key(field.name), violations);
    }
}

/// Checks the rules of what a caller says, where the whole row is not known.
pub(crate) fn changes(fields: &'static [Field], input: &Input, at: &At<'_>, violations: &mut Violations) {
    for (field, change) in fields.iter().zip(input) {
        let at = at.key(field.name);
        match (change, &field.ty.kind) {
            (Some(Change::Set(cell)), _) => rules(field, cell, &at, violations),
            (Some(Change::Merge(input)), Kind::Value(value)) => changes(value.fields, input, &at, violations),
            _ => {}
        }
    }
}

fn rules(field: &'static Field, cell: &Cell, at: &At<'_>, violations: &mut Violations) {
    if cell.is_null() {
        return;
    }
    if let Some((code, message)) = unfit(cell) {
        violations.push(at, code, message);
        return;
    }
    if let Some(message) = too_long_for_an_index(field, cell) {
        violations.push(at, "length", message);
        return;
    }
    for rule in field.rules {
        let Some((code, message)) = check(rule, cell) else { continue };
        violations.push(at, code, message);
        if code == "length" && is_huge(cell) {
            // A pattern takes its time over a text that is refused anyway.
            break;
        }
    }
    nested(&field.ty.kind, cell, at, violations);
}

fn nested(kind: &Kind, cell: &Cell, at: &At<'_>, violations: &mut Violations) {
    match (kind, cell) {
        (Kind::Value(value), Cell::Value(cells)) => fields(value.fields, cells, at, violations),
        (Kind::List(element), Cell::List(cells)) => {
            for (index, cell) in cells.iter().enumerate() {
                within(element, cell, &at.index(index), violations);
            }
        }
        (Kind::Map(element), Cell::Map(cells)) => {
            for (key, cell) in cells {
                let at = at.key(key);
                if text::storable(key).is_none() {
                    violations.push(&at, "character", NO_NUL);
                }
                within(element, cell, &at, violations);
            }
        }
        _ => {}
    }
}

/// An element of a list or a map.
fn within(kind: &Kind, cell: &Cell, at: &At<'_>, violations: &mut Violations) {
    match unfit(cell) {
        Some((code, message)) => violations.push(at, code, message),
        None => nested(kind, cell, at, violations),
    }
}

const NO_NUL: &str = "may not contain the character U+0000";

/// What not every engine and format can hold. Callers can't say it; a default, a `Behavior` or an operation can.
fn unfit(cell: &Cell) -> Option<(&'static str, &'static str)> {
    const YEARS: &str = "must be in the years 1 to 9999";
    match cell {
        Cell::Date(date) if !text::YEARS.contains(&date.year()) => Some(("range", YEARS)),
        Cell::Timestamp(time) if !text::YEARS.contains(&time.year()) => Some(("range", YEARS)),
        Cell::Float(number) if !number.is_finite() => Some(("range", "must be a finite number")),
        Cell::Text(text) if text::storable(text).is_none() => Some(("character", NO_NUL)),
        _ => None,
    }
}

/// What an index holds is limited in PostgreSQL to 2,704 bytes with the id and all; every engine keeps to the same.
fn too_long_for_an_index(field: &Field, cell: &Cell) -> Option<String> {
    const MOST: usize = 1500;
    let indexed = field.unique || field.filter || field.sort || field.references.is_some();
    let bytes = match cell {
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
        _ => return None,
    };
    (indexed && bytes > MOST).then(|| format!("is found by its content: it must have at most {MOST} bytes"))
}

fn is_huge(cell: &Cell) -> bool {
    matches!(cell, Cell::Text(text) if text.len() > 4096)
}

/// The rule's code and what is allowed, where the cell breaks it.
fn check(rule: &Rule, cell: &Cell) -> Option<(&'static str, Cow<'static, str>)> {
    match rule {
        Rule::Length { min, max } => {
            let (length, unit) = length(cell)?;
            let fits = min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max);
            (!fits).then(|| ("length", Cow::Owned(allowed_length(*min, *max, unit))))
        }
        Rule::Range { min, max, max_exclusive } => {
            let above = min.is_none_or(|min| compare(cell, min).is_none_or(std::cmp::Ordering::is_ge));
            let below = max.is_none_or(|max| {
                compare(cell, max)
                    .is_none_or(|order| if *max_exclusive { order.is_lt() } else { order.is_le() })
            });
            let fits = above && below;
            (!fits).then(|| ("range", Cow::Owned(allowed_range(*min, *max, *max_exclusive))))
        }
        Rule::Email => {
            let Cell::Text(text) = cell else { return None };
            (!is_email(text)).then_some(("email", Cow::Borrowed("must be an email address")))
        }
        Rule::Url => {
            let Cell::Text(text) = cell else { return None };
            (!is_url(text))
                .then_some(("url", Cow::Borrowed("must be an absolute URL such as https://example.com/path")))
        }
        Rule::Pattern(pattern) => {
            let Cell::Text(text) = cell else { return None };
            (!pattern.matches(text))
                .then(|| ("pattern", Cow::Owned(format!("must match the pattern {}", pattern.source))))
        }
        Rule::Custom(check) => check(cell).err().map(|message| ("custom", Cow::Owned(message))),
    }
}

fn length(cell: &Cell) -> Option<(u64, &'static str)> {
    let (length, unit) = match cell {
        Cell::Text(text) => (text.chars().count(), "characters"),
        Cell::Bytes(bytes) => (bytes.len(), "bytes"),
        Cell::List(cells) => (cells.len(), "elements"),
        Cell::Map(cells) => (cells.len(), "entries"),
        _ => return None,
    };
    Some((u64::try_from(length).unwrap_or(u64::MAX), unit))
}

fn allowed_length(min: Option<u64>, max: Option<u64>, unit: &str) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => format!("must have {min} {unit}"),
        (Some(min), Some(max)) => format!("must have {min} to {max} {unit}"),
        (Some(min), None) => format!("must have at least {min} {unit}"),
        (None, Some(max)) => format!("must have at most {max} {unit}"),
        (None, None) => String::new(),
    }
}

fn allowed_range(min: Option<Limit>, max: Option<Limit>, max_exclusive: bool) -> String {
    let most = if max_exclusive { "less than" } else { "at most" };
    match (min.map(said), max.map(said)) {
        (Some(min), Some(max)) if !max_exclusive => format!("must be from {min} to {max}"),
        (Some(min), Some(max)) => format!("must be at least {min} and {most} {max}"),
        (Some(min), None) => format!("must be at least {min}"),
        (None, Some(max)) => format!("must be {most} {max}"),
        (None, None) => String::new(),
    }
}

fn said(limit: Limit) -> String {
    match limit {
        Limit::Int(number) => number.to_string(),
        Limit::Float(number) => number.to_string(),
        Limit::Decimal(digits) => digits.to_owned(),
    }
}

/// How a cell stands to a limit; `None` where they can't be compared, which the front end rules out.
fn compare(cell: &Cell, limit: Limit) -> Option<std::cmp::Ordering> {
    match (cell, limit) {
        (Cell::Int(number), Limit::Int(limit)) => Some(i128::from(*number).cmp(&limit)),
        (Cell::UInt(number), Limit::Int(limit)) => Some(i128::from(*number).cmp(&limit)),
        (Cell::Duration(micros), Limit::Int(limit)) => {
            Some(i128::from(*micros).cmp(&limit.checked_mul(1_000_000)?))
        }
        #[allow(clippy::cast_precision_loss, reason = "a bound in seconds with a fraction is a float anyway")]
        (Cell::Duration(micros), Limit::Float(limit)) => (*micros as f64).partial_cmp(&(limit * 1e6)),
        (Cell::Float(number), Limit::Float(limit)) => number.partial_cmp(&limit),
        #[allow(clippy::cast_precision_loss, reason = "the bound is compared as the float nearest to it")]
        (Cell::Float(number), Limit::Int(limit)) => number.partial_cmp(&(limit as f64)),
        (Cell::Decimal(number), Limit::Decimal(digits)) => {
            Decimal::from_str_exact(digits).ok().map(|limit| number.cmp(&limit))
        }
        (Cell::Decimal(number), Limit::Int(limit)) => {
            Decimal::from_i128(limit).map(|limit| number.cmp(&limit))
        }
        (Cell::Decimal(number), Limit::Float(limit)) => {
            Decimal::from_f64(limit).map(|limit| number.cmp(&limit))
        }
        _ => None,
    }
}
