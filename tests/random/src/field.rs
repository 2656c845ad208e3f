//! Fields: every type in every shape, and what may be said of it.

use crate::names;
use fourfold_random::Random;

/// Each with a default that is of the type.
const SCALARS: &[(&str, &str)] = &[
    ("String", "\"some text\""),
    ("bool", "true"),
    ("i32", "-7"),
    ("i64", "9_007_199_254_740_993"),
    ("u32", "4_294_967_295"),
    ("u64", "18_446_744_073_709_551_615"),
    ("f32", "1.5"),
    ("f64", "-2.25"),
    ("Uuid", "Uuid::nil()"),
    ("Timestamp", "Timestamp::UNIX_EPOCH"),
    ("Date", "Date::default()"),
    ("Duration", "Duration::from_millis(1500)"),
    ("Decimal", "\"19.90\""),
    ("Bytes", "Bytes::from_static(b\"abc\")"),
    ("Json", "Json::from(1)"),
];

/// A type of the user's own, and whether it is a choice.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// The first variant of a choice.
    pub(crate) first: Option<String>,
}

/// Where a field stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Home {
    Resource,
    Value,
    Task,
    Event,
}

/// A field, with its comment and attribute.
pub(crate) fn field(
    random: &mut Random,
    home: Home,
    named: &[Named],
    taken: &mut Vec<String>,
) -> Option<String> {
    let name = names::lower(random, taken)?;
    let name = if random.often(6) { names::of_a_method(random, taken).unwrap_or(name) } else { name };
    let own = (!named.is_empty() && random.often(25)).then(|| random.one(named).clone());
    let (element, default) = match &own {
        Some(Named { name, first: Some(first) }) => (name.clone(), Some(format!("{name}::{first}"))),
        Some(Named { name, first: None }) => (name.clone(), None),
        None => {
            let (name, default) = random.one(SCALARS);
            ((*name).to_owned(), Some((*default).to_owned()))
        }
    };
    let (many, shape) = match random.below(10) {
        0 => (true, format!("Vec<{element}>")),
        1 => (true, format!("BTreeMap<String, {element}>")),
        _ => (false, element.clone()),
    };
    let optional = random.often(35);
    let ty = if optional { format!("Option<{shape}>") } else { shape };
    let mut words = rules(random, &element, many, home);
    let with_default = default.filter(|_| !many && random.often(25));
    words.extend(with_default.map(|default| format!("default = {default}")));
    if home == Home::Resource {
        let is_value = own.is_some_and(|own| own.first.is_none());
        let is_compared = !many && element != "Json" && !is_value;
        behaviour(random, (is_compared, is_value), &element, &mut words);
    } else if home != Home::Event && random.often(8) {
        words.push("sensitive".to_owned());
    }
    said_of_any(random, home, &name, taken.len(), &mut words);
    let attribute =
        if words.is_empty() { String::new() } else { format!("    #[field({})]\n", words.join(", ")) };
    let comment = names::comment(random, "    ");
    Some(format!("{comment}{attribute}    pub {}: {ty},\n", names::written(&name)))
}

/// Why something is not to be used.
pub(crate) fn deprecated(random: &mut Random) -> String {
    let why = random.one(&[
        "say `sku` instead",
        "it says \\\"nothing\\\" */ any more",
        "in two\\nlines, with \\\\ and 漢字",
        "{{ braces }} & <b>HTML</b>",
    ]);
    format!("deprecated = \"{why}\"")
}

/// What has nothing to do with the type.
fn said_of_any(random: &mut Random, home: Home, name: &str, nth: usize, words: &mut Vec<String>) {
    if random.often(10) {
        words.push(deprecated(random));
    }
    if !matches!(home, Home::Resource | Home::Value) {
        return;
    }
    if random.often(6) {
        words.push(format!("was = \"old_{name}\""));
    }
    if random.often(6) {
        words.push(format!("number = {}", 100 + nth));
    }
}

fn behaviour(
    random: &mut Random,
    (is_compared, is_value): (bool, bool),
    element: &str,
    words: &mut Vec<String>,
) {
    match random.below(12) {
        // A value has nothing to begin with.
        0 if !is_value => words.push("output_only".to_owned()),
        1 => words.push("input_only".to_owned()),
        2 => words.push("immutable".to_owned()),
        _ => {}
    }
    if random.often(8) {
        words.push("sensitive".to_owned());
    }
    if is_compared {
        for (word, percent) in [("unique", 6), ("filter", 35), ("sort", 25)] {
            if random.often(percent) {
                words.push(word.to_owned());
            }
        }
    }
    if is_compared && ["Uuid", "i64", "String"].contains(&element) && random.often(8) {
        words.push("references = \"elsewhere.thing.v1.Thing\"".to_owned());
    }
}

fn rules(random: &mut Random, element: &str, many: bool, home: Home) -> Vec<String> {
    if home == Home::Event || !random.often(35) {
        return Vec::new();
    }
    let rule = if many {
        random.one(&["length(..=5)", "length(0..100)", "length(1..)"]).to_string()
    } else {
        match element {
            "String" => random
                .one(&[
                    "length(1..=50)",
                    "length(3)",
                    "length(..=2000)",
                    "email",
                    "url",
                    "pattern(\"^[A-Z]{2,4}-[0-9]+$\")",
                    "pattern(\"^(one|two) [^a-z\\\\\\\\\\\"]{1,3}$\")",
                    "custom = not_blank",
                    "length(1..=20), pattern(\"^[a-z]+$\"), custom = not_blank",
                ])
                .to_string(),
            "Bytes" => "length(..=64)".to_owned(),
            "i32" | "i64" => {
                random.one(&["range(-10..=10)", "range(..0)", "range(-1_000_000..)"]).to_string()
            }
            "u32" | "u64" => {
                random.one(&["range(1..=10)", "range(..4_000_000_000)", "range(0..)"]).to_string()
            }
            "f32" | "f64" => random.one(&["range(0.0..=1.5)", "range(-2.5..)"]).to_string(),
            "Decimal" => random.one(&["range(\"0.01\"..=\"99.99\")", "range(0..)"]).to_string(),
            "Duration" => "range(0..=86400)".to_owned(),
            _ => return Vec::new(),
        }
    };
    vec![format!("validate({rule})")]
}
