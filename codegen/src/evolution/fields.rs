//! Fields of resources, values and events.

use fourfold_model::model::{DefaultValue, Element, Field, Many, Role, Rule};
use fourfold_model::types::Scalar;

use super::Change;
use super::resources::from_to;
use super::rules::{Kind, Surface};

/// Whose fields they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Resource,
    /// A value that rows hold.
    Value,
    /// A value that is in none.
    Message,
    Event,
    Task,
}

pub(super) fn compare(subject: &str, before: &[Field], after: &[Field], of: Of, changes: &mut Vec<Change>) {
    let find = |fields: &'_ [Field], name: &str| fields.iter().position(|field| field.name == name);
    let mut gone: Vec<bool> = before.iter().map(|field| find(after, &field.name).is_none()).collect();
    for field in after {
        let place = format!("{subject}.{}", field.name);
        if let Some(at) = find(before, &field.name) {
            one(&place, &before[at], field, of, changes);
            continue;
        }
        let was = field.was.as_ref().and_then(|was| find(before, was)).filter(|at| gone[*at]);
        if let Some(at) = was {
            gone[at] = false;
            let there = &before[at];
            changes.push(
                Change::new(&place, Kind::FieldRenamed, from_to(&there.name, &field.name))
                    .hidden(&unseen(there, of)),
            );
            one(&place, there, field, of, changes);
            continue;
        }
        let kind = if has_to_be_said(field) { Kind::RequiredFieldAdded } else { Kind::FieldAdded };
        let mut hidden = unseen(field, of);
        if kind == Kind::RequiredFieldAdded && of == Of::Value {
            hidden.push(Surface::Sql);
            changes.push(Change::new(&place, Kind::StoredFieldNeeded, shape(field)));
        }
        changes.push(Change::new(&place, kind, shape(field)).hidden(&hidden));
    }
    for (field, _) in before.iter().zip(gone).filter(|(_, gone)| *gone) {
        let place = format!("{subject}.{}", field.name);
        changes.push(Change::new(place, Kind::FieldRemoved, shape(field)).hidden(&unseen(field, of)));
    }
}

/// Where a field is not to be seen.
fn unseen(field: &Field, of: Of) -> Vec<Surface> {
    let mut unseen = Vec::new();
    if of == Of::Resource && is_secret(field) {
        unseen.push(Surface::Events);
    }
    if of == Of::Resource && !is_accepted(field) {
        unseen.push(Surface::Tasks);
    }
    // What values hold is one column, as JSON, which no migration changes: a field that is gone is passed over.
    if of == Of::Value && field.was.is_some() {
        unseen.push(Surface::Sql);
    }
    unseen
}

fn is_secret(field: &Field) -> bool {
    field.sensitive || field.input_only
}

/// Whether callers may say it.
fn is_accepted(field: &Field) -> bool {
    let given = matches!(field.role, Role::Plain | Role::Id(fourfold_model::model::IdKind::String));
    given && !field.output_only
}

/// Whether a create that does not say it is refused.
fn has_to_be_said(field: &Field) -> bool {
    is_accepted(field) && !field.shape.optional && field.default.is_none() && field.shape.many == Many::One
}

fn shape(field: &Field) -> String {
    let element = match &field.shape.element {
        Element::Scalar(scalar) => scalar.info().rust,
        Element::Named(path) => path.rsplit("::").next().unwrap_or(path).trim(),
    };
    match field.shape.many {
        Many::One => element.to_owned(),
        Many::List => format!("Vec<{element}>"),
        Many::Map => format!("BTreeMap<String, {element}>"),
    }
}

/// Whether each value of the old type is one of the new type, written in the same way.
fn is_wider(before: &Field, after: &Field) -> bool {
    let (Element::Scalar(old), Element::Scalar(new)) = (&before.shape.element, &after.shape.element) else {
        return false;
    };
    let is_wider = matches!(
        (old, new),
        (Scalar::I32 | Scalar::U32, Scalar::I64)
            | (Scalar::U32, Scalar::U64)
            | (Scalar::I32 | Scalar::U32 | Scalar::F32, Scalar::F64)
            | (Scalar::Uuid | Scalar::Date | Scalar::Timestamp | Scalar::Decimal, Scalar::String)
    );
    before.shape.many == after.shape.many && is_wider
}

