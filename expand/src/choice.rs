//! `#[derive(Choice)]`.

use fourfold_model::model::{Choice, Variant};
use fourfold_model::{Declaration, Parsed};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::fallback;
use crate::tokens::{anonymous, number, runtime};

/// The expansion.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let Parsed { model, declaration, errors } = fourfold_model::choice(input);
    match model {
        Some(model) if errors.is_empty() => emit(&model, &declaration),
        _ => fallback::choice(&declaration, &errors),
    }
}

fn emit(model: &Choice, declaration: &Declaration) -> TokenStream {
    let Declaration { ident, variants, .. } = declaration;
    let Choice { name, doc, .. } = model;
    let table = model
        .variants
        .iter()
        .map(|Variant { wire, doc, .. }| quote!(__fourfold::Variant { name: #wire, doc: #doc }));
    let variants: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let indexes: Vec<_> = (0..variants.len()).map(number).collect();
    anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            static __DESCRIPTOR: __fourfold::ChoiceDescriptor =
                __fourfold::ChoiceDescriptor { name: #name, doc: #doc, variants: &[#(#table),*] };

            #[automatically_derived]
            impl __fourfold::Choice for #ident {
                const DESCRIPTOR: &'static __fourfold::ChoiceDescriptor = &__DESCRIPTOR;

                fn index(&self) -> ::core::primitive::u16 {
                    match self {
                        #(Self::#variants => #indexes,)*
                    }
                }

                fn from_index(__index: ::core::primitive::u16) -> __fourfold::Option<Self> {
                    match __index {
                        #(#indexes => __fourfold::Some(Self::#variants),)*
                        _ => __fourfold::None,
                    }
                }
            }

            #[automatically_derived]
            impl __fourfold::SingleType for #ident {
                const KIND: __fourfold::Kind = __fourfold::Kind::Choice(&__DESCRIPTOR);

                fn to_cell(self) -> __fourfold::Cell {
                    __fourfold::Cell::Choice(<Self as __fourfold::Choice>::index(&self))
                }

                fn take_cell(__cell: __fourfold::Cell) -> __fourfold::Result<Self> {
                    __fourfold::variant(&__cell)
                }
            }

            #[automatically_derived]
            impl __fourfold::Comparable for #ident {}
        },
    )
}
