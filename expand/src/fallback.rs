//! After an error: the errors, and what keeps the rest of the user's code from causing more of them.

use fourfold_model::{Declaration, Diagnostic};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, WherePredicate, parse_quote};

use crate::events;
use crate::inputs::{create_name, update_name};
use crate::operations;
use crate::tasks;
use crate::tokens::{anonymous, runtime};

/// A resource of no fields. `debug` is what hides its secrets.
///
/// Its inputs are the first error itself, as a type: rustc says nothing about what is done with a type that follows from
/// an error.
pub(crate) fn resource(declaration: &Declaration, errors: &[Diagnostic], debug: &TokenStream) -> TokenStream {
    let Declaration { ident, vis, .. } = declaration;
    let (create, update) = (create_name(ident), update_name(ident));
    let runtime = runtime(declaration.krate.as_ref());
    let mut errors = errors.iter().map(Diagnostic::to_compile_error);
    let first = errors.next();
    let operations = operations::declare(declaration, &runtime);
    let (tasks, of_resource) = (tasks::declare(declaration, &runtime), tasks::of_resource(ident));
    let producers = tasks::stand_in(declaration);
    let happened = events::stand_in(declaration);
    let every = parse_quote!(Self: ::core::marker::Send + ::core::marker::Sync + 'static);
    let generics = with(&declaration.generics, every);
    let (parameters, arguments, clause) = generics.split_for_impl();
    let hidden = anonymous(
        &runtime,
        &quote! {
            #[automatically_derived]
            impl #parameters __fourfold::Resource for #ident #arguments #clause {
                const DESCRIPTOR: &'static __fourfold::Descriptor = &__fourfold::NO_RESOURCE;
                type Id = #create;
                type Create = #create;
                type Update = #create;
                #of_resource

                fn into_row(self) -> __fourfold::Row {
                    __fourfold::Vec::new()
                }

                fn from_row(_: __fourfold::Row) -> __fourfold::Result<Self> {
                    __fourfold::Err(__fourfold::Error::internal("not compiled"))
                }
            }
            #producers
            #debug
        },
    );
    quote! {
        #[allow(missing_docs)]
        #vis type #create = <[(); #first] as #runtime::Resource>::Create;
        #[allow(missing_docs)]
        #vis type #update = #create;
        #(#errors)*
        #operations
        #tasks
        #happened
        #hidden
    }
}

/// A value of no fields. `debug` is what hides its secrets.
pub(crate) fn value(declaration: &Declaration, errors: &[Diagnostic], debug: &TokenStream) -> TokenStream {
    let ident = &declaration.ident;
    let (parameters, arguments, clause) = declaration.generics.split_for_impl();
    let errors = errors.iter().map(Diagnostic::to_compile_error);
    let value = no_value(declaration);
    let hidden = anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #value

            #[automatically_derived]
            impl #parameters __fourfold::SingleType for #ident #arguments #clause {
                const KIND: __fourfold::Kind = __fourfold::Kind::Value(&__fourfold::NO_VALUE);

                fn to_cell(self) -> __fourfold::Cell {
                    __fourfold::Cell::Null
                }

                fn take_cell(_: __fourfold::Cell) -> __fourfold::Result<Self> {
                    __fourfold::Err(__fourfold::Error::internal("not compiled"))
                }
            }
            #debug
        },
    );
    quote! {
        #(#errors)*
        #hidden
    }
}

fn no_value(declaration: &Declaration) -> TokenStream {
    let ident = &declaration.ident;
    let (parameters, arguments, clause) = declaration.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters __fourfold::Value for #ident #arguments #clause {
            const DESCRIPTOR: &'static __fourfold::ValueDescriptor = &__fourfold::NO_VALUE;

            fn into_cells(self) -> __fourfold::Row {
                __fourfold::Vec::new()
            }

            fn from_cells(_: __fourfold::Row) -> __fourfold::Result<Self> {
                __fourfold::Err(__fourfold::Error::internal("not compiled"))
            }
        }
    }
}

/// A task of no fields. `debug` is what hides its secrets.
pub(crate) fn task(declaration: &Declaration, errors: &[Diagnostic], debug: &TokenStream) -> TokenStream {
    let ident = &declaration.ident;
    let generics = with(&declaration.generics, parse_quote!(Self: __fourfold::Handler));
    let (parameters, arguments, clause) = generics.split_for_impl();
    let errors = errors.iter().map(Diagnostic::to_compile_error);
    let value = no_value(declaration);
    let hidden = anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #value

            #[automatically_derived]
            impl #parameters __fourfold::Task for #ident #arguments #clause {
                const TASK: &'static __fourfold::TaskDescriptor = &__fourfold::NO_TASK;
            }
            #debug
        },
    );
    quote! {
        #(#errors)*
        #hidden
    }
}

/// An event of no fields.
pub(crate) fn event(declaration: &Declaration, errors: &[Diagnostic]) -> TokenStream {
    let ident = &declaration.ident;
    let generics = with(&declaration.generics, parse_quote!(Self: ::core::marker::Send + 'static));
    let (parameters, arguments, clause) = generics.split_for_impl();
    let errors = errors.iter().map(Diagnostic::to_compile_error);
    let value = no_value(declaration);
    let hidden = anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #value

            #[automatically_derived]
            impl #parameters __fourfold::Event for #ident #arguments #clause {
                const TYPES: &'static [&'static str] = &[];

                fn read(_: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
                    __fourfold::Err(__fourfold::Error::internal("not compiled"))
                }
            }

            #[automatically_derived]
            impl #parameters __fourfold::Publish for #ident #arguments #clause {
                const EVENT: &'static __fourfold::EventDescriptor = &__fourfold::NO_EVENT;
            }
        },
    );
    quote! {
        #(#errors)*
        #hidden
    }
}

/// A choice of no variants.
pub(crate) fn choice(declaration: &Declaration, errors: &[Diagnostic]) -> TokenStream {
    let ident = &declaration.ident;
    let (parameters, arguments, clause) = declaration.generics.split_for_impl();
    let errors = errors.iter().map(Diagnostic::to_compile_error);
    let hidden = anonymous(
        &runtime(declaration.krate.as_ref()),
        &quote! {
            #[automatically_derived]
            impl #parameters __fourfold::Choice for #ident #arguments #clause {
                const DESCRIPTOR: &'static __fourfold::ChoiceDescriptor = &__fourfold::NO_CHOICE;

                fn index(&self) -> ::core::primitive::u16 {
                    0
                }

                fn from_index(_: ::core::primitive::u16) -> __fourfold::Option<Self> {
                    __fourfold::None
                }
            }

            #[automatically_derived]
            impl #parameters __fourfold::SingleType for #ident #arguments #clause {
                const KIND: __fourfold::Kind = __fourfold::Kind::Choice(&__fourfold::NO_CHOICE);

                fn to_cell(self) -> __fourfold::Cell {
                    __fourfold::Cell::Null
                }

                fn take_cell(_: __fourfold::Cell) -> __fourfold::Result<Self> {
                    __fourfold::Err(__fourfold::Error::internal("not compiled"))
                }
            }

            #[automatically_derived]
            impl #parameters __fourfold::Comparable for #ident #arguments #clause {}
        },
    );
    quote! {
        #(#errors)*
        #hidden
    }
}

/// The generics of a struct that should have none, with what every struct of its kind is.
fn with(generics: &Generics, bound: WherePredicate) -> Generics {
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        generics.make_where_clause().predicates.push(bound);
    }
    generics
}
