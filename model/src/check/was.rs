//! `was = ".."`: the name that a field had before.

use std::collections::{BTreeMap, BTreeSet};

use super::names::is_possible;
use crate::declaration::{FieldDecl, Flag};
use crate::errors::Errors;
use crate::names;

/// Checks all of a struct; `columns` where the fields are columns.
pub(super) fn fields(fields: &mut [FieldDecl], columns: bool, errors: &mut Errors) {
    let now: BTreeSet<String> = fields.iter().map(|field| field.name.clone()).collect();
    let mut before: BTreeMap<String, String> = BTreeMap::new();
    for field in fields {
        if field.flags.has(Flag::Id) {
            field.was.refuse(
                errors,
                "does not go with an id: references of other tables point to its column",
                "leave it out, and call the id what it was called",
            );
        }
        let Some(literal) = field.was.get().cloned() else { continue };
        let text = literal.value();
        let wrong = if !is_possible(&text, columns) {
            Some(not_a_name(&text))
        } else if text == field.name {
            let help = "write the name that it had before, or leave `was` out";
            Some((format!("`{text}` is what the field is called now"), help.to_owned()))
        } else if now.contains(&text) {
            let what = format!("`{text}` is another field of this struct, so `{}` was not it", field.name);
            Some((what, "leave `was` out, or take the other field away".to_owned()))
        } else if let Some(other) = before.get(&text) {
            let what = format!("`{other}` was `{text}` already, and one field becomes one field");
            Some((what, "keep `was` on one of the two".to_owned()))
        } else {
            None
        };
        if let Some((what, help)) = wrong {
            errors.at(&literal, what, help);
            field.was.take();
        } else {
            before.insert(text, field.name.clone());
        }
    }
}

fn not_a_name(text: &str) -> (String, String) {
    let better = names::snake(text);
    let help = if better != text && is_possible(&better, true) {
        format!("write `was = \"{better}\"`")
    } else {
        "write the field's earlier name in lower_snake_case, such as `was = \"user_id\"`".to_owned()
    };
    (format!("no field can have been called \"{text}\""), help)
}
