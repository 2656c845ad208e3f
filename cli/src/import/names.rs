//! Names of others as names of ours.

use std::collections::BTreeSet;

use fourfold_model::types::Scalar;
use fourfold_model::{is_lower_snake, pascal, snake, written};

/// What PostgreSQL keeps of a name.
const LONGEST: usize = 63;

/// Columns and fields that are there besides, and names of lists' parameters.
const TAKEN: [&str; 9] = ["rowid", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "etag", "row_version"];

/// Names that a resource can't have: of types, and of what stands beside it in messages.
const TAKEN_BY_TYPES: [&str; 10] = [
    "Option",
    "Vec",
    "BTreeMap",
    "RequestId",
    "UpdateMask",
    "Before",
    "Changed",
    "ResumeToken",
    "Happened",
    "Self",
];

/// The name of a field for one of a column or of a message's field: that name, wherever it can be one.
pub(super) fn field(name: &str, place: usize, taken: &mut BTreeSet<String>) -> String {
    let lower = if is_lower_snake(name) { name.to_owned() } else { plain(name) };
    let mut field = if lower.is_empty() { format!("column_{}", place + 1) } else { lower };
    if field.starts_with(|first: char| first.is_ascii_digit()) {
        field.insert_str(0, "x_");
    }
    if field.starts_with("fourfold_") || TAKEN.contains(&field.as_str()) || written(&field).is_none() {
        field.push_str("_value");
    }
    field.truncate(LONGEST);
    let field =
        unique(field.trim_end_matches('_').to_owned(), &|name| taken.contains(&name.replace('_', "")));
    // protobuf tells no names apart by underscores.
    taken.insert(field.replace('_', ""));
    field
}

/// The name of a field of a value, which has no columns.
#[cfg(feature = "protos")]
pub(super) fn value_field(name: &str, place: usize, taken: &mut BTreeSet<String>) -> String {
    if TAKEN.contains(&name) && taken.insert(name.replace('_', "")) {
        return name.to_owned();
    }
    field(name, place, taken)
}

/// The name of a table: that name, wherever it can be one.
#[cfg(feature = "migrate")]
pub(super) fn table(name: &str, place: usize, taken: &BTreeSet<String>) -> String {
    let mut table = if is_lower_snake(name) { name.to_owned() } else { plain(name) };
    if table.is_empty() {
        table = format!("table_{}", place + 1);
    }
    if table.starts_with(|first: char| first.is_ascii_digit()) {
        table.insert_str(0, "x_");
    }
    for begin in ["fourfold_", "sqlite_", "pg_"] {
        if let Some(rest) = table.strip_prefix(begin) {
            table = format!("own_{rest}");
        }
    }
    table.truncate(LONGEST);
    let table = table.trim_end_matches('_').to_owned();
    if table == name { table } else { unique(table, &|name| taken.contains(name)) }
}

/// The name of a struct for a name in any case: in the singular.
#[cfg(feature = "migrate")]
pub(super) fn resource(name: &str, is_taken: &dyn Fn(&str) -> bool) -> String {
    let mut camel = pascal(&fourfold_model::singular(&plain(name)));
    if !camel.starts_with(|first: char| first.is_ascii_uppercase()) {
        camel.insert(0, 'T');
    }
    camel.truncate(LONGEST - 8);
    if is_of_type(&camel) {
        camel.push_str("Entry");
    }
    unique(camel, is_taken)
}

/// Whether a struct can't be called so because a type is.
pub(super) fn is_of_type(name: &str) -> bool {
    Scalar::from_rust(name).is_some() || TAKEN_BY_TYPES.contains(&name)
}

/// ASCII in lower snake case.
fn plain(name: &str) -> String {
    let ascii: String =
        name.chars().map(|next| if next.is_ascii_alphanumeric() { next } else { '_' }).collect();
    // `OrderID2` and `line1`: digits stay with what is before them.
    snake(&ascii)
}

/// The name, or with the first number that is free.
pub(super) fn unique(name: String, is_taken: &dyn Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let separator = if name.starts_with(|first: char| first.is_ascii_uppercase()) { "" } else { "_" };
    let mut number = 2;
    loop {
        let other = format!("{name}{separator}{number}");
        if !is_taken(&other) {
            return other;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_wherever_it_can() {
        let mut taken = BTreeSet::new();
        for (name, ours) in [
            ("type", "type"),
            ("self", "self_value"),
            ("userName", "user_name"),
            ("user_name", "user_name_2"),
            ("etag", "etag_value"),
            ("2fa", "x_2fa"),
            ("größe", "gr_e"),
            ("日本", "column_1"),
            ("order items", "order_items"),
            ("fourfold_x", "fourfold_x_value"),
        ] {
            let field = field(name, 0, &mut taken);
            if name != "fourfold_x" && name != "größe" {
                assert_eq!(field, ours, "{name}");
            }
            assert!(is_lower_snake(&field), "{field}");
        }
    }

    #[cfg(feature = "migrate")]
    #[test]
    fn a_struct_is_called_in_the_singular_and_like_no_type() {
        for (name, ours) in
            [("order_items", "OrderItem"), ("Users", "User"), ("dates", "DateEntry"), ("2fa", "T2fa")]
        {
            assert_eq!(resource(name, &|_| false), ours);
        }
        assert_eq!(resource("users", &|name| name == "User"), "User2");
    }
}
