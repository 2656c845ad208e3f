//! Between a struct and its cells.

use proc_macro2::TokenStream;
use quote::quote;

use crate::field::Field;
use crate::tokens::number;

/// The body that takes a struct apart, in the descriptor's order.
pub(crate) fn into_cells(fields: &[Field<'_>]) -> TokenStream {
    let cells = fields
        .iter()
        .map(|Field { ident, ty, .. }| quote!(<#ty as __fourfold::FieldType>::into_cell(self.#ident)));
    quote!(__fourfold::Vec::from([#(#cells),*]))
}

/// The body that puts a struct together.
pub(crate) fn from_cells(fields: &[Field<'_>]) -> TokenStream {
    let count = number(fields.len());
    let cells = fields.iter().map(
        |Field { ident, ty, .. }| quote!(#ident: <#ty as __fourfold::FieldType>::from_cell(__cells.take())?),
    );
    quote! {
        let mut __cells = __fourfold::Cells::of(__row, #count)?;
        __fourfold::Ok(Self { #(#cells),* })
    }
}
