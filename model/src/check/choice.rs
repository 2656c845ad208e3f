//! The variants of a choice.

use std::collections::BTreeMap;

use syn::ext::IdentExt as _;

use crate::declaration::{Declaration, VariantDecl};
use crate::errors::Errors;
use crate::names;
use crate::rpc;

pub(super) fn variants(declaration: &mut Declaration, errors: &mut Errors) {
    if declaration.fits && declaration.variants.is_empty() {
        errors.at(
            &declaration.ident,
            format_args!("`{}` has no variants", declaration.ident),
            "write at least one: a field of this type has to hold something",
        );
        declaration.fits = false;
    }
    // A cell holds the index of a variant in 16 bits.
    if declaration.variants.len() > usize::from(u16::MAX) {
        errors.at(&declaration.ident, "there are more than 65535 variants", "write a `String`");
        declaration.fits = false;
    }
    let choice = declaration.ident.unraw().to_string();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for variant in &mut declaration.variants {
        let name = variant.ident.unraw().to_string();
        wire(variant, errors);
        if !names::is_upper_camel(&name) {
            errors.at(
                &variant.ident,
                format_args!("`{name}` can't be the name of a variant"),
                "begin with a capital letter and use ASCII letters and digits alone, such as `InTransit`",
            );
            continue;
        }
        if name == "Unspecified" {
            errors.at(
                &variant.ident,
                "`Unspecified` is what proto calls the absence of a choice",
                "write another name, or make the field an `Option`",
            );
        }
        // Proto has one scope for the names, whatever they are called on the wire.
        let wire = variant.wire();
        let value = rpc::enum_value(&choice, &wire).to_ascii_lowercase();
        let keys = [names::pascal(&names::snake(&name)), names::pascal(&wire), rpc::pascal(&value)];
        let other = keys.iter().find_map(|key| seen.get(key));
        if let Some(other) = other {
            errors.at(
                &variant.ident,
                format_args!("`{name}` and `{other}` have the same name outside of Rust"),
                "rename one of the two",
            );
        }
        for key in keys {
            seen.entry(key).or_insert_with(|| name.clone());
        }
    }
}

fn wire(variant: &mut VariantDecl, errors: &mut Errors) {
    let Some(literal) = variant.wire.get().cloned() else { return };
    let text = literal.value();
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !plain || text.len() > names::LONGEST {
        errors.at(
            &literal,
            format_args!("\"{text}\" is not the name of a variant"),
            "write up to 63 letters, digits, underscores and hyphens, beginning with a letter",
        );
        variant.wire.take();
    } else if rpc::enum_value("", &text) == rpc::unspecified("") {
        errors.at(
            &literal,
            format_args!("\"{text}\" is what proto calls the absence of a choice"),
            "write another name, or make the field an `Option`",
        );
        variant.wire.take();
    }
}

impl VariantDecl {
    /// What is sent and stored.
    pub(crate) fn wire(&self) -> String {
        match self.wire.get() {
            Some(text) => text.value(),
            None => names::snake(&self.ident.unraw().to_string()),
        }
    }
}
