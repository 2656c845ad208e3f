//! Bodies: mostly right, then broken in one way or another.

use std::fmt::Write as _;

use serde_json::Value;

use crate::random::Random;
use crate::values::{Kind, value, wrong};

pub type Fields = &'static [(&'static str, Kind)];

pub const SAMPLE: Fields = &[
    ("text", Kind::Text),
    ("flag", Kind::Bool),
    ("small", Kind::I32),
    ("big", Kind::I64),
    ("small_count", Kind::U32),
    ("big_count", Kind::U64),
    ("ratio", Kind::Float),
    ("number", Kind::Float),
    ("key", Kind::Uuid),
    ("moment", Kind::Moment),
    ("day", Kind::Day),
    ("span", Kind::Span),
    ("price", Kind::Decimal),
    ("bytes", Kind::Bytes),
    ("json", Kind::Json),
    ("color", Kind::Color),
    ("point", Kind::Point),
    ("texts", Kind::List(&Kind::Text)),
    ("counts", Kind::List(&Kind::U64)),
    ("prices", Kind::Map(&Kind::Decimal)),
    ("points", Kind::List(&Kind::Point)),
    ("places", Kind::Map(&Kind::Point)),
    ("maybe_text", Kind::Text),
    ("maybe_flag", Kind::Bool),
    ("maybe_big", Kind::U64),
    ("maybe_moment", Kind::Moment),
    ("maybe_bytes", Kind::Bytes),
    ("maybe_json", Kind::Json),
    ("maybe_color", Kind::Color),
    ("maybe_point", Kind::Point),
    ("maybe_texts", Kind::List(&Kind::Text)),
    ("maybe_map", Kind::Map(&Kind::I64)),
    ("type", Kind::Text),
];

pub const ACCOUNT: Fields = &[
    ("email", Kind::Email),
    ("nick", Kind::Of(&["\"ab\"", "\"abcdefghij\""])),
    ("site", Kind::Of(&["null", "\"https://b.example/p?q#f\"", "\"urn://x\""])),
    ("pin", Kind::Of(&["\"123\"", "\"\u{1F600}\u{1F600}\u{1F600}\""])),
    ("country", Kind::Text),
    ("tax_id", Kind::Text),
    ("lucky", Kind::Of(&["7", "0", "4294967291", "14.0"])),
];

pub const CARD: Fields = &[("id", Kind::CardId), ("account_id", Kind::Of(&["null"])), ("rank", Kind::I32)];
pub const TRAP: Fields = &[("name", Kind::Text)];
pub const DEPOSIT: Fields = &[("amount", Kind::Of(&["1", "500", "0", "-1", "501"]))];
pub const SPRING: Fields = &[("how", Kind::Text)];

/// An object for the fields; `patch` leaves most of them out.
pub fn object(random: &mut Random, fields: Fields, patch: bool) -> String {
    let broken = random.once_in(3);
    let mut parts = Vec::new();
    for (name, kind) in fields {
        if patch && !random.once_in(4) {
            continue;
        }
        let content = match broken && random.once_in(12) {
            true => wrong(random),
            false if patch && random.once_in(8) => "null".to_owned(),
            false => value(random, *kind),
        };
        parts.push(format!("\"{name}\":{content}"));
    }
    if broken && !parts.is_empty() {
        match random.below(8) {
            0 => {
                parts.remove(random.below(parts.len()));
            }
            1 => parts.push(parts[random.below(parts.len())].clone()),
            2 => parts.push(format!(
                "{}:{}",
                random.one_of(&["\"x\"", "\"emial\"", "\"~/\"", "\"\\u0000\"", "\"\"", "1"]),
                wrong(random)
            )),
            3 => parts.push(format!(
                "\"{}\":{}",
                random.one_of(&["id", "revision", "made", "gone", "balance", "state"]),
                wrong(random)
            )),
            _ => {}
        }
    }
    if parts.len() > 1 {
        let end = parts.len();
        parts.swap(random.below(end), end - 1);
    }
    format!("{{{}}}", parts.join(","))
}

/// Breaks bytes, seldom.
pub fn mangled(random: &mut Random, body: String) -> Vec<u8> {
    let mut body = body.into_bytes();
    if !random.once_in(6) || body.is_empty() {
        return body;
    }
    let at = random.below(body.len());
    match random.below(9) {
        0 => body.truncate(at),
        1 => body[at] ^= 1 << random.below(8),
        2 => body[at] = 0xff,
        3 => body.insert(at, 0),
        4 => body.extend_from_slice(b" {}"),
        5 => body = [b"\xef\xbb\xbf", body.as_slice()].concat(),
        6 => body = body.iter().flat_map(|byte| [*byte, 0]).collect(),
        7 => body.clear(),
        _ => body.rotate_left(at),
    }
    body
}

/// The same in XML, where the JSON can be read at all; else soup.
pub fn xml(random: &mut Random, element: &str, json: &str, fields: Fields) -> String {
    const SOUP: [&str; 12] = [
        "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>",
        "<a",
        "</a>",
        "<a></b>",
        "<a>&x;</a>",
        "<a>&#0;</a>",
        "<a xmlns=\"urn:x\"/>",
        "<a:b/>",
        "<a><![CDATA[",
        "<?xml?>",
        "<!-- -- --><a/>",
        "<a b=\"1\" b=\"2\"/>",
    ];
    let Ok(Value::Object(object)) = serde_json::from_str::<Value>(json) else {
        return random.one_of(&SOUP).to_owned();
    };
    let mut out = format!("<{element} xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">");
    for (name, value) in object {
        let json = fields.iter().any(|(field, kind)| *field == name && matches!(kind, Kind::Json));
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            continue;
        }
        element_of(&mut out, &format!("<{name}"), &format!("</{name}>"), &value, json);
    }
    let _ = write!(out, "</{element}>");
    out
}

fn element_of(out: &mut String, open: &str, close: &str, value: &Value, json: bool) {
    out.push_str(open);
    if value.is_null() && !json {
        out.push_str(" xsi:nil=\"true\"/>");
        return;
    }
    out.push('>');
    match value {
        _ if json => escape(out, &value.to_string()),
        Value::Array(all) => all.iter().for_each(|one| element_of(out, "<item", "</item>", one, false)),
        Value::Object(all) => {
            // A value's fields are elements, a map's entries are `entry`; which of them it is can't be seen here.
            let fields = all.keys().all(|key| ["x", "y", "label", "secret"].contains(&key.as_str()));
            for (key, one) in all {
                let mut name = String::new();
                escape(&mut name, key);
                if fields {
                    element_of(out, &format!("<{name}"), &format!("</{name}>"), one, false);
                } else {
                    element_of(out, &format!("<entry key=\"{name}\""), "</entry>", one, false);
                }
            }
        }
        Value::String(text) => escape(out, text),
        other => escape(out, &other.to_string()),
    }
    out.push_str(close);
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}
