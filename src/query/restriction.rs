//! One field against one literal.

use super::fields::{Use, Wrong, is_ordered, shown};
use super::filter::MAX_RESTRICTIONS;
use super::scan::{Literal, Sign};
use super::{Comparison, Condition};
use crate::cell::Cell;
use crate::descriptor::{Descriptor, Field, Kind, Scalar};
use crate::input::{Violations, expected, nearest};
use crate::text;

/// More of them could make the engine try very many ways to match a long text.
const MAX_STARS: usize = 10;

/// The parameters that a list has beside its fields.
const PARAMETERS: [&str; 4] = ["page_size", "page_token", "filter", "order_by"];

/// What a restriction of a filter means.
pub(super) fn condition(
    descriptor: &'static Descriptor,
    name: &str,
    sign: Sign,
    literal: &Literal,
) -> Result<Condition, Wrong> {
    let (index, field) = Use::Filter.field(descriptor, name)?;
    if literal.is_bare("null") {
        return match sign {
            Sign::Compare(Comparison::Equal) => Ok(Condition::Not(Box::new(Condition::Present(index)))),
            Sign::Compare(Comparison::NotEqual) => Ok(Condition::Present(index)),
            _ => Err(Wrong::new("type", "can be compared with null by = and != alone")),
        };
    }
    if sign == Sign::Has && literal.is_bare_star() {
        return Ok(Condition::Present(index));
    }
    let comparison = match sign {
        Sign::Compare(comparison) => comparison,
        Sign::Has => Comparison::Equal,
    };
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if equality && matches!(field.ty.kind, Kind::Scalar(Scalar::String)) {
        let condition = text_condition(index, field, sign, literal)?;
        return Ok(match comparison {
            Comparison::NotEqual => Condition::Not(Box::new(condition)),
            _ => condition,
        });
    }
    if !equality && !is_ordered(&field.ty.kind) {
        return Err(Wrong::new("type", "has no order: use =, != or :"));
    }
    Ok(Condition::Compare { field: index, comparison, cell: cell(field, &literal.plain())? })
}

/// What `=` and `:` mean on text: a star is any text, and `:` finds it anywhere.
fn text_condition(index: usize, field: &Field, sign: Sign, literal: &Literal) -> Result<Condition, Wrong> {
    let mut parts: Vec<Option<String>> = Vec::new();
    let any = || std::iter::once(None).filter(|_| sign == Sign::Has);
    for part in any().chain(literal.parts.iter().cloned()).chain(any()) {
        if let Some(text) = &part {
            cell(field, text)?;
        } else if let Some(None) = parts.last() {
            continue;
        }
        parts.push(part);
    }
    match parts.as_slice() {
        [None] => return Ok(Condition::Present(index)),
        [] => {
            let cell = Cell::Text(String::new());
            return Ok(Condition::Compare { field: index, comparison: Comparison::Equal, cell });
        }
        [Some(text)] => {
            let cell = cell(field, text)?;
            return Ok(Condition::Compare { field: index, comparison: Comparison::Equal, cell });
        }
        _ => {}
    }
    if parts.iter().filter(|part| part.is_none()).count() > MAX_STARS {
        return Err(Wrong::new("length", format!("may be compared with text of at most {MAX_STARS} stars")));
    }
    Ok(Condition::Like { field: index, parts })
}

fn cell(field: &Field, value: &str) -> Result<Cell, Wrong> {
    if text::storable(value).is_none() {
        return Err(Wrong::new("character", "may not contain the character U+0000"));
    }
    let wrong = || Wrong::new("type", format!("must be {}", expected(&field.ty.kind)));
    text::parse(&field.ty.kind, value).ok_or_else(wrong)
}

/// The short form `?field=value`: the value exactly as it stands. In the order of the fields, so that a caller who
/// sends them in another order asks for the same list.
pub(super) fn short_forms(
    descriptor: &'static Descriptor,
    equals: &[(String, String)],
    violations: &mut Violations,
) -> Vec<Condition> {
    let mut found = Vec::new();
    for (number, (name, value)) in equals.iter().enumerate() {
        if number == MAX_RESTRICTIONS {
            let message = format!("a list may have {MAX_RESTRICTIONS} parameters of this kind at most");
            violations.push_named(&shown(name), "length", message);
            break;
        }
        match short_form(descriptor, name, value) {
            Ok((field, cell)) => found.push((field, value, cell)),
            Err(wrong) => violations.push_named(&shown(name), wrong.code, wrong.message),
        }
    }
    found.sort_by_key(|(field, value, _)| (*field, *value));
    let compare = |(field, _, cell)| Condition::Compare { field, comparison: Comparison::Equal, cell };
    found.into_iter().map(compare).collect()
}

fn short_form(descriptor: &'static Descriptor, name: &str, value: &str) -> Result<(usize, Cell), Wrong> {
    if descriptor.field(name).is_none() {
        let known = || PARAMETERS.into_iter().chain(Use::Filter.names(descriptor));
        let hint = nearest(name, known()).map_or_else(String::new, |near| format!("did you mean {near}? "));
        let list = known().collect::<Vec<_>>().join(", ");
        return Err(Wrong::new("unknown", format!("is not a parameter; {hint}a list takes {list}")));
    }
    let (index, field) = Use::Filter.field(descriptor, name)?;
    Ok((index, cell(field, value)?))
}
