//! `#[derive(Value)]`.

use fourfold_model::model::Value;
use fourfold_model::{Declaration, Parsed};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::DeriveInput;

use crate::field::{Field, fields};
use crate::tokens::{anonymous, runtime};
use crate::{conversions, descriptor, fallback, redact};

/// The expansion.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let Parsed { model, declaration, errors } = fourfold_model::value(input);
    match model {
        Some(model) if errors.is_empty() => emit(&model, &declaration),
        model => {
            let fields =
                model.iter().flat_map(|model| fields(&model.fields, &declaration)).collect::<Vec<_>>();
            let debug = redact::debug_of_struct(&declaration.ident, &fields);
            fallback::value(&declaration, &errors, &debug)
        }
    }
}

fn emit(model: &Value, declaration: &Declaration) -> TokenStream {
    let ident = &declaration.ident;
    let fields = fields(&model.fields, declaration);
    let implementation = implementation(ident, &model.name, &model.doc, &fields);
    let debug = redact::debug_of_struct(ident, &fields);
    anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #implementation

            #[automatically_derived]
            impl __fourfold::SingleType for #ident {
                const KIND: __fourfold::Kind = __fourfold::Kind::Value(&__DESCRIPTOR);

                fn to_cell(self) -> __fourfold::Cell {
                    __fourfold::Cell::Value(<Self as __fourfold::Value>::into_cells(self))
                }

                fn take_cell(__cell: __fourfold::Cell) -> __fourfold::Result<Self> {
                    <Self as __fourfold::Value>::from_cells(__fourfold::cells(__cell))
                }
            }
            #debug
        },
    )
}

/// `__DESCRIPTOR`, and `impl Value` with it.
pub(crate) fn implementation(ident: &Ident, name: &str, doc: &str, fields: &[Field<'_>]) -> TokenStream {
    let table = descriptor::fields(fields, ident);
    let into_cells = conversions::into_cells(fields);
    let from_cells = conversions::from_cells(fields);
    quote! {
        static __DESCRIPTOR: __fourfold::ValueDescriptor =
            __fourfold::ValueDescriptor { name: #name, doc: #doc, fields: #table };

        #[automatically_derived]
        impl __fourfold::Value for #ident {
            const DESCRIPTOR: &'static __fourfold::ValueDescriptor = &__DESCRIPTOR;

            fn into_cells(self) -> __fourfold::Row {
                #into_cells
            }

            fn from_cells(__row: __fourfold::Row) -> __fourfold::Result<Self> {
                #from_cells
            }
        }
    }
}
