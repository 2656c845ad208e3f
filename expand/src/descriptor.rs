//! The table: a field says only what was said about it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::default;
use crate::field::Field;
use crate::rule;

/// `fields` of a descriptor.
pub(crate) fn fields(fields: &[Field<'_>], owner: &Ident) -> TokenStream {
    let fields = fields.iter().map(|it| field(it, owner));
    quote!(&[#(#fields),*])
}

fn field(field: &Field<'_>, owner: &Ident) -> TokenStream {
    let model = field.model;
    let name = &model.name;
    let ty = &field.ty;
    let ty = quote!(<#ty as __fourfold::FieldType>::TYPE);
    let mut said = Vec::new();
    if !model.doc.is_empty() {
        let doc = &model.doc;
        said.push(quote!(doc: #doc));
    }
    for (set, flag) in [
        (model.output_only, quote!(output_only)),
        (model.input_only, quote!(input_only)),
        (model.immutable, quote!(immutable)),
        (model.sensitive, quote!(sensitive)),
        (model.unique, quote!(unique)),
        (model.filter, quote!(filter)),
        (model.sort, quote!(sort)),
    ] {
        if set {
            said.push(quote!(#flag: true));
        }
    }
    if let Some(target) = &model.references {
        said.push(quote!(references: __fourfold::Some(#target)));
    }
    if let Some(make) = default::make(field, owner) {
        said.push(quote!(default: __fourfold::Some(#make)));
    }
    if !model.rules.is_empty() {
        let rules = rule::rules(field, owner);
        said.push(quote!(rules: #rules));
    }
    if let Some(was) = &model.was {
        said.push(quote!(was: __fourfold::Some(#was)));
    }
    if said.is_empty() {
        quote!(__fourfold::Field::new(#name, #ty))
    } else {
        quote!(__fourfold::Field { #(#said,)* ..__fourfold::Field::new(#name, #ty) })
    }
}
