//! `number = n`: the proto number that a struct or an enum fixes itself.

use std::collections::BTreeMap;

use syn::ext::IdentExt as _;
use syn::{Expr, ExprLit, Lit};

use crate::attribute::plain;
use crate::declaration::{FieldDecl, NumberDecl, VariantDecl};
use crate::errors::Errors;

/// The highest number of a field, by protobuf's rules.
const MOST_OF_FIELD: u32 = 536_870_911;
/// The highest number of an enum's value.
const MOST_OF_VARIANT: u32 = 2_147_483_647;

pub(super) fn fields(fields: &mut [FieldDecl], errors: &mut Errors) {
    let mut seen = BTreeMap::new();
    for field in fields {
        let help = "write a whole number from 1 to 536870911 that is not one of 19000 to 19999, which protobuf \
                    keeps for itself";
        let right =
            |number: &u32| (1..=MOST_OF_FIELD).contains(number) && !(19_000..=19_999).contains(number);
        check(&mut field.number, &field.name, &mut seen, "a field", help, right, errors);
    }
}

pub(super) fn variants(variants: &mut [VariantDecl], errors: &mut Errors) {
    let mut seen = BTreeMap::new();
    for variant in variants {
        let name = variant.ident.unraw().to_string();
        let help = "write a whole number from 1 to 2147483647; 0 is what proto calls the absence of a choice";
        let right = |number: &u32| (1..=MOST_OF_VARIANT).contains(number);
        check(&mut variant.number, &name, &mut seen, "a variant", help, right, errors);
    }
}

fn check(
    decl: &mut NumberDecl,
    name: &str,
    seen: &mut BTreeMap<u32, String>,
    what: &str,
    help: &str,
    right: impl Fn(&u32) -> bool,
    errors: &mut Errors,
) {
    let Some(value) = decl.word.get() else { return };
    let Some(number) = whole(value).filter(right) else {
        errors.at(value, format_args!("this can't be the number of {what} in proto"), help);
        return;
    };
    if let Some(other) = seen.get(&number) {
        errors.at(
            value,
            format_args!("`{other}` has the number {number} already"),
            "write another number: by it alone the two are told apart",
        );
        return;
    }
    seen.insert(number, name.to_owned());
    decl.checked = Some(number);
}

/// A whole number, as it is written.
pub(super) fn whole(value: &Expr) -> Option<u32> {
    let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = plain(value) else { return None };
    if matches!(number.suffix(), "" | "u32" | "i32") { number.base10_parse().ok() } else { None }
}
