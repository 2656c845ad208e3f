//! Sentences that several contracts say.

use fourfold_model::model::Resource;

use crate::schema::schemas::with_article;

/// What has happened, where a resource's event tells it.
pub(crate) fn happened(resource: &Resource, event: &str, operation: Option<&str>) -> String {
    let one = with_article(&resource.singular.replace('_', " "));
    let one = format!("{}{}", one[..1].to_uppercase(), &one[1..]);
    match (event, operation) {
        (_, Some(name)) => {
            let operation = resource.operations.iter().find(|operation| operation.name == name);
            let deprecated = operation.and_then(|operation| operation.deprecated.as_deref());
            let deprecated =
                deprecated.map(|why| format!(" `{name}` is deprecated: {why}")).unwrap_or_default();
            format!("{one} was changed by `{name}`.{deprecated}")
        }
        ("created", None) => format!("{one} was created."),
        ("deleted", None) => format!("{one} was deleted. It is told as it was then."),
        _ => {
            let silent = resource.operations.iter().filter(|operation| operation.event.is_none());
            let names: Vec<String> = silent.map(|operation| format!("`{}`", operation.name)).collect();
            let by = if names.is_empty() { String::new() } else { format!(", or by {}", names.join(" or ")) };
            format!("{one} was changed by an update or a replace{by}.")
        }
    }
}

/// A comment, and why nobody should use any more what it is about.
pub(crate) fn with_deprecated(doc: &str, why: Option<&str>) -> String {
    let lines = (!doc.is_empty()).then(|| doc.to_owned()).into_iter().chain(why.map(deprecated));
    lines.collect::<Vec<_>>().join("\n")
}

/// Why nobody should use something any more.
pub(crate) fn deprecated(why: &str) -> String {
    format!("Deprecated: {why}")
}