/// Whether the bytes of the old type are some of the new one, so that the wire alone says nothing.
fn reads_the_same_bytes(before: &Field, after: &Field) -> bool {
    let (Element::Scalar(old), Element::Scalar(new)) = (&before.shape.element, &after.shape.element) else {
        return false;
    };
    let is_varint = |scalar: Scalar| scalar.is_integer() || scalar == Scalar::Bool;
    let is_same = old.info().proto == new.info().proto || (is_varint(*old) && is_varint(*new));
    before.shape.many == after.shape.many && is_same
}

fn one(place: &str, before: &Field, after: &Field, of: Of, changes: &mut Vec<Change>) {
    // Who saw it before sees that it goes.
    let before_too = unseen(before, of);
    let mut hidden = unseen(after, of);
    hidden.retain(|surface| before_too.contains(surface));
    let mut found = Vec::new();
    let mut is_unseen_in_proto = false;
    let mut add = |kind, detail: String| found.push((kind, detail));
    let (old, new) = (shape(before), shape(after));
    if old != new {
        let kind = match after.role {
            Role::Id(_) => Kind::IdChanged,
            _ if is_wider(before, after) => Kind::TypeWidened,
            _ => Kind::TypeChanged,
        };
        add(kind, from_to(&old, &new));
        if of == Of::Value && !is_wider(before, after) {
            add(Kind::StoredTypeChanged, from_to(&old, &new));
        }
    }
    match (before.shape.optional, after.shape.optional) {
        (false, true) => add(Kind::BecameOptional, String::new()),
        (true, false) => {
            // A list that is left out is an empty one; in protobuf none can be null. What nobody says, nobody leaves out.
            let is_told = after.shape.many == Many::One
                && is_accepted(after)
                && (after.default.is_none() || of == Of::Resource);
            add(Kind::BecameRequired, String::new());
            // The default is read in its place, as where nothing is stored.
            if of == Of::Value && after.shape.many == Many::One && after.default.is_none() {
                add(Kind::StoredFieldNeeded, "rows may hold null".to_owned());
            }
            is_unseen_in_proto = !is_told;
        }
        _ => {}
    }
    let shown = |field: &Field| !field.input_only;
    match (shown(before), shown(after)) {
        (true, false) => add(Kind::BecameHidden, String::new()),
        (false, true) => add(Kind::BecameShown, String::new()),
        _ => {}
    }
    match (is_accepted(before), is_accepted(after)) {
        (true, false) => add(Kind::BecameReadOnly, String::new()),
        (false, true) if has_to_be_said(after) => add(Kind::RequiredFieldAdded, new),
        (false, true) => add(Kind::BecameWritable, String::new()),
        _ => {}
    }
    if let (None, Some(why)) = (&before.deprecated, &after.deprecated) {
        add(Kind::FieldDeprecated, why.clone());
    }
    match (before.immutable, after.immutable) {
        (false, true) => add(Kind::BecameImmutable, String::new()),
        (true, false) => add(Kind::BecameWritable, String::new()),
        _ => {}
    }
    rules(before, after, &mut add);
    defaults(before, after, &mut add);
    let lost =
        [(before.filter, after.filter, Kind::FilterRemoved), (before.sort, after.sort, Kind::SortRemoved)];
    for (_, _, kind) in lost.into_iter().filter(|(before, after, _)| *before && !after) {
        add(kind, String::new());
    }
    if after.unique && !before.unique {
        add(Kind::UniqueAdded, String::new());
    }
    if before.unique && !after.unique {
        add(Kind::RulesLoosened, "unique no more".to_owned());
    }
    if after.references.is_some() && before.references != after.references {
        add(Kind::ReferenceAdded, after.references.clone().unwrap_or_default());
    }
    for (kind, detail) in found {
        let mut hidden = hidden.clone();
        let is_unseen = match kind {
            Kind::BecameRequired => is_unseen_in_proto,
            Kind::TypeChanged | Kind::TypeWidened => !reads_the_same_bytes(before, after),
            _ => false,
        };
        hidden.extend(is_unseen.then_some(Surface::Proto));
        changes.push(Change::new(place, kind, detail).hidden(&hidden));
    }
    if of == Of::Resource {
        secrets(place, before, after, changes);
    }
}

