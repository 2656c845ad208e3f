//! Tokens as text that is the same for both readers: the compiler and `syn::parse_file` space tokens differently.

use std::fmt::Write as _;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// One space between tokens, none inside of an operator.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    let mut out = String::new();
    write_all(&mut out, tokens.to_token_stream());
    out.trim_end().to_owned()
}

fn write_all(out: &mut String, tokens: TokenStream) {
    for token in tokens {
        // Writing to a `String` can't fail.
        let _ = match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("( ", ") "),
                    Delimiter::Brace => ("{ ", "} "),
                    Delimiter::Bracket => ("[ ", "] "),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                write_all(out, group.stream());
                out.write_str(close)
            }
            TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => {
                write!(out, "{}", punct.as_char())
            }
            TokenTree::Punct(punct) => write!(out, "{} ", punct.as_char()),
            TokenTree::Ident(ident) => write!(out, "{ident} "),
            TokenTree::Literal(literal) => write!(out, "{literal} "),
        };
    }
}

/// A path without spaces where it has no generics: `crate::orders::Item`.
pub(crate) fn path(path: &syn::Path) -> String {
    if path.segments.iter().any(|segment| !segment.arguments.is_none()) {
        return text(path);
    }
    let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let lead = if path.leading_colon.is_some() { "::" } else { "" };
    format!("{lead}{}", segments.join("::"))
}
