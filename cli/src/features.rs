//! The features that `cfg` sees.

use std::collections::BTreeSet;

use crate::arguments::Selection;
use crate::failure::Failure;
use crate::manifest::Manifest;

/// The features that are on: the default ones, those asked for, and those which they turn on.
pub(crate) fn on(manifest: &Manifest, selection: &Selection) -> Result<BTreeSet<String>, Failure> {
    let known = known(manifest);
    let mut todo: Vec<String> = Vec::new();
    if selection.all_features {
        todo.extend(known.iter().cloned());
    }
    if !selection.no_default_features && known.contains("default") {
        todo.push("default".to_owned());
    }
    for feature in selection.features.iter().flat_map(|list| list.split_whitespace()) {
        if !known.contains(feature) {
            let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let has = if list.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", list.join(", "))
            };
            return Err(Failure::Trouble(format!(
                "the package `{}` has no feature `{feature}`: {has}",
                manifest.name().unwrap_or_default()
            )));
        }
        todo.push(feature.to_owned());
    }
    let mut on = BTreeSet::new();
    while let Some(feature) = todo.pop() {
        if on.insert(feature.clone()) {
            let implied = manifest.list(&["features", &feature]);
            todo.extend(implied.into_iter().filter(|name| known.contains(*name)).map(str::to_owned));
        }
    }
    Ok(on)
}

/// All features: those of the table, and the optional dependencies that no feature calls by `dep:`.
fn known(manifest: &Manifest) -> BTreeSet<String> {
    let table = manifest.at(&["features"]).and_then(toml::Value::as_table);
    let mut known: BTreeSet<String> = table.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let by_dep: BTreeSet<&str> = known
        .iter()
        .flat_map(|name| manifest.list(&["features", name]))
        .filter_map(|name| name.strip_prefix("dep:"))
        .collect();
    let optional = manifest.dependencies().filter(|(name, said)| {
        said.get("optional").and_then(toml::Value::as_bool) == Some(true) && !by_dep.contains(name)
    });
    let implicit: Vec<String> = optional.map(|(name, _)| name.to_owned()).collect();
    known.extend(implicit);
    known
}
