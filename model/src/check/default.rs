//! `default = ..` against the field's type and its rules.

use std::cmp::Ordering;

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::attribute::plain;
use crate::declaration::FieldDecl;
use crate::errors::Errors;
use crate::forms;
use crate::model::{DefaultValue, Element, Limit, Many, Rule, Shape};
use crate::number;
use crate::token_text;
use crate::types::Scalar;

pub(super) fn check(field: &mut FieldDecl, errors: &mut Errors) {
    let (Some(value), Some(shape)) = (field.default_word.get(), &field.shape) else { return };
    let value = plain(value);
    if let Err((what, help)) = typed(value, shape) {
        errors.at(value, what, help);
        return;
    }
    let broken =
        field.rules.iter().find(|rule| rule.rule.as_ref().is_some_and(|rule| breaks(value, shape, rule)));
    if let Some(rule) = broken {
        errors.at(
            value,
            format_args!("the default breaks the rule `{}` of `{}`", rule.word, field.name),
            "write a default that `validate(..)` accepts",
        );
        return;
    }
    field.checked_default = Some(match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => DefaultValue::Text(text.value()),
        other => DefaultValue::Expression(token_text::text(other)),
    });
}

/// Whether the value can be one of the type, as far as literals tell; rustc checks other expressions.
fn typed(value: &Expr, shape: &Shape) -> Result<(), (String, String)> {
    if let Expr::Path(path) = value
        && path.path.is_ident("None")
    {
        let help = "leave it out: what is not said is null, where the field is an `Option`";
        return Err(("the default can't be `None`".into(), help.into()));
    }
    let Some(literal) = literal(value) else { return Ok(()) };
    let refuse = |ty: &str, help: String| Err((format!("the default is not of type `{ty}`"), help));
    let scalar = match shape {
        Shape { many: Many::List, .. } => {
            return refuse(
                "Vec",
                "write an expression, such as `default = vec![..]`; a list is empty without one".into(),
            );
        }
        Shape { many: Many::Map, .. } => {
            return refuse("BTreeMap", "write an expression; a map is empty without one".into());
        }
        Shape { element: Element::Named(name), .. } => {
            return refuse(name, format!("write an expression, such as `default = {name}::Variant`"));
        }
        Shape { element: Element::Scalar(scalar), .. } => *scalar,
    };
    let ty = scalar.info().rust;
    match (scalar, literal) {
        (Scalar::String, Lit::Str(text)) if text.value().contains('\0') => {
            Err(("no text may hold U+0000".into(), "leave it out: PostgreSQL can't store it".into()))
        }
        (Scalar::String, Lit::Str(_)) | (Scalar::Bool, Lit::Bool(_)) => Ok(()),
        (Scalar::String, _) => refuse(ty, "write it in quotes, such as `default = \"text\"`".into()),
        (Scalar::Bool, _) => refuse(ty, "write `true` or `false`".into()),
        (Scalar::Decimal, Lit::Str(text)) if number::is_decimal(&text.value()) => Ok(()),
        (Scalar::Decimal, _) => {
            refuse(ty, "write its digits in quotes, such as `default = \"19.90\"`".into())
        }
        (Scalar::F32 | Scalar::F64, Lit::Int(number)) if number.suffix().is_empty() => {
            refuse(ty, format!("write it with a point: `{}.0`", token_text::text(value).replace(' ', "")))
        }
        (_, Lit::Int(_) | Lit::Float(_)) if scalar.is_number() => match number::read(value) {
            Some(number) => match number::limit(scalar, &number) {
                Ok(_) => Ok(()),
                Err(help) => refuse(ty, help),
            },
            None => refuse(ty, "write one number".into()),
        },
        (Scalar::Duration, _) => {
            refuse(ty, "write an expression, such as `default = Duration::from_secs(60)`".into())
        }
        _ if scalar.is_number() => refuse(ty, format!("write {}", scalar.info().wire)),
        _ => refuse(ty, format!("write an expression of type `{ty}`")),
    }
}

/// The literal, without its sign.
fn literal(value: &Expr) -> Option<&Lit> {
    match plain(value) {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr),
        _ => None,
    }
}

/// Whether the default is a literal that the rule refuses.
fn breaks(value: &Expr, shape: &Shape, rule: &Rule) -> bool {
    let Element::Scalar(scalar) = shape.element else { return false };
    match (rule, value) {
        (Rule::Length { min, max }, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
            let length = text.value().chars().count() as u64;
            min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max)
        }
        (Rule::Pattern(pattern), Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
            regex_lite::Regex::new(pattern).is_ok_and(|regex| !regex.is_match(&text.value()))
        }
        (Rule::Email, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => !forms::is_email(&text.value()),
        (Rule::Url, Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => !forms::is_url(&text.value()),
        (Rule::Range { min, max, max_exclusive }, _) => {
            let Some(Ok(value)) = number::read(value).map(|number| number::limit(scalar, &number)) else {
                return false;
            };
            below(&value, min.as_ref()) || above(&value, max.as_ref(), *max_exclusive)
        }
        _ => false,
    }
}

fn below(value: &Limit, min: Option<&Limit>) -> bool {
    min.is_some_and(|min| number::compare(value, min) == Ordering::Less)
}

fn above(value: &Limit, max: Option<&Limit>, exclusive: bool) -> bool {
    max.is_some_and(|max| match number::compare(value, max) {
        Ordering::Less => false,
        Ordering::Equal => exclusive,
        Ordering::Greater => true,
    })
}
