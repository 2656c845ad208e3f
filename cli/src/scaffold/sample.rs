//! Values that a service takes: for its tests, and for what its README sends.

use fourfold_model::model::IdKind;
use fourfold_model::types::Scalar;
use serde_json::{Value, json};

use super::known::{self, Known};
use super::resource::is_system;
use crate::spec::{Element, Field, Many, Spec};

const UUID: &str = "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e";
const DATE: &str = "2026-11-22";

/// A field that has to be said, and how the typed client says it.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) json: Value,
    /// The enum of the client's module that it needs.
    pub(crate) choice: Option<String>,
}

/// All that has to be said to make one.
pub(crate) fn samples(spec: &Spec, known: &[Known]) -> Vec<Sample> {
    spec.fields.iter().filter_map(|field| sample(field, spec, known)).collect()
}

fn sample(field: &Field, spec: &Spec, known: &[Known]) -> Option<Sample> {
    let given = field.name == "id" && known::id(spec) == IdKind::String;
    let system = is_system(field) && !given;
    let output = field.words.iter().any(|word| word == "output_only");
    if system || output || field.optional || field.default.is_some() {
        return None;
    }
    let least = rule(field, "length").and_then(|(least, _)| least.parse::<usize>().ok()).unwrap_or(0);
    if field.many != Many::One && least == 0 {
        return None;
    }
    let One { rust, json, is_option } = one(field, spec, known);
    let name = field.ident();
    let choice = match field.element {
        Element::Choice(_) => Some(field.choice_name(&spec.name.pascal)),
        _ => None,
    };
    let (rust, json) = match field.many {
        Many::One if is_option => (rust, json),
        Many::One => (format!("Some({rust})"), json),
        Many::List => (format!("vec![{rust}; {least}]"), json!(vec![json; least])),
        Many::Map => {
            let entries: Vec<String> =
                (0..least).map(|index| format!("(\"{index}\".to_owned(), {rust})")).collect();
            let object = (0..least).map(|index| (index.to_string(), json.clone())).collect();
            (format!("[{}].into()", entries.join(", ")), Value::Object(object))
        }
    };
    Some(Sample { name, rust, json, choice })
}

/// One element.
struct One {
    rust: String,
    json: Value,
    /// Whether the Rust is an `Option` already: the id of another one may be.
    is_option: bool,
}

fn one(field: &Field, spec: &Spec, known: &[Known]) -> One {
    let plain = |(rust, json)| One { rust, json, is_option: false };
    match &field.element {
        Element::Choice(variants) => {
            let first = variants.first().map_or("", String::as_str);
            let rust = format!("{}::{first}.into()", field.choice_name(&spec.name.pascal));
            plain((rust, json!(fourfold_model::snake(first))))
        }
        Element::Reference(target, _) => match known::find(known, target) {
            Some(known) => One {
                rust: format!("crate::{}::make(client).await.id", known.module),
                json: match known.id {
                    IdKind::I64 => json!(1),
                    _ => json!(format!("<{} id>", known.snake.replace('_', " "))),
                },
                is_option: known.id == IdKind::String,
            },
            None => plain((format!("\"{UUID}\".to_owned()"), json!(UUID))),
        },
        Element::Scalar(scalar) => plain(of_scalar(*scalar, field)),
    }
}

fn of_scalar(scalar: Scalar, field: &Field) -> (String, Value) {
    let text = |text: String| (format!("{text:?}.to_owned()"), json!(text));
    match scalar {
        Scalar::String => text(sentence(field)),
        Scalar::Bool => ("true".to_owned(), json!(true)),
        Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64 => {
            let number = in_range(field, "1");
            let number = number.replace('_', "").parse::<i128>().unwrap_or(1);
            (number.to_string(), serde_json::from_str(&number.to_string()).unwrap_or_default())
        }
        Scalar::F32 | Scalar::F64 => {
            let number = in_range(field, "1.5").parse::<f64>().unwrap_or(1.5);
            (format!("{number:?}"), json!(number))
        }
        Scalar::Decimal => text(in_range(field, "9.50").trim_matches('"').to_owned()),
        Scalar::Uuid => text(UUID.to_owned()),
        Scalar::Date => text(DATE.to_owned()),
        Scalar::Timestamp => {
            let rust = "fourfold::client::prost_types::Timestamp { seconds: 1_795_000_000, nanos: 0 }";
            (rust.to_owned(), json!("2026-11-18T14:26:40Z"))
        }
        Scalar::Duration => {
            let seconds = in_range(field, "30").parse::<f64>().unwrap_or(30.0).ceil();
            let rust = format!("fourfold::client::prost_types::Duration {{ seconds: {seconds}, nanos: 0 }}");
            (rust, json!(format!("{seconds}s")))
        }
        Scalar::Bytes => {
            let length = bounds(field).0.clamp(1, 64);
            (format!("vec![7; {length}]"), json!("Bw=="))
        }
        Scalar::Json => ("b\"{}\".to_vec()".to_owned(), json!({})),
    }
}

/// A text that the rules of a field take.
fn sentence(field: &Field) -> String {
    let has = |word: &str| field.rules.iter().any(|rule| rule == word);
    if has("email") {
        return "ada@example.com".to_owned();
    }
    if has("url") {
        return "https://example.com/".to_owned();
    }
    let (least, most) = bounds(field);
    // An id is part of a URL.
    let space = if field.name == "id" { "-" } else { " " };
    let text = format!("example{space}{}", field.name.replace('_', space));
    text.chars().chain(std::iter::repeat('x')).take(text.chars().count().clamp(least, most)).collect()
}

/// The least and the greatest length of one element.
fn bounds(field: &Field) -> (usize, usize) {
    let Some((least, most)) = rule(field, "length").filter(|_| field.many == Many::One) else {
        return (0, usize::MAX);
    };
    let least = least.parse().unwrap_or(0);
    (least, most.parse().unwrap_or(usize::MAX).max(least))
}

/// A number that the range of a field takes: the usual one where it fits, or else an end of it.
fn in_range(field: &Field, usual: &str) -> String {
    let Some((least, most)) = rule(field, "range") else { return usual.to_owned() };
    let number = |text: &str| text.trim_matches('"').replace('_', "").parse::<f64>().ok();
    let value = number(usual).unwrap_or(1.0);
    let fits =
        number(&least).is_none_or(|least| least <= value) && number(&most).is_none_or(|most| value < most);
    if fits {
        usual.to_owned()
    } else if least.is_empty() {
        let inclusive = rule_text(field, "range").is_some_and(|inner| inner.contains("..="));
        let quoted = most.starts_with('"');
        match number(&most) {
            // What is below an end that is not taken itself.
            Some(end) if !inclusive => {
                let below = end - 1.0;
                if quoted { format!("\"{below}\"") } else { below.to_string() }
            }
            _ => most,
        }
    } else {
        least
    }
}

/// The two ends of a rule such as `length(1..=50)`; an end that is not said is empty.
fn rule(field: &Field, word: &str) -> Option<(String, String)> {
    let (least, most) = rule_text(field, word)?.split_once("..")?;
    Some((least.to_owned(), most.trim_start_matches('=').to_owned()))
}

/// What is in the parentheses of a rule.
fn rule_text<'a>(field: &'a Field, word: &str) -> Option<&'a str> {
    let inner = field.rules.iter().find_map(|rule| rule.strip_prefix(word)?.strip_prefix('('))?;
    Some(inner.trim_end_matches(')'))
}
