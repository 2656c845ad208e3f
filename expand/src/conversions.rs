//! Between a struct and its cells.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;

use crate::field::Field;
use crate::tokens::number;

/// The body that takes a struct apart, in the descriptor's order.
pub(crate) fn into_cells(fields: &[Field<'_>]) -> TokenStream {
    if fields.is_empty() {
        return quote!(__fourfold::Vec::new());
    }
    let cells = fields
        .iter()
        .map(|Field { ident, ty, .. }| quote!(<#ty as __fourfold::FieldType>::into_cell(self.#ident)));
    quote!(__fourfold::Vec::from([#(#cells),*]))
}

/// The body that puts a struct together. One way out for all cells compiles faster than a `?` for each.
pub(crate) fn from_cells(fields: &[Field<'_>]) -> TokenStream {
    if fields.is_empty() {
        return quote!(__fourfold::Ok(Self {}));
    }
    let count = number(fields.len());
    let names: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let locals: Vec<_> = names.iter().map(|name| format_ident!("__{}", name.unraw())).collect();
    let types = fields.iter().map(|field| &field.ty);
    quote! {
        let mut __cells = __fourfold::Cells::of(__row, #count)?;
        let (#(__fourfold::Some(#locals),)*) = (
            #(__cells.take(<#types as __fourfold::FieldType>::from_cell),)*
        ) else {
            return __fourfold::Err(__cells.error());
        };
        __fourfold::Ok(Self { #(#names: #locals),* })
    }
}

/// The same for the struct without its secrets, of a row that has a cell for each of them all the same.
pub(crate) fn from_shown_cells(fields: &[Field<'_>]) -> TokenStream {
    let count = number(fields.len());
    let local = |field: &Field<'_>| format_ident!("__{}", field.ident.unraw());
    let shown: Vec<_> = fields.iter().filter(|field| !field.is_secret()).collect();
    let names: Vec<_> = shown.iter().map(|field| field.ident).collect();
    let locals: Vec<_> = shown.iter().map(|field| local(field)).collect();
    let patterns = fields.iter().map(|field| {
        if field.is_secret() {
            return quote!(_);
        }
        let local = local(field);
        quote!(__fourfold::Some(#local))
    });
    let taken = fields.iter().map(|field| {
        if field.is_secret() {
            return quote!(__cells.skip());
        }
        let ty = &field.ty;
        quote!(__cells.take(<#ty as __fourfold::FieldType>::from_cell))
    });
    quote! {
        let mut __cells = __fourfold::Cells::of(__row, #count)?;
        let (#(#patterns,)*) = (#(#taken,)*) else {
            return __fourfold::Err(__cells.error());
        };
        __fourfold::Ok(Self { #(#names: #locals),* })
    }
}
