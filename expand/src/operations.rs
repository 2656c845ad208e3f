//! Custom operations: the trait that the user implements, and the calls in the table.

use fourfold_model::model::Resource;
use fourfold_model::{Declaration, OperationDecl};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::tokens::{at, doc, option, with_reason, without_self};

fn trait_name(name: &Ident) -> Ident {
    format_ident!("{name}Operations")
}

/// The trait, where the resource has operations of its own.
pub(crate) fn declare(declaration: &Declaration, runtime: &TokenStream) -> TokenStream {
    let Declaration { ident: name, vis, operations, .. } = declaration;
    if operations.is_empty() {
        return TokenStream::new();
    }
    let operations_name = trait_name(name);
    let about = doc(&format!("The operations of [`{name}`] beside the standard ones."));
    let message = format!("the operations of `{name}` are not written");
    let label = format!("`{operations_name}` is not implemented for it");
    let note = wanted(declaration, &operations_name);
    let methods = operations.iter().map(|operation| {
        let OperationDecl { ident, input, .. } = operation;
        // Said, and no `#[deprecated]`: whoever writes the method, and tests it, is not to be warned.
        let about = doc(&with_reason(
            &format!("Runs `{ident}`: `self` is the row as it is, and what becomes of it is stored."),
            operation.deprecated().as_deref(),
        ));
        let input = input.as_ref().map(|input| {
            let input = without_self(input, name);
            quote!(, input: #input)
        });
        quote! {
            #about
            fn #ident(
                &mut self,
                ctx: &#runtime::Context
                #input
            ) -> impl ::core::future::Future<Output = #runtime::Result<()>> + ::core::marker::Send;
        }
    });
    quote! {
        #about
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
        #vis trait #operations_name {
            #(#methods)*
        }
    }
}

/// The implementation to write, as a text.
fn wanted(declaration: &Declaration, operations_name: &Ident) -> String {
    let methods = declaration.operations.iter().map(|OperationDecl { ident, input, .. }| {
        let input = input.as_ref().map(|path| path.to_token_stream().to_string().replace(' ', ""));
        let input = input.map_or_else(String::new, |path| format!(", input: {path}"));
        format!("\n    async fn {ident}(&mut self, ctx: &Context{input}) -> Result<()> {{{{ .. }}}}")
    });
    let methods = methods.collect::<String>();
    format!("write:\nimpl {operations_name} for {} {{{{{methods}\n}}}}", declaration.ident)
}

/// `operations` of the descriptor.
pub(crate) fn table(model: &Resource, declaration: &Declaration) -> TokenStream {
    let operations = model.operations.iter().zip(&declaration.operations).map(|(model, declared)| {
        let name = &model.name;
        let event = option(model.event.as_ref());
        let input = option(declared.input.as_ref().map(|path| {
            let path = without_self(path, &declaration.ident);
            quote!(<#path as __fourfold::Value>::DESCRIPTOR)
        }));
        let run = run(declared, &declaration.ident);
        quote!(__fourfold::Operation { name: #name, input: #input, event: #event, run: #run })
    });
    quote!(&[#(#operations),*])
}

/// From the row to the struct, through the user's method, and back.
fn run(operation: &OperationDecl, name: &Ident) -> TokenStream {
    let method = &operation.ident;
    let operations_name = trait_name(name);
    let (parameter, input) = match &operation.input {
        Some(path) => {
            let path = without_self(path, name);
            let from_cells = quote!(<#path as __fourfold::Value>::from_cells);
            (quote!(__input), quote!(, #from_cells(__fourfold::cells(__input))?))
        }
        None => (quote!(_), TokenStream::new()),
    };
    // An implementation that is missing is missing at the struct, and once.
    let span = at(name);
    let mut here = name.clone();
    here.set_span(span);
    let call = quote_spanned! {span=>
        <#here as #operations_name>::#method(&mut __this, __ctx #input).await?;
    };
    quote! {
        |__ctx, __row, #parameter| __fourfold::Box::pin(async move {
            let mut __this = <#name as __fourfold::Resource>::from_row(__row)?;
            #call
            __fourfold::Ok(<#name as __fourfold::Resource>::into_row(__this))
        })
    }
}
