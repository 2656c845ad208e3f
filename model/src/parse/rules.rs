//! `validate(length(1..=50), range(0..), email, url, pattern(".."), custom = check)`.

use syn::{Expr, ExprLit, Lit};

use crate::attribute::{self, Written, plain};
use crate::declaration::{RuleDecl, RuleKind};
use crate::errors::Errors;
use crate::words::Position;

pub(super) fn read(word: &Written, position: Position, rules: &mut Vec<RuleDecl>, errors: &mut Errors) {
    let Some(tokens) = word.list(position, errors) else { return };
    for word in attribute::read_list(tokens, Position::Validate, errors) {
        let kind = match word.name.as_str() {
            // validate(length(1..=50))
            "length" => word.listed(Position::Validate, errors).map(RuleKind::Length),
            // validate(range(0..=100))
            "range" => word.listed(Position::Validate, errors).map(RuleKind::Range),
            // validate(email)
            "email" => word.flag(Position::Validate, errors).map(|()| RuleKind::Email),
            // validate(url)
            "url" => word.flag(Position::Validate, errors).map(|()| RuleKind::Url),
            // validate(pattern("^[A-Z]{3}$"))
            "pattern" => pattern(&word, errors),
            // validate(custom = check_name)
            "custom" => {
                word.path("takes the path of a function", Position::Validate, errors).map(RuleKind::Custom)
            }
            _ => {
                word.unknown(Position::Validate, errors);
                None
            }
        };
        rules.extend(kind.map(|kind| RuleDecl { word: word.ident, kind, rule: None }));
    }
}

fn pattern(word: &Written, errors: &mut Errors) -> Option<RuleKind> {
    let value = word.listed(Position::Validate, errors)?;
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = plain(&value) {
        return Some(RuleKind::Pattern(text.clone()));
    }
    errors.at(&value, "`pattern` takes a text", "write `pattern(\"^[A-Z]{3}$\")`");
    None
}
