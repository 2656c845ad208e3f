//! The resources of one server against each other: what each struct alone can't know.

use crate::descriptor::{Descriptor, Field, Kind};

/// Everything that is wrong with them, a sentence each.
pub(crate) fn mistakes(resources: &[&'static Descriptor]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, one) in resources.iter().enumerate() {
        wrong.extend(resources.iter().take(index).filter_map(|other| clash(one, other)));
        for field in one.fields {
            wrong.extend(misses(one, field, resources));
        }
    }
    wrong
}

/// References to resources that this server does not serve: kept as plain values, which is meant between services and a
/// slip within one.
pub(crate) fn outside(resources: &[&'static Descriptor]) -> Vec<String> {
    let served = |name: &str| resources.iter().any(|target| target.full_name() == name);
    let fields = resources.iter().flat_map(|one| one.fields.iter().map(move |field| (one, field)));
    fields
        .filter_map(|(one, field)| {
            let target = field.references.filter(|name| !served(name))?;
            Some(format!(
                "{}.{} points to {target}, which is not served here: it is not checked",
                one.full_name(),
                field.name
            ))
        })
        .collect()
}

/// What two resources of one server may not share.
fn clash(one: &'static Descriptor, other: &'static Descriptor) -> Option<String> {
    let (name, other_name) = (one.full_name(), other.full_name());
    if std::ptr::eq(one, other) {
        return Some(format!("{name} is mounted twice: leave one of the two out"));
    }
    if name == other_name {
        return Some(format!(
            "two structs are called {name}: write another `package = \"..\"` for one of them"
        ));
    }
    if one.path == other.path && one.version == other.version {
        let route = format!("/{}/{}", one.version, one.path);
        return Some(format!(
            "{other_name} and {name} are both served at {route}: write another `path = \"..\"` for one of them"
        ));
    }
    (one.table == other.table).then(|| {
        let table = one.table;
        format!(
            "{other_name} and {name} are both stored in {table}: write another `table = \"..\"` for one of them"
        )
    })
}

/// A reference whose type is not that of the id that it points to.
fn misses(one: &'static Descriptor, field: &Field, resources: &[&'static Descriptor]) -> Option<String> {
    let target =
        resources.iter().find(|target| field.references.is_some_and(|it| it == target.full_name()))?;
    let (Kind::Scalar(said), Kind::Scalar(wanted)) = (field.ty.kind, target.fields[target.id].ty.kind) else {
        return None;
    };
    (said != wanted).then(|| {
        let (wanted, said) = (wanted.info().rust, said.info().rust);
        format!(
            "{}.{} references {}, whose id is of type {wanted}, and is itself of type {said}: write {wanted}",
            one.full_name(),
            field.name,
            target.full_name()
        )
    })
}
