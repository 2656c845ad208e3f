//! The types and flags of the grammar.

use fourfold_model::types::{Scalar, TYPES};

/// The scalar of a type's name, in any case.
pub(super) fn scalar(word: &str) -> Option<Scalar> {
    TYPES.iter().find(|info| info.rust.eq_ignore_ascii_case(word)).map(|info| info.scalar)
}

/// What to write for a type that is not known.
pub(super) fn help(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let instead = match lower.as_str() {
        "text" | "str" | "varchar" | "char" | "email" | "url" => Some("string"),
        "int" | "integer" | "i16" | "i8" | "short" => Some("i32"),
        "long" | "bigint" | "isize" => Some("i64"),
        "u8" | "u16" | "uint" => Some("u32"),
        "usize" => Some("u64"),
        "float" | "double" | "real" => Some("f64"),
        "number" | "numeric" | "money" => Some("decimal"),
        "boolean" => Some("bool"),
        "datetime" | "time" | "instant" => Some("timestamp"),
        "day" => Some("date"),
        "interval" | "timespan" => Some("duration"),
        "blob" | "binary" => Some("bytes"),
        "object" | "jsonb" | "any" => Some("json"),
        "guid" | "id" => Some("uuid"),
        "enum" => Some("choice(one|other)"),
        "reference" | "ref" | "belongs_to" | "foreign_key" => Some("references(user)"),
        "list" | "array" | "vec" => Some("string[]"),
        "option" | "optional" => Some("string?"),
        "hash" | "dict" => Some("map(string)"),
        _ => nearest(&lower),
    };
    match instead {
        Some(instead) => format!("did you mean `{instead}`?"),
        None => format!("types are {}, choice(a|b), references(user), map(string)", scalars()),
    }
}

/// What to write for a type that a map's values can't have.
pub(super) fn value_help(word: &str) -> String {
    nearest(&word.to_ascii_lowercase()).map_or_else(
        || format!("write one of {}: map(string); a map of choices is written in the struct", scalars()),
        |near| format!("did you mean `map({near})`?"),
    )
}

fn scalars() -> String {
    let names: Vec<String> = TYPES.iter().map(|info| info.rust.to_ascii_lowercase()).collect();
    names.join(", ")
}

/// The type that begins or ends alike, for a letter that is missing or wrong.
fn nearest(word: &str) -> Option<&'static str> {
    const NAMES: [&str; 9] =
        ["string", "bool", "uuid", "timestamp", "date", "duration", "decimal", "bytes", "json"];
    NAMES
        .into_iter()
        .map(|name| (similar::TextDiff::from_chars(word, name).ratio(), name))
        .filter(|(alike, _)| *alike >= 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

/// The flags that are words of `#[field(..)]`.
pub(super) const WORDS: [&str; 7] =
    ["unique", "filter", "sort", "immutable", "output_only", "input_only", "sensitive"];
/// The flags that are rules, and take nothing.
pub(super) const RULES: [&str; 2] = ["email", "url"];
/// The flags that are rules, and take a range.
pub(super) const RANGES: [&str; 2] = ["length", "range"];

/// What to write for a flag that is not known.
pub(super) fn flag_help(word: &str) -> String {
    let all = WORDS.iter().chain(&RULES).chain(&RANGES);
    let near = all
        .map(|flag| (similar::TextDiff::from_chars(word, flag).ratio(), flag))
        .filter(|(alike, _)| *alike >= 0.7)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    if let Some((_, flag)) = near {
        return format!("did you mean `!{flag}`?");
    }
    match word {
        "required" | "not_null" | "notnull" => {
            "leave it out: what is not marked with ? has to be there".to_owned()
        }
        "optional" | "null" | "nullable" => "write ? after the type".to_owned(),
        "index" | "indexed" => "write !filter: lists may filter by it".to_owned(),
        "readonly" | "read_only" => "write !output_only".to_owned(),
        "secret" | "password" => "write !input_only!sensitive: it is taken, and never shown".to_owned(),
        _ => "flags are !unique, !filter, !sort, !immutable, !output_only, !input_only, !sensitive, !email, !url, \
              !length(1..=50) and !range(0..=100)"
            .to_owned(),
    }
}
