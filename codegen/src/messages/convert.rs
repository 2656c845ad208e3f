//! The conversions between a resource's struct and its message, both through the descriptor table.

use fourfold_model::model::Resource;
use proc_macro2::TokenStream;
use quote::quote;

use super::{names, resource_path};
use crate::catalog::Item;

/// The file of a resource.
pub(super) fn both_ways(item: &Item<Resource>, runtime: &str) -> String {
    let runtime: TokenStream = runtime.parse().unwrap_or_default();
    let resource = resource_path(&item.module, &item.model);
    let message = names::message(&item.model.name);
    let file = quote! {
        impl ::core::convert::TryFrom<#resource> for #message {
            type Error = #runtime::Error;

            /// All that the struct holds, also what a caller is never shown; `etag` says its version.
            fn try_from(resource: #resource) -> ::core::result::Result<Self, Self::Error> {
                #runtime::to_message(resource)
            }
        }

        impl ::core::convert::TryFrom<&#message> for #resource {
            type Error = #runtime::Error;

            /// The error names every field that is missing, or that the struct can't hold.
            fn try_from(message: &#message) -> ::core::result::Result<Self, Self::Error> {
                #runtime::from_message(message)
            }
        }

        impl ::core::convert::TryFrom<#message> for #resource {
            type Error = #runtime::Error;

            /// The error names every field that is missing, or that the struct can't hold.
            fn try_from(message: #message) -> ::core::result::Result<Self, Self::Error> {
                #runtime::from_message(&message)
            }
        }
    };
    match syn::parse2(file.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => file.to_string(),
    }
}
