//! The migration between two definitions.

use std::collections::BTreeMap;

use fourfold_codegen::catalog::Catalog;
use fourfold_codegen::migrations::{Difference, Engine, Said, Schema};

use super::definition::{Definition, Field};

const TITLE: &str = "From one definition to the next";

/// Its SQL, with a value for rows where somebody has to say one; what is refused all the same.
pub(super) fn of(
    before: &Definition,
    after: &Definition,
    old: &Catalog,
    new: &Catalog,
) -> Result<String, Vec<String>> {
    let (old, new) = (Schema::of(old), Schema::of(new));
    let unasked = Difference::between(&old, &new, &Said::default());
    if unasked.refused.is_empty() {
        return Ok(unasked.render(Engine::Sqlite, TITLE));
    }
    let mut said = Said::default();
    for field in &after.fields {
        let was = field.was.as_ref().unwrap_or(&field.name);
        let there = before.fields.iter().find(|there| there.name == *was);
        let is_asked = |there: &Field| {
            (there.element, there.list, there.optional) != (field.element, field.list, field.optional)
                || (there.element == super::types::Element::Status && before.statuses != after.statuses)
        };
        if there.is_none_or(is_asked) {
            let value = if field.list { "'[]'" } else { field.element.sql() };
            said.using.insert(format!("{}.{}", after.table, field.name), vec![(None, value.to_owned())]);
        }
    }
    let mut difference = Difference::between(&old, &new, &said);
    // Nothing may be said where nothing is asked.
    let needless = |refused: &String| refused.starts_with("--using says");
    if difference.refused.iter().any(needless) {
        let all: BTreeMap<_, _> = std::mem::take(&mut said.using);
        for (place, value) in all {
            let mut one = said.clone();
            one.using.insert(place, value);
            if !Difference::between(&old, &new, &one).refused.iter().any(needless) {
                said = one;
            }
        }
        difference = Difference::between(&old, &new, &said);
    }
    if difference.refused.is_empty() {
        Ok(difference.render(Engine::Sqlite, TITLE))
    } else {
        Err(difference.refused)
    }
}
