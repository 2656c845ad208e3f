//! `order_by` (AIP-132): `status desc, created_at`.

use super::Sort;
use super::fields::{Use, shown};
use crate::descriptor::Descriptor;
use crate::input::Violations;

const MAX_CHARACTERS: usize = 2000;
const ORDER_BY: &str = "order_by";

/// Reads an order. The id ends it as the tie-break, in the direction of the key before it, so that an index over both
/// can be read either way.
pub(super) fn parse(descriptor: &'static Descriptor, text: &str, violations: &mut Violations) -> Vec<Sort> {
    let mut order: Vec<Sort> = Vec::new();
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        violations.push_named(ORDER_BY, "length", format!("must have at most {MAX_CHARACTERS} characters"));
    } else if !text.trim().is_empty() {
        for key in text.split(',') {
            let Some((name, descending)) = key_of(key) else {
                let message = "must be field names with an optional desc, such as name, id desc";
                violations.push_named(ORDER_BY, "syntax", message);
                continue;
            };
            match Use::Sort.field(descriptor, name) {
                Ok((field, _)) if order.iter().any(|sort| sort.field == field) => {
                    violations.push_named(ORDER_BY, "duplicate", format!("{name} is there more than once"));
                }
                Ok((field, _)) => order.push(Sort { field, descending }),
                Err(wrong) => {
                    violations.push_named(ORDER_BY, wrong.code, format!("{} {}", shown(name), wrong.message));
                }
            }
        }
    }
    if let Some(index) = order.iter().position(|sort| sort.field == descriptor.id) {
        // No two rows have the same id: what comes after it decides nothing.
        order.truncate(index + 1);
    } else {
        let descending = order.last().is_some_and(|sort| sort.descending);
        order.push(Sort { field: descriptor.id, descending });
    }
    order
}

fn key_of(text: &str) -> Option<(&str, bool)> {
    let mut words = text.split_whitespace();
    let name = words.next()?;
    let descending = match words.next() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return None,
    };
    words.next().is_none().then_some((name, descending))
}
