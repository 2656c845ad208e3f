//! Defaults: what makes a field's value where a caller says none.

use fourfold_model::model::{DefaultValue, Element, Many, Role};
use fourfold_model::types::Scalar;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::field::Field;
use crate::tokens::{at, without_self};

/// A `fn() -> Cell`, where the field has a default.
pub(crate) fn make(field: &Field<'_>, owner: &Ident) -> Option<TokenStream> {
    match &field.model.default {
        Some(value) => Some(said(value, field, owner)),
        None => implied(field),
    }
}

fn said(value: &DefaultValue, field: &Field<'_>, owner: &Ident) -> TokenStream {
    let inner = &field.inner;
    match (value, &field.model.shape.element) {
        (DefaultValue::Text(digits), Element::Scalar(Scalar::Decimal)) => {
            quote!(|| __fourfold::decimal(#digits))
        }
        (DefaultValue::Text(text), _) => quote!(|| __fourfold::text(#text)),
        (DefaultValue::Expression(_), _) => {
            let value = field.default.map(|expr| without_self(expr, owner));
            quote!(|| <#inner as __fourfold::FieldType>::into_cell(#value))
        }
    }
}

/// No caller can give a field that is `output_only`, so where it can't be null it begins as its first variant. Lists
/// and maps begin empty without being told.
fn implied(field: &Field<'_>) -> Option<TokenStream> {
    let model = field.model;
    let begins = model.output_only && model.role == Role::Plain && !model.shape.optional;
    if !begins || model.shape.many != Many::One || !field.is_named() {
        return None;
    }
    let inner = &field.inner;
    Some(quote_spanned!(at(inner)=> __fourfold::first_variant::<#inner>))
}
