//! `#[derive(Resource)]`.

use fourfold_model::model::{Resource, Role};
use fourfold_model::sql::{self, Statements};
use fourfold_model::{Declaration, Parsed};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::DeriveInput;

use crate::field::{Field, fields};
use crate::tokens::{anonymous, at, number, option, raw, runtime};
use crate::{conversions, descriptor, events, fallback, inputs, operations, redact, settings, tasks};

/// The expansion.
pub(crate) fn expand(input: &DeriveInput, has_contract: impl FnOnce(&Resource) -> bool) -> TokenStream {
    let Parsed { model, declaration, errors } = fourfold_model::resource(input);
    match model {
        Some(model) if errors.is_empty() => {
            let contract = has_contract(&model).then(|| contract(&model));
            emit(&model, &declaration, contract.as_ref())
        }
        model => {
            let fields =
                model.iter().flat_map(|model| fields(&model.fields, &declaration)).collect::<Vec<_>>();
            let debug = redact::debug_of_struct(&declaration.ident, &fields);
            fallback::resource(&declaration, &errors, &debug)
        }
    }
}

fn emit(model: &Resource, declaration: &Declaration, contract: Option<&TokenStream>) -> TokenStream {
    let Declaration { ident: name, vis, .. } = declaration;
    let runtime = runtime(declaration.krate.as_ref());
    let fields = fields(&model.fields, declaration);
    let inputs = inputs::structs(name, vis, &fields, &runtime);
    let operations = operations::declare(declaration, &runtime);
    let tasks = tasks::declare(declaration, &runtime);
    let events = events::declare(model, declaration, &fields, &runtime);

    let table = table(model, declaration, &fields, contract);
    let implementation = implementation(name, model, &fields);
    let conversions = inputs::conversions(name, &fields);
    let producers = fields.get(model.id).map(|id| tasks::implementation(declaration, &id.ty));
    let happened = events::implementation(model, name, &fields);
    let behavior = (!model.behavior).then(|| {
        quote! {
            #[automatically_derived]
            impl __fourfold::Behavior for #name {}
        }
    });
    let debug = redacted(name, &fields);
    let assertions = assertions(&fields);
    let hidden = anonymous(
        &runtime,
        &quote! {
            #contract
            static __DESCRIPTOR: __fourfold::Descriptor = #table;
            #implementation
            #conversions
            #producers
            #happened
            #behavior
            #debug
            #assertions
        },
    );
    quote! {
        #inputs
        #operations
        #tasks
        #events
        #hidden
    }
}

fn implementation(name: &Ident, model: &Resource, fields: &[Field<'_>]) -> TokenStream {
    let (create, update) = (inputs::create_name(name), inputs::update_name(name));
    let id = fields.get(model.id).map(|field| &field.ty);
    let tasks = tasks::of_resource(name);
    let into_row = conversions::into_cells(fields);
    let from_row = conversions::from_cells(fields);
    quote! {
        #[automatically_derived]
        impl __fourfold::Resource for #name {
            const DESCRIPTOR: &'static __fourfold::Descriptor = &__DESCRIPTOR;
            type Id = #id;
            type Create = #create;
            type Update = #update;
            #tasks

            fn into_row(self) -> __fourfold::Row {
                #into_row
            }

            fn from_row(__row: __fourfold::Row) -> __fourfold::Result<Self> {
                #from_row
            }
        }
    }
}

fn table(
    model: &Resource,
    declaration: &Declaration,
    fields: &[Field<'_>],
    contract: Option<&TokenStream>,
) -> TokenStream {
    let Resource { name, package, version, path, singular, plural, table, doc, id, .. } = model;
    let role = |role| option(model.fields.iter().position(|field| field.role == role).map(number));
    let (version_field, created_at) = (role(Role::Version), role(Role::CreatedAt));
    let (updated_at, deleted_at) = (role(Role::UpdatedAt), role(Role::DeletedAt));
    let fields = descriptor::fields(fields, &declaration.ident);
    let operations = operations::table(model, declaration);
    let behavior = option(model.behavior.then(|| {
        let name = &declaration.ident;
        quote_spanned!(at(name)=> &__fourfold::Erased::<#name>::NEW)
    }));
    let tasks = settings::table(&model.tasks);
    let (sqlite, postgres) = (statements(&sql::sqlite(model)), statements(&sql::postgres(model)));
    let id = number(*id);
    let fingerprint = fingerprint(model);
    let contract = option(contract.map(|_| quote!(&__CONTRACT)));
    quote! {
        __fourfold::Descriptor {
            name: #name,
            package: #package,
            version: #version,
            path: #path,
            singular: #singular,
            plural: #plural,
            table: #table,
            doc: #doc,
            fields: #fields,
            id: #id,
            version_field: #version_field,
            created_at: #created_at,
            updated_at: #updated_at,
            deleted_at: #deleted_at,
            operations: #operations,
            behavior: #behavior,
            tasks: #tasks,
            sqlite: #sqlite,
            postgres: #postgres,
            fingerprint: #fingerprint,
            contract: #contract,
        }
    }
}

fn fingerprint(model: &Resource) -> Literal {
    Literal::u64_unsuffixed(fourfold_model::fingerprint(model))
}

/// What the build script wrote about the resource.
fn contract(model: &Resource) -> TokenStream {
    let file = format!("/{}", crate::contract_file(model));
    let stale = format!(
        "the build script has read another `{}` than the compiler: it is out of date (touch build.rs), or a macro has a \
         hand in the struct",
        model.name
    );
    let fingerprint = fingerprint(model);
    quote! {
        const __CONTRACT: __fourfold::Contract = ::core::include!(::core::concat!(::core::env!("OUT_DIR"), #file));
        const _: () = ::core::assert!(__CONTRACT.fingerprint == #fingerprint, #stale);
    }
}

fn statements(statements: &Statements) -> TokenStream {
    let Statements { select, get, insert, update, delete } = statements;
    let [select, get, insert, update, delete] = [select, get, insert, update, delete].map(|sql| raw(sql));
    quote! {
        __fourfold::Statements {
            select: #select,
            get: #get,
            insert: #insert,
            update: #update,
            delete: #delete,
        }
    }
}

/// `Debug` for the struct and its inputs, where there is something to hide.
fn redacted(name: &Ident, fields: &[Field<'_>]) -> TokenStream {
    if !fields.iter().any(Field::is_secret) {
        return TokenStream::new();
    }
    let of_struct = redact::debug_of_struct(name, fields);
    let in_create = fields.iter().filter(|field| inputs::in_create(field));
    let of_create =
        redact::debug(&inputs::create_name(name), in_create.map(|field| (field, field.inner.clone())));
    let in_update = fields.iter().filter(|field| inputs::in_update(field));
    let of_update =
        redact::debug(&inputs::update_name(name), in_update.map(|field| (field, field.ty.clone())));
    let in_events = fields.iter().filter(|field| !field.is_secret());
    let of_shown = redact::debug(&events::shown_name(name), in_events.map(|field| (field, field.ty.clone())));
    quote! {
        #of_struct
        #of_create
        #of_update
        #of_shown
    }
}

/// What rustc alone can find out about the types of the user's own.
fn assertions(fields: &[Field<'_>]) -> TokenStream {
    let compared = fields.iter().filter(|field| {
        let model = field.model;
        field.is_named() && (model.filter || model.sort || model.unique)
    });
    let assertions = compared.map(|field| {
        let inner = &field.inner;
        quote_spanned!(at(inner)=> __fourfold::comparable::<#inner>();)
    });
    quote!(#(#assertions)*)
}
