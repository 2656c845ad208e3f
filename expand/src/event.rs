//! `#[derive(Event)]`.

use fourfold_model::model::Event;
use fourfold_model::{Declaration, Parsed};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::field::fields;
use crate::tokens::{anonymous, number, option, runtime};
use crate::{fallback, value};

/// The expansion.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let Parsed { model, declaration, errors } = fourfold_model::event(input);
    match model {
        Some(model) if errors.is_empty() => emit(&model, &declaration),
        _ => fallback::event(&declaration, &errors),
    }
}

fn emit(model: &Event, declaration: &Declaration) -> TokenStream {
    let ident = &declaration.ident;
    let Event { event, doc, .. } = model;
    let fields = fields(&model.fields, declaration);
    let implementation = value::implementation(ident, &model.name, doc, &fields);
    let subject = option(model.subject.map(number));
    anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #implementation

            static __EVENT: __fourfold::EventDescriptor = __fourfold::EventDescriptor {
                name: #event,
                doc: #doc,
                body: &__DESCRIPTOR,
                subject: #subject,
            };

            #[automatically_derived]
            impl __fourfold::Event for #ident {
                const TYPES: &'static [&'static str] = &[#event];

                fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
                    <Self as __fourfold::Value>::from_cells(__fourfold::body(&__DESCRIPTOR, __event)?)
                }
            }

            #[automatically_derived]
            impl __fourfold::Publish for #ident {
                const EVENT: &'static __fourfold::EventDescriptor = &__EVENT;
            }
        },
    )
}
