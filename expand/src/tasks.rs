//! The typed producers: what enqueues the operations of a resource.

use fourfold_model::{Declaration, OperationDecl};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use crate::inputs::{create_name, update_name};
use crate::tokens::{deprecated, doc, number, option, without_self};

/// The name of what enqueues.
fn tasks_name(name: &Ident) -> Ident {
    format_ident!("{name}Tasks")
}

/// The struct.
pub(crate) fn declare(declaration: &Declaration, runtime: &TokenStream) -> TokenStream {
    let Declaration { ident: name, vis, .. } = declaration;
    let tasks = tasks_name(name);
    let about = doc(&format!(
        "Enqueues the operations of [`{name}`] as tasks: `{name}::tasks(..)`, over a broker or inside an operation.\n\n\
         Each method gives a task that is enqueued when it is awaited."
    ));
    quote! {
        #about
        #[allow(missing_debug_implementations)]
        #[derive(::core::clone::Clone, ::core::marker::Copy)]
        #vis struct #tasks<'a>(#runtime::tasks::TaskSink<'a>);
    }
}

/// The part of `impl Resource` that leads there.
pub(crate) fn of_resource(name: &Ident) -> TokenStream {
    let tasks = tasks_name(name);
    quote! {
        type Tasks<'a> = #tasks<'a>;

        fn tasks<'a>(__to: impl ::core::convert::Into<__fourfold::TaskSink<'a>>) -> #tasks<'a> {
            #tasks(::core::convert::Into::into(__to))
        }
    }
}

/// Its methods; `id` is the type of the resource's id.
pub(crate) fn implementation(declaration: &Declaration, id: &TokenStream) -> TokenStream {
    let name = &declaration.ident;
    let custom = |index: usize, operation: &OperationDecl| {
        let index = number(index);
        let cells = option(operation.input.as_ref().map(|input| {
            let input = without_self(input, name);
            quote!(<#input as __fourfold::Value>::into_cells(__input))
        }));
        quote!(__fourfold::operation_task::<#name>(self.0, #index, __id, #cells))
    };
    let standard = Bodies {
        create: quote!(__fourfold::create_task::<#name>(self.0, __input)),
        update: quote!(__fourfold::update_task::<#name>(self.0, __id, __update)),
        delete: quote!(__fourfold::delete_task::<#name>(self.0, __id)),
    };
    methods(declaration, id, &standard, custom)
}

/// The same methods for a resource with errors: they take whatever the right ones would.
pub(crate) fn stand_in(declaration: &Declaration) -> TokenStream {
    let body = || quote!(__fourfold::no_task(self.0));
    let standard = Bodies { create: body(), update: body(), delete: body() };
    methods(declaration, &create_name(&declaration.ident).into_token_stream(), &standard, |_, _| body())
}

struct Bodies {
    create: TokenStream,
    update: TokenStream,
    delete: TokenStream,
}

fn methods(
    declaration: &Declaration,
    id: &TokenStream,
    standard: &Bodies,
    custom: impl Fn(usize, &OperationDecl) -> TokenStream,
) -> TokenStream {
    let Declaration { ident: name, vis, operations, .. } = declaration;
    let (tasks, create_input, update_input) = (tasks_name(name), create_name(name), update_name(name));
    let Bodies { create, update, delete } = standard;
    let about = |what: &str| doc(&format!("{what} of [`{name}`] as a task."));
    let create_doc = about("A create");
    let update_doc = about("An update");
    let delete_doc = about("A delete");
    let customs = operations.iter().enumerate().map(|(index, operation)| {
        let OperationDecl { ident, input, .. } = operation;
        let about = about(&format!("`{ident}`"));
        let deprecated = deprecated(operation.deprecated().as_deref());
        let input = input.as_ref().map(|input| {
            let input = without_self(input, name);
            quote!(, __input: #input)
        });
        let body = custom(index, operation);
        quote! {
            #about
            #deprecated
            #vis fn #ident(self, __id: #id #input) -> __fourfold::Enqueue<'a> {
                #body
            }
        }
    });
    quote! {
        #[allow(dead_code, private_interfaces)]
        impl<'a> #tasks<'a> {
            #create_doc
            #vis fn create(self, __input: #create_input) -> __fourfold::Enqueue<'a> {
                #create
            }

            #update_doc
            #vis fn update(self, __id: #id, __update: #update_input) -> __fourfold::Enqueue<'a> {
                #update
            }

            #delete_doc
            #vis fn delete(self, __id: #id) -> __fourfold::Enqueue<'a> {
                #delete
            }

            #(#customs)*
        }
    }
}
