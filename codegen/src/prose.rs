//! Sentences that several contracts say.

use fourfold_model::model::Resource;

use crate::schema::schemas::with_article;

/// What has happened, where a resource's event tells it.
pub(crate) fn happened(resource: &Resource, event: &str, operation: Option<&str>) -> String {
    let one = with_article(&resource.singular.replace('_', " "));
    let one = format!("{}{}", one[..1].to_uppercase(), &one[1..]);
    match (event, operation) {
        (_, Some(operation)) => format!("{one} was changed by `{operation}`."),
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
