//! The types of the table as JSON Schema, with the rules that a field adds: what the runtime accepts, no more and no less.

use fourfold_model::model::{Field, Limit, Many, Rule};
use fourfold_model::types::Scalar;

use super::decimals;
use super::merge::Node;
use super::pattern;
use super::spec::Schema;

/// Text without U+0000.
pub(crate) const STORABLE: &str = "^[^\\u0000]*$";
/// The longest id that a caller can give.
const LONGEST_ID: u64 = 255;
/// The most bytes of what an index holds.
const MOST_INDEXED: u64 = 1500;

/// What a scalar is on the wire.
pub(crate) fn scalar(scalar: Scalar) -> Schema {
    let info = scalar.info();
    if info.json_type.is_empty() {
        return Schema { description: "Any JSON, up to 64 levels deep.".to_owned(), ..Schema::default() };
    }
    let mut schema = Schema::of(info.json_type);
    schema.format = Some(info.json_format).filter(|format| !format.is_empty());
    let integer = |least: i64, greatest: Node| (Some(Node::Int(least)), Some(greatest));
    (schema.minimum, schema.maximum) = match scalar {
        Scalar::I32 => integer(i32::MIN.into(), Node::Int(i32::MAX.into())),
        Scalar::I64 => integer(i64::MIN, Node::Int(i64::MAX)),
        Scalar::U32 => integer(0, Node::Int(u32::MAX.into())),
        Scalar::U64 => integer(0, Node::UInt(u64::MAX)),
        Scalar::F32 => (Some(Node::Float(f32::MIN.into())), Some(Node::Float(f32::MAX.into()))),
        _ => (None, None),
    };
    let pattern = match scalar {
        Scalar::String => STORABLE,
        Scalar::Uuid => "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        Scalar::Timestamp => {
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
        }
        Scalar::Date => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        Scalar::Duration => "^[0-9]{1,12}(?:\\.[0-9]{1,9})?s$",
        Scalar::Decimal => "^-?[0-9]+(?:\\.[0-9]+)?$",
        Scalar::Bytes => {
            schema.format = None;
            schema.content_encoding = Some("base64");
            "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$"
        }
        _ => "",
    };
    schema.pattern = Some(pattern.to_owned()).filter(|pattern| !pattern.is_empty());
    schema.description = match scalar {
        Scalar::Duration => "Seconds, at most 315576000000.",
        Scalar::Decimal => "An exact decimal of up to 28 digits.",
        Scalar::Timestamp => {
            "A moment in the years 0001 to 9999, kept to the microsecond; answers say it in UTC."
        }
        Scalar::Date => "A day in the years 0001 to 9999.",
        _ => "",
    }
    .into();
    schema
}

/// Adds what the field's rules ask of one element, list or map.
pub(crate) fn rules(schema: &mut Schema, field: &Field, is_id: bool) {
    let scalar = field.scalar();
    let mut patterns = Vec::new();
    for rule in &field.rules {
        match rule {
            Rule::Length { min, max } => length(schema, field.shape.many, scalar, *min, *max),
            Rule::Range { min, max, max_exclusive } => {
                range(schema, scalar, min.as_ref(), max.as_ref(), *max_exclusive);
            }
            Rule::Email => schema.format = Some("email"),
            Rule::Url => {
                schema.format = Some("uri");
                patterns.push("^[A-Za-z][A-Za-z0-9+.-]*://".to_owned());
            }
            Rule::Pattern(source) => match pattern::portable(source) {
                Some(said) => patterns.push(said),
                None => schema.say(&format!("Must match `{source}` (as the crate `regex` reads it).")),
            },
            Rule::Custom(path) => {
                let name = path.rsplit("::").next().unwrap_or(path).trim();
                schema.say(&format!("The service checks more of it (`{name}`)."));
            }
        }
    }
    match patterns.as_slice() {
        [] => {}
        [_] => schema.pattern = patterns.pop(),
        _ => {
            schema.pattern = None;
            let one = |pattern| Schema { pattern: Some(pattern), ..Schema::default() };
            schema.all_of = patterns.into_iter().map(one).collect();
        }
    }
    if schema.format == Some("email") && schema.pattern.as_deref() == Some(STORABLE) {
        schema.pattern = None;
    }
    if is_id && scalar == Some(Scalar::String) {
        schema.min_length = Some(schema.min_length.unwrap_or(1).max(1));
        schema.max_length = Some(schema.max_length.unwrap_or(LONGEST_ID).min(LONGEST_ID));
        schema.not = Some(Box::new(Schema { names: vec![".".into(), "..".into()], ..Schema::default() }));
    }
    indexed(schema, field, scalar);
}

