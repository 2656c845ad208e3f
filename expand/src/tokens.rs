//! The small pieces that all emission shares.

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

/// The path of the runtime crate: `::fourfold`, or what `crate = ".."` says.
pub(crate) fn runtime(krate: Option<&Path>) -> TokenStream {
    krate.map_or_else(|| quote!(::fourfold), ToTokens::to_token_stream)
}

/// Wraps what nobody names. `__fourfold` stands for the runtime inside; the prefix keeps it, and every name within,
/// apart from whatever the user's own types, defaults and rules refer to.
pub(crate) fn anonymous(runtime: &TokenStream, items: &TokenStream) -> TokenStream {
    quote! {
        #[allow(deprecated)]
        const _: () = {
            use #runtime::generated as __fourfold;
            #items
        };
    }
}

/// Where errors about `tokens` belong, with the macro's own name resolution and lints.
pub(crate) fn at(tokens: &impl ToTokens) -> Span {
    let span = tokens.to_token_stream().into_iter().next().map_or_else(Span::call_site, |first| first.span());
    Span::call_site().located_at(span)
}

/// A doc comment, an attribute for each line.
pub(crate) fn doc(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// `#[deprecated(note = "..")]`, where there is a reason.
pub(crate) fn deprecated(why: Option<&str>) -> Option<TokenStream> {
    why.map(|why| quote!(#[deprecated(note = #why)]))
}

/// A comment that says it, where `#[deprecated]` would warn whoever can't do otherwise.
pub(crate) fn with_reason(text: &str, why: Option<&str>) -> String {
    match why {
        None => text.to_owned(),
        Some(why) if text.is_empty() => format!("Deprecated: {why}"),
        Some(why) => format!("{text}\n\nDeprecated: {why}"),
    }
}

/// A count or an index.
pub(crate) fn number(number: usize) -> Literal {
    Literal::usize_unsuffixed(number)
}

/// A text full of quotation marks, as a raw string.
pub(crate) fn raw(text: &str) -> Literal {
    let raw = format!("r#\"{text}\"#").parse::<Literal>();
    raw.unwrap_or_else(|_| Literal::string(text))
}

/// `Some(..)` or `None`.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(__fourfold::None), |value| quote!(__fourfold::Some(#value)))
}

/// The tokens with `Self` as the type's own name: they also go to places where `Self` is something else.
pub(crate) fn without_self(tokens: &impl ToTokens, name: &Ident) -> TokenStream {
    tokens.to_token_stream().into_iter().map(|token| replace_self(token, name)).collect()
}

fn replace_self(token: TokenTree, name: &Ident) -> TokenTree {
    match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let mut name = name.clone();
            name.set_span(ident.span());
            TokenTree::Ident(name)
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_self(&group.stream(), name));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        other => other,
    }
}
