//! What is no resource and is seen on one surface alone: fields, and the values and choices that they reach.

use fourfold_model::model::Field;

use super::Change;
use super::fields::{self, Of};
use super::resources::{choice, value};
use super::rules::Surface;
use crate::catalog::Package;

/// Compares what `name` holds, each pair as it was and as it is.
pub(super) fn compare(
    name: &str,
    of: Of,
    (old_fields, new_fields): (&[Field], &[Field]),
    (old, new): (&Package, &Package),
    elsewhere: &[Surface],
    changes: &mut Vec<Change>,
) {
    let mut found = Vec::new();
    fields::compare(name, old_fields, new_fields, of, &mut found);
    for item in &new.values {
        if let Some(there) = old.values.iter().find(|there| there.model.name == item.model.name) {
            let subject = format!("{name}:{}", item.model.name);
            value(&subject, (&there.model, &item.model), Of::Message, &mut found);
        }
    }
    for item in &new.choices {
        if let Some(there) = old.choices.iter().find(|there| there.model.name == item.model.name) {
            choice(&format!("{name}:{}", item.model.name), &there.model, &item.model, &mut found);
        }
    }
    changes.extend(found.into_iter().map(|change| change.and_hidden(elsewhere)));
}