/// What events show is what answers show, without what is sensitive.
fn secrets(place: &str, before: &Field, after: &Field, changes: &mut Vec<Change>) {
    if before.input_only == after.input_only {
        let others: Vec<Surface> =
            Surface::ALL.into_iter().filter(|surface| *surface != Surface::Events).collect();
        match (before.sensitive, after.sensitive) {
            (false, true) => {
                changes.push(Change::new(place, Kind::BecameHidden, "sensitive").hidden(&others));
            }
            (true, false) => {
                changes.push(Change::new(place, Kind::BecameShown, "not sensitive any more").hidden(&others));
            }
            _ => {}
        }
    }
}

/// What is stored where nobody says it.
fn defaults(before: &Field, after: &Field, add: &mut impl FnMut(Kind, String)) {
    let default = |field: &Field| {
        field.default.as_ref().map(|default| match default {
            DefaultValue::Text(text) => format!("{text:?}"),
            DefaultValue::Expression(text) => text.clone(),
        })
    };
    match (default(before), default(after)) {
        (Some(old), Some(new)) if old != new => add(Kind::DefaultChanged, from_to(&old, &new)),
        (Some(_), None) if has_to_be_said(after) => {
            add(Kind::RequiredFieldAdded, "the default is gone".to_owned());
        }
        (Some(old), None) if after.shape.optional => add(Kind::DefaultChanged, from_to(&old, "null")),
        (None, Some(_)) if has_to_be_said(before) && is_accepted(after) => {
            add(Kind::NeededNoMore, String::new());
        }
        (None, Some(new)) if before.shape.optional && after.shape.optional => {
            add(Kind::DefaultChanged, from_to("null", &new));
        }
        _ => {}
    }
}

/// Whether all that was right is right still, as far as bounds tell; another pattern may be anything.
fn rules(before: &Field, after: &Field, add: &mut impl FnMut(Kind, String)) {
    if before.rules == after.rules {
        return;
    }
    let allows = |rule: &Rule| before.rules.iter().any(|old| is_within(old, rule));
    if after.rules.iter().all(allows) {
        add(Kind::RulesLoosened, String::new());
    } else {
        add(Kind::RulesTightened, String::new());
    }
}

/// Whether the new rule allows all that the old one did.
fn is_within(old: &Rule, new: &Rule) -> bool {
    match (old, new) {
        (Rule::Length { min: old_min, max: old_max }, Rule::Length { min, max }) => {
            min.unwrap_or(0) <= old_min.unwrap_or(0) && max.unwrap_or(u64::MAX) >= old_max.unwrap_or(u64::MAX)
        }
        (
            Rule::Range { min: old_min, max: old_max, max_exclusive: old_exclusive },
            Rule::Range { min, max, max_exclusive },
        ) => {
            let number = |limit: &fourfold_model::model::Limit| match limit {
                fourfold_model::model::Limit::Int(int) => int.to_string().parse::<f64>().unwrap_or(f64::NAN),
                fourfold_model::model::Limit::Float(float) => *float,
                fourfold_model::model::Limit::Decimal(digits) => digits.parse().unwrap_or(f64::NAN),
            };
            let min_fits =
                min.as_ref().is_none_or(|new| old_min.as_ref().is_some_and(|old| number(new) <= number(old)));
            let max_fits = max.as_ref().is_none_or(|new| {
                old_max.as_ref().is_some_and(|old| {
                    let same_end = *old_exclusive || !*max_exclusive;
                    number(new) > number(old) || (number(new) >= number(old) && same_end)
                })
            });
            min_fits && max_fits
        }
        (old, new) => old == new,
    }
}