fn indexed(schema: &mut Schema, field: &Field, scalar: Option<Scalar>) {
    let indexed = field.unique || field.filter || field.sort || field.references.is_some();
    if !indexed || scalar != Some(Scalar::String) {
        return;
    }
    // A character has up to four bytes.
    if schema.max_length.is_none_or(|max| max > MOST_INDEXED / 4) {
        schema.max_length = Some(schema.max_length.unwrap_or(MOST_INDEXED).min(MOST_INDEXED));
        schema.say(&format!("At most {MOST_INDEXED} bytes in UTF-8."));
    }
}

fn length(schema: &mut Schema, many: Many, scalar: Option<Scalar>, min: Option<u64>, max: Option<u64>) {
    match (many, scalar) {
        (Many::List, _) => (schema.min_items, schema.max_items) = (min, max),
        (Many::Map, _) => (schema.min_properties, schema.max_properties) = (min, max),
        (Many::One, Some(Scalar::Bytes)) => {
            let encoded = |bytes: u64| bytes.div_ceil(3).saturating_mul(4);
            (schema.min_length, schema.max_length) = (min.map(encoded), max.map(encoded));
            schema.say(&match (min, max) {
                (Some(min), Some(max)) if min == max => format!("{min} bytes before base64."),
                (Some(min), Some(max)) => format!("{min} to {max} bytes before base64."),
                (Some(min), None) => format!("At least {min} bytes before base64."),
                (None, Some(max)) => format!("At most {max} bytes before base64."),
                (None, None) => String::new(),
            });
        }
        (Many::One, _) => (schema.min_length, schema.max_length) = (min, max),
    }
}

fn range(
    schema: &mut Schema,
    scalar: Option<Scalar>,
    min: Option<&Limit>,
    max: Option<&Limit>,
    exclusive: bool,
) {
    if matches!(scalar, Some(Scalar::Decimal | Scalar::Duration)) {
        let unit = if scalar == Some(Scalar::Duration) { " seconds" } else { "" };
        let most = if exclusive { "less than" } else { "at most" };
        schema.say(&match (min.map(text), max.map(text)) {
            (Some(min), Some(max)) if !exclusive => format!("From {min} to {max}{unit}."),
            (Some(min), Some(max)) => format!("At least {min} and {most} {max}{unit}."),
            (Some(min), None) => format!("At least {min}{unit}."),
            (None, Some(max)) => format!("{}{} {max}{unit}.", most[..1].to_uppercase(), &most[1..]),
            (None, None) => String::new(),
        });
        if scalar == Some(Scalar::Decimal)
            && let Some(pattern) =
                decimals::pattern(min.map(text).as_deref(), max.map(text).as_deref(), exclusive)
        {
            schema.pattern = Some(pattern);
        }
        return;
    }
    if let Some(min) = min {
        schema.minimum = Some(node(min));
    }
    if let Some(max) = max {
        schema.maximum = None;
        *(if exclusive { &mut schema.exclusive_maximum } else { &mut schema.maximum }) = Some(node(max));
    }
}

/// A bound as a number.
pub(crate) fn node(limit: &Limit) -> Node {
    match limit {
        Limit::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => Node::Int(number),
            (_, Ok(number)) => Node::UInt(number),
            // No type's range is wider.
            _ => Node::Text(number.to_string()),
        },
        Limit::Float(number) => Node::Float(*number),
        Limit::Decimal(digits) => Node::Text(digits.clone()),
    }
}

/// A bound as its digits.
pub(crate) fn text(limit: &Limit) -> String {
    match limit {
        Limit::Int(number) => number.to_string(),
        Limit::Float(number) => number.to_string(),
        Limit::Decimal(digits) => digits.clone(),
    }
}

/// What a field holds, where that is one scalar.
pub(crate) trait ScalarField {
    /// The scalar, one or of each element.
    fn scalar(&self) -> Option<Scalar>;
}

impl ScalarField for Field {
    fn scalar(&self) -> Option<Scalar> {
        match self.shape.element {
            fourfold_model::model::Element::Scalar(scalar) => Some(scalar),
            fourfold_model::model::Element::Named(_) => None,
        }
    }
}
