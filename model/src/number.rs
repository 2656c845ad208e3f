//! Numbers as they are written in attributes, and exact decimals as text.

use std::cmp::Ordering;

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::attribute::plain;
use crate::model::Limit;
use crate::types::Scalar;

/// A literal, with the sign that Rust keeps apart from it.
pub(crate) enum Number {
    Int { digits: String, suffix: String },
    Float { digits: String, suffix: String },
    Text(String),
}

/// Reads a number, or a number in a text; `None` for anything else.
pub(crate) fn read(expr: &Expr) -> Option<Number> {
    match plain(expr) {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => Some(Number::Int {
            digits: literal.base10_digits().to_owned(),
            suffix: literal.suffix().to_owned(),
        }),
        Expr::Lit(ExprLit { lit: Lit::Float(literal), .. }) => Some(Number::Float {
            digits: literal.base10_digits().to_owned(),
            suffix: literal.suffix().to_owned(),
        }),
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(Number::Text(literal.value())),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match read(expr)? {
            Number::Int { digits, suffix } => Some(Number::Int { digits: negative(&digits)?, suffix }),
            Number::Float { digits, suffix } => Some(Number::Float { digits: negative(&digits)?, suffix }),
            Number::Text(_) => None,
        },
        _ => None,
    }
}

fn negative(digits: &str) -> Option<String> {
    (!digits.starts_with('-')).then(|| format!("-{digits}"))
}

/// The number as a bound of values of the type; else what a bound of that type is.
pub(crate) fn limit(scalar: Scalar, number: &Number) -> Result<Limit, String> {
    let info = scalar.info();
    let suffix = match number {
        Number::Int { suffix, .. } | Number::Float { suffix, .. } => suffix.as_str(),
        Number::Text(_) => "",
    };
    if !suffix.is_empty() && suffix != info.rust {
        return Err(format!("write it without the suffix `{suffix}`: the field is of type `{}`", info.rust));
    }
    let limit = match scalar {
        Scalar::I32 => int(number, i128::from(i32::MIN), i128::from(i32::MAX)),
        Scalar::I64 => int(number, i128::from(i64::MIN), i128::from(i64::MAX)),
        Scalar::U32 => int(number, 0, i128::from(u32::MAX)),
        Scalar::U64 => int(number, 0, i128::from(u64::MAX)),
        Scalar::F32 => float(number).and_then(|limit| float32(&limit)),
        Scalar::F64 => float(number),
        Scalar::Duration => {
            float(number).filter(|limit| (0.0..=315_576_000_000.0).contains(&as_float(limit)))
        }
        Scalar::Decimal => exact(number),
        _ => None,
    };
    limit.ok_or_else(|| match scalar {
        Scalar::Duration => "write seconds, from 0 to 315576000000".to_owned(),
        Scalar::Decimal => "write a decimal of up to 28 digits in a text, such as \"0.01\"".to_owned(),
        _ => format!("write {}", info.wire),
    })
}

fn int(number: &Number, least: i128, greatest: i128) -> Option<Limit> {
    let Number::Int { digits, .. } = number else { return None };
    let value = digits.parse().ok()?;
    (least..=greatest).contains(&value).then_some(Limit::Int(value))
}

fn float(number: &Number) -> Option<Limit> {
    match number {
        // Larger whole numbers are not exact as floats.
        Number::Int { .. } if int(number, -(1 << 53), 1 << 53).is_some() => int(number, i128::MIN, i128::MAX),
        Number::Int { digits, .. } | Number::Float { digits, .. } => {
            let value: f64 = digits.parse().ok()?;
            value.is_finite().then_some(Limit::Float(value))
        }
        Number::Text(_) => None,
    }
}

/// The nearest 32-bit float: every value of the field is one, so a bound between two of them would be missed.
#[allow(clippy::cast_possible_truncation, reason = "to the nearest is what is meant")]
fn float32(limit: &Limit) -> Option<Limit> {
    let wide = as_float(limit);
    let near = f64::from(wide as f32);
    match limit {
        Limit::Int(_) if near.total_cmp(&wide) == Ordering::Equal => Some(limit.clone()),
        _ => near.is_finite().then_some(Limit::Float(near)),
    }
}

fn exact(number: &Number) -> Option<Limit> {
    match number {
        Number::Int { digits, .. } if is_decimal(digits) => digits.parse().ok().map(Limit::Int),
        Number::Float { digits, .. } | Number::Text(digits) if is_decimal(digits) => {
            Some(Limit::Decimal(digits.clone()))
        }
        _ => None,
    }
}

/// Whether the text is a decimal that fits 96 bits and a scale of 28, as the runtime keeps it.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain(whole)
        && plain(fraction)
        && fraction.len() <= 28
        && format!("{whole}{}", if digits.contains('.') { fraction } else { "" })
            .parse::<u128>()
            .is_ok_and(|mantissa| mantissa < 1 << 96)
}

/// Which of two bounds of one type is greater.
pub(crate) fn compare(a: &Limit, b: &Limit) -> Ordering {
    match (a, b) {
        (Limit::Int(a), Limit::Int(b)) => a.cmp(b),
        (Limit::Float(_), _) | (_, Limit::Float(_)) => {
            as_float(a).partial_cmp(&as_float(b)).unwrap_or(Ordering::Equal)
        }
        (a, b) => compare_decimals(&as_decimal(a), &as_decimal(b)),
    }
}

#[allow(clippy::cast_precision_loss, reason = "whole bounds of floats are checked to be exact")]
fn as_float(limit: &Limit) -> f64 {
    match limit {
        Limit::Int(value) => *value as f64,
        Limit::Float(value) => *value,
        Limit::Decimal(_) => 0.0,
    }
}

fn as_decimal(limit: &Limit) -> String {
    match limit {
        Limit::Int(value) => value.to_string(),
        Limit::Decimal(digits) => digits.clone(),
        Limit::Float(_) => "0".to_owned(),
    }
}

fn compare_decimals(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    match (a.negative, b.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => a.magnitude().cmp(&b.magnitude()),
        (true, true) => b.magnitude().cmp(&a.magnitude()),
    }
}

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl Parts<'_> {
    /// Compares like the number: more digits before the point are more, then digit by digit.
    const fn magnitude(&self) -> (usize, &str, &str) {
        (self.whole.len(), self.whole, self.fraction)
    }
}

fn parts(text: &str) -> Parts<'_> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let zero = whole.is_empty() && fraction.is_empty();
    Parts { negative: text.starts_with('-') && !zero, whole, fraction }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        for (less, more) in [("0.1", "0.11"), ("-2", "-1.5"), ("9", "10"), ("-0.01", "0"), ("0.09", "0.1")] {
            assert_eq!(compare_decimals(less, more), Ordering::Less, "{less} {more}");
        }
        assert_eq!(compare_decimals("-0", "0.00"), Ordering::Equal);
        assert_eq!(compare_decimals("01.50", "1.5"), Ordering::Equal);
    }

    #[test]
    fn a_decimal_is_what_the_runtime_can_keep() {
        for right in ["0", "-1.50", "79228162514264337593543950335"] {
            assert!(is_decimal(right), "{right}");
        }
        for wrong in
            ["", ".5", "5.", "1e3", "+1", "79228162514264337593543950336", "0.00000000000000000000000000001"]
        {
            assert!(!is_decimal(wrong), "{wrong}");
        }
    }
}
