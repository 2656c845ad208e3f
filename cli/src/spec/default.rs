//! Values that a text says, as Rust expressions.

use std::ops::Range;

use fourfold_model::types::Scalar;
use heck::{ToKebabCase as _, ToPascalCase as _};

use super::{Element, Field, Many, Mistake};

/// The expression of a default.
pub(super) fn expression(
    field: &Field,
    owner: &str,
    text: &str,
    span: &Range<usize>,
) -> Result<String, Mistake> {
    if field.many != Many::One {
        let help = "leave it out: a list or a map is empty unless said";
        return Err(Mistake::new(span.clone(), "a list or a map has no default here", help));
    }
    scalar(field, owner, text, span, false)
}

/// The expression of a value that is given to the field.
pub(super) fn value(field: &Field, owner: &str, text: &str, span: &Range<usize>) -> Result<String, Mistake> {
    if field.many != Many::One {
        let help = "set it in the method";
        return Err(Mistake::new(span.clone(), "a list or a map can't be set here", help));
    }
    if text == "null" && field.optional {
        return Ok("None".to_owned());
    }
    let value = scalar(field, owner, text, span, true)?;
    Ok(if field.optional { format!("Some({value})") } else { value })
}

/// `assigned`: it becomes a statement; in an attribute a literal of text is enough.
fn scalar(
    field: &Field,
    owner: &str,
    text: &str,
    span: &Range<usize>,
    assigned: bool,
) -> Result<String, Mistake> {
    let wrong = |wanted: &str| {
        Mistake::new(span.clone(), format!("`{text}` is no value for `{}`", field.name), wanted)
    };
    let number = |wanted: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let right = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if right { Ok(text.to_owned()) } else { Err(wrong(wanted)) }
    };
    match &field.element {
        Element::Choice(variants) => {
            let variant = text.to_pascal_case();
            if variants.contains(&variant) {
                return Ok(format!("{}::{variant}", field.choice_name(owner)));
            }
            let names: Vec<String> = variants.iter().map(|variant| variant.to_kebab_case()).collect();
            Err(wrong(&format!("it is one of {}", names.join(", "))))
        }
        Element::Reference(..) => Err(wrong("a reference has no value that is known beforehand")),
        Element::Scalar(Scalar::String) if assigned => Ok(format!("{text:?}.to_owned()")),
        Element::Scalar(Scalar::String) => Ok(format!("{text:?}")),
        Element::Scalar(Scalar::Bool) => match text {
            "true" | "false" => Ok(text.to_owned()),
            _ => Err(wrong("write true or false")),
        },
        Element::Scalar(Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64) => {
            number("write a whole number").map(|digits| grouped(&digits))
        }
        Element::Scalar(Scalar::F32 | Scalar::F64) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(format!("{number:?}")),
            _ => Err(wrong("write a number, such as 0.5")),
        },
        Element::Scalar(Scalar::Decimal) => {
            let whole = text.strip_prefix('-').unwrap_or(text);
            let (left, right) = whole.split_once('.').unwrap_or((whole, "0"));
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(left) || !digits(right) {
                return Err(wrong("write a decimal number, such as 19.90"));
            }
            if !assigned {
                return Ok(format!("{text:?}"));
            }
            let places = whole.split_once('.').map_or(0, |(_, right)| right.len());
            Ok(format!("Decimal::new({}, {places})", grouped(&text.replace('.', ""))))
        }
        Element::Scalar(Scalar::Duration) => {
            let seconds = text.strip_suffix('s').and_then(|digits| digits.parse::<u64>().ok());
            let seconds = seconds.ok_or_else(|| wrong("write seconds with an s, such as 30s"))?;
            // clippy wants the largest unit.
            let (unit, count) = match seconds {
                0 => ("secs", 0),
                hours if hours.is_multiple_of(3600) => ("hours", hours / 3600),
                minutes if minutes.is_multiple_of(60) => ("mins", minutes / 60),
                seconds => ("secs", seconds),
            };
            Ok(format!("Duration::from_{unit}({})", grouped(&count.to_string())))
        }
        Element::Scalar(Scalar::Timestamp) if assigned && text == "now" => {
            Ok("Timestamp::from(std::time::SystemTime::now())".to_owned())
        }
        Element::Scalar(scalar) => Err(wrong(&format!(
            "no `{}` can be said here: leave it out, and write `default = ..` in the struct that is made",
            scalar.info().rust.to_ascii_lowercase()
        ))),
    }
}

/// Digits as clippy wants them: `1_000_000`. Zeros at the begin are left out.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let digits = match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    if digits.len() < 6 {
        return format!("{sign}{digits}");
    }
    let mut out = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
