//! The validation rules against the field's type.

use std::cmp::Ordering;
use std::mem::discriminant;

use syn::{Expr, ExprLit, ExprRange, Lit, RangeLimits};

use crate::attribute::plain;
use crate::declaration::{FieldDecl, RuleKind};
use crate::errors::Errors;
use crate::model::{Element, Limit, Many, Rule, Shape};
use crate::number;
use crate::types::Scalar;

/// Gives each rule its meaning; a rule that is wrong is reported and keeps none.
pub(super) fn check(field: &mut FieldDecl, errors: &mut Errors) {
    let Some(shape) = field.shape.clone() else { return };
    let mut seen = Vec::new();
    for rule in &mut field.rules {
        let kind = discriminant(&rule.kind);
        if seen.contains(&kind) && !matches!(rule.kind, RuleKind::Custom(_) | RuleKind::Pattern(_)) {
            errors.at(&rule.word, format_args!("`{}` is said twice", rule.word), "keep one of the two");
            continue;
        }
        seen.push(kind);
        if let Some((what, help)) = mismatch(&rule.kind, &shape) {
            errors.at(&rule.word, format_args!("`{}` {what}", rule.word), help);
            continue;
        }
        rule.rule = match &rule.kind {
            RuleKind::Length(bounds) => length(bounds, errors),
            RuleKind::Range(bounds) => range(bounds, &shape, errors),
            RuleKind::Email => Some(Rule::Email),
            RuleKind::Url => Some(Rule::Url),
            RuleKind::Pattern(text) => pattern(text, errors),
            RuleKind::Custom(path) => Some(Rule::Custom(crate::token_text::path(path))),
        };
    }
}

/// Why a rule does not go with a type.
fn mismatch(kind: &RuleKind, shape: &Shape) -> Option<(&'static str, &'static str)> {
    let one = match shape {
        Shape { many: Many::One, element: Element::Scalar(scalar), .. } => Some(*scalar),
        _ => None,
    };
    match kind {
        RuleKind::Length(_) => {
            let has = shape.many != Many::One || matches!(one, Some(Scalar::String | Scalar::Bytes));
            let instead = match one {
                Some(scalar) if scalar.is_number() => "for a number write `range(..)`",
                _ => "leave it out, or write `custom = a_function`",
            };
            (!has).then_some(("goes with text, bytes, lists and maps", instead))
        }
        RuleKind::Range(_) => {
            let has = one.is_some_and(|scalar| scalar.is_number() || scalar == Scalar::Duration);
            let instead = match one {
                Some(Scalar::String | Scalar::Bytes) => {
                    "for the number of characters or bytes write `length(..)`"
                }
                None if shape.many != Many::One => "for the number of elements write `length(..)`",
                _ => "leave it out, or write `custom = a_function`",
            };
            (!has).then_some(("goes with numbers and durations", instead))
        }
        RuleKind::Email | RuleKind::Url | RuleKind::Pattern(_) => {
            let instead = if shape.many == Many::One {
                "leave it out, or make the field a `String`"
            } else {
                "write `custom = a_function`, or put the text into a struct with `#[derive(Value)]`"
            };
            (one != Some(Scalar::String)).then_some(("goes with a `String`", instead))
        }
        RuleKind::Custom(_) => None,
    }
}

const LENGTH: &str =
    "write whole numbers, such as `length(1..=50)`, `length(..=50)`, `length(1..)` or `length(3)`";

fn length(bounds: &Expr, errors: &mut Errors) -> Option<Rule> {
    let Expr::Range(range) = plain(bounds) else {
        let size = size(bounds, errors)?;
        return Some(Rule::Length { min: Some(size), max: Some(size) });
    };
    if range.start.is_none() && range.end.is_none() {
        errors.at(bounds, "this length has no bound", LENGTH);
        return None;
    }
    let min = bound(range.start.as_deref(), |expr| size(expr, errors))?;
    let end = bound(range.end.as_deref(), |expr| size(expr, errors))?;
    let max = match (end, range.limits) {
        (Some(end), RangeLimits::HalfOpen(_)) => match end.checked_sub(1) {
            Some(max) => Some(max),
            None => return empty(range, errors),
        },
        (end, _) => end,
    };
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return empty(range, errors);
    }
    Some(Rule::Length { min, max })
}

fn size(expr: &Expr, errors: &mut Errors) -> Option<u64> {
    if let Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) = plain(expr)
        && let Ok(size) = literal.base10_parse()
    {
        return Some(size);
    }
    errors.at(expr, "this is not a length", LENGTH);
    None
}

/// A bound that is not there is no mistake: `Some(None)`. One that is wrong is: `None`.
#[allow(clippy::option_option, reason = "wrong and absent are two things")]
fn bound<T>(expr: Option<&Expr>, read: impl FnOnce(&Expr) -> Option<T>) -> Option<Option<T>> {
    match expr {
        None => Some(None),
        Some(expr) => read(expr).map(Some),
    }
}

fn empty(range: &ExprRange, errors: &mut Errors) -> Option<Rule> {
    errors.at(range, "nothing is inside of these bounds", "write the smaller one first");
    None
}

fn range(bounds: &Expr, shape: &Shape, errors: &mut Errors) -> Option<Rule> {
    let Element::Scalar(scalar) = shape.element else { return None };
    let example = match scalar {
        Scalar::Decimal => "write bounds, such as `range(\"0.01\"..=\"99.99\")` or `range(0..)`",
        Scalar::F32 | Scalar::F64 => "write bounds, such as `range(0.0..=1.0)` or `range(0.0..)`",
        _ => "write bounds, such as `range(0..=100)` or `range(1..)`",
    };
    let Expr::Range(range) = plain(bounds) else {
        errors.at(bounds, "this is not a range", example);
        return None;
    };
    if range.start.is_none() && range.end.is_none() {
        errors.at(bounds, "this range has no bound", example);
        return None;
    }
    let min = bound(range.start.as_deref(), |expr| limit(expr, scalar, errors));
    let max = bound(range.end.as_deref(), |expr| limit(expr, scalar, errors));
    let (min, max) = (min?, max?);
    let max_exclusive = max.is_some() && matches!(range.limits, RangeLimits::HalfOpen(_));
    if let (Some(min), Some(max)) = (&min, &max) {
        let order = number::compare(min, max);
        if order == Ordering::Greater || (order == Ordering::Equal && max_exclusive) {
            return empty(range, errors);
        }
    }
    Some(Rule::Range { min, max, max_exclusive })
}

fn limit(expr: &Expr, scalar: Scalar, errors: &mut Errors) -> Option<Limit> {
    let Some(number) = number::read(expr) else {
        let help = "write the number itself: OpenAPI and proto have to say it too";
        errors.at(expr, "a bound is a number that is written out", help);
        return None;
    };
    match number::limit(scalar, &number) {
        Ok(limit) => Some(limit),
        Err(help) => {
            let what = format!("this is not a bound for a field of type `{}`", scalar.info().rust);
            errors.at(expr, what, help);
            None
        }
    }
}

fn pattern(text: &syn::LitStr, errors: &mut Errors) -> Option<Rule> {
    match regex_lite::Regex::new(&text.value()) {
        Ok(_) => Some(Rule::Pattern(text.value())),
        Err(error) => {
            errors.at(
                text,
                format_args!("this is not a regular expression: {error}"),
                "write it as the crate `regex` reads it; there is no look-around and no back-reference",
            );
            None
        }
    }
}
