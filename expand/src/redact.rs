//! `Debug` for structs with secrets: it is ours, so that a derived one, which would print them, is a conflict.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;

use crate::field::Field;

/// `impl Debug` for a struct, where there is something to hide.
pub(crate) fn debug_of_struct(name: &Ident, fields: &[Field<'_>]) -> TokenStream {
    if !fields.iter().any(Field::is_secret) {
        return TokenStream::new();
    }
    debug(name, fields.iter().map(|field| (field, field.ty.clone())))
}

/// `impl Debug` over fields and the types that they have in this struct.
pub(crate) fn debug<'a>(
    name: &Ident,
    fields: impl Iterator<Item = (&'a Field<'a>, TokenStream)>,
) -> TokenStream {
    let text = name.unraw().to_string();
    let mut shown = Vec::new();
    let mut bounds = Vec::new();
    for (field, ty) in fields {
        let (ident, key) = (field.ident, &field.model.name);
        if field.is_secret() {
            shown.push(quote!(.field(#key, &__fourfold::Redacted)));
            continue;
        }
        shown.push(quote!(.field(#key, &self.#ident)));
        if field.is_named() {
            // A choice or a value need not be `Debug`; then neither is this. The lifetime makes rustc ask that where
            // it is used and not here.
            bounds.push(quote!(for<'__any> #ty: ::core::fmt::Debug));
        }
    }
    let bounds = if bounds.is_empty() { TokenStream::new() } else { quote!(where #(#bounds),*) };
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #name #bounds {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                __f.debug_struct(#text) #(#shown)* .finish()
            }
        }
    }
}
