//! `#[derive(Task)]`.

use fourfold_model::model::{Schedule, Task};
use fourfold_model::{Declaration, Parsed};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;

use crate::field::fields;
use crate::tokens::{anonymous, at, option, runtime};
use crate::{fallback, redact, settings, value};

/// The expansion.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let Parsed { model, declaration, errors } = fourfold_model::task(input);
    match model {
        Some(model) if errors.is_empty() => emit(&model, &declaration),
        model => {
            let fields =
                model.iter().flat_map(|model| fields(&model.fields, &declaration)).collect::<Vec<_>>();
            let debug = redact::debug_of_struct(&declaration.ident, &fields);
            fallback::task(&declaration, &errors, &debug)
        }
    }
}

fn emit(model: &Task, declaration: &Declaration) -> TokenStream {
    let ident = &declaration.ident;
    let Task { task, doc, .. } = model;
    let fields = fields(&model.fields, declaration);
    let implementation = value::implementation(ident, &model.name, doc, &fields);
    let debug = redact::debug_of_struct(ident, &fields);
    let settings = settings::value(&model.settings);
    let schedule = option(model.schedule.as_ref().map(
        |Schedule { cron, time_zone }| quote!(__fourfold::Schedule { cron: #cron, time_zone: #time_zone }),
    ));
    // A `Handler` that is missing is missing at the struct.
    let span = at(ident);
    let mut here = ident.clone();
    here.set_span(span);
    let implementation_of_task = quote_spanned! {span=>
        #[automatically_derived]
        impl __fourfold::Task for #here {
            const TASK: &'static __fourfold::TaskDescriptor = &__TASK;
        }
    };
    anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #implementation

            static __TASK: __fourfold::TaskDescriptor = __fourfold::TaskDescriptor {
                name: #task,
                doc: #doc,
                input: &__DESCRIPTOR,
                settings: #settings,
                schedule: #schedule,
                run: __fourfold::run_task::<#ident>,
            };

            #implementation_of_task
            #debug
        },
    )
}
