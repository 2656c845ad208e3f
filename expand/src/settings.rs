//! How tasks run: what was said, and nothing else.

use std::time::Duration;

use fourfold_model::model::TaskSettings;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// `tasks` of a resource's descriptor.
pub(crate) fn table(tasks: &[(String, TaskSettings)]) -> TokenStream {
    let tasks = tasks.iter().map(|(name, settings)| {
        let settings = value(settings);
        quote!((#name, #settings))
    });
    quote!(&[#(#tasks),*])
}

/// The settings of one task.
pub(crate) fn value(settings: &TaskSettings) -> TokenStream {
    let TaskSettings { queue, retries, backoff, backoff_max, timeout } = settings;
    let queue = queue.as_ref().map(|queue| quote!(queue: __fourfold::Some(#queue)));
    let retries = retries.map(|retries| {
        let retries = Literal::u32_unsuffixed(retries);
        quote!(retries: __fourfold::Some(#retries))
    });
    let backoff = backoff.map(span).map(|span| quote!(backoff: __fourfold::Some(#span)));
    let backoff_max = backoff_max.map(span).map(|span| quote!(backoff_max: __fourfold::Some(#span)));
    let timeout = timeout.map(span).map(|span| quote!(timeout: __fourfold::Some(#span)));
    let said: Vec<_> = [queue, retries, backoff, backoff_max, timeout].into_iter().flatten().collect();
    match said.len() {
        0 => quote!(__fourfold::TaskSettings::NONE),
        5 => quote!(__fourfold::TaskSettings { #(#said),* }),
        _ => quote!(__fourfold::TaskSettings { #(#said,)* ..__fourfold::TaskSettings::NONE }),
    }
}

fn span(span: Duration) -> TokenStream {
    let millis = Literal::u64_unsuffixed(u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
    quote!(::core::time::Duration::from_millis(#millis))
}
