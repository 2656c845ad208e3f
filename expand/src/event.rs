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
pub(crate) fn expand(input: &DeriveInput, has_messages: impl FnOnce(&Event) -> bool) -> TokenStream {
    let Parsed { model, declaration, errors } = fourfold_model::event(input);
    match model {
        Some(model) if errors.is_empty() => emit(&model, &declaration, has_messages(&model)),
        _ => fallback::event(&declaration, &errors),
    }
}

fn emit(model: &Event, declaration: &Declaration, has_messages: bool) -> TokenStream {
    let ident = &declaration.ident;
    let Event { event, doc, .. } = model;
    let fields = fields(&model.fields, declaration);
    let implementation = value::implementation(ident, &model.name, doc, &fields);
    let subject = option(model.subject.map(number));
    let file = format!("/{}", crate::event_file(model));
    let messages = option(
        has_messages.then(|| quote!(&::core::include!(::core::concat!(::core::env!("OUT_DIR"), #file)))),
    );
    anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #implementation

            static __EVENT: __fourfold::EventDescriptor = __fourfold::EventDescriptor {
                name: #event,
                doc: #doc,
                body: &__DESCRIPTOR,
                subject: #subject,
                messages: #messages,
            };

            #[automatically_derived]
            impl __fourfold::Event for #ident {
                const TYPES: &'static [&'static str] = &[#event];

                fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
                    <Self as __fourfold::Value>::from_cells(__fourfold::body(&__EVENT, __event)?)
                }
            }

            #[automatically_derived]
            impl __fourfold::Publish for #ident {
                const EVENT: &'static __fourfold::EventDescriptor = &__EVENT;
            }
        },
    )
}
