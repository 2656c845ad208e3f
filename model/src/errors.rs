//! The sink that gathers every error, so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// One mistake: where it is, what it is, and what to write instead.
#[derive(Clone, Debug)]
pub struct Diagnostic(syn::Error);

impl Diagnostic {
    pub(crate) fn new(place: impl ToTokens, what: impl Display, help: impl Display) -> Self {
        Self(syn::Error::new_spanned(place, format_args!("{what}\nhelp: {help}")))
    }

    /// The whole text: what is wrong on the first line, the way out on the next, which begins with `help: `.
    #[must_use]
    pub fn message(&self) -> String {
        self.0.to_string()
    }

    /// The place of the word, type or literal that is wrong.
    #[must_use]
    pub fn span(&self) -> Span {
        self.0.span()
    }

    /// A `compile_error!` at the place.
    #[must_use]
    pub fn to_compile_error(&self) -> TokenStream {
        self.0.to_compile_error()
    }
}

/// Gathers errors. It has to be finished: in debug builds a sink that is dropped with its errors unread stops the
/// program.
#[derive(Debug)]
#[must_use]
pub(crate) struct Errors {
    list: Vec<Diagnostic>,
    finished: bool,
}

impl Errors {
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new(), finished: false }
    }

    /// Adds an error: what is wrong with `place`, and what to write instead.
    pub(crate) fn at(&mut self, place: impl ToTokens, what: impl Display, help: impl Display) {
        self.list.push(Diagnostic::new(place, what, help));
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// All errors in source order.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.finished = true;
        let mut list = std::mem::take(&mut self.list);
        list.sort_by_key(|diagnostic| diagnostic.span().start());
        list
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        debug_assert!(self.finished || std::thread::panicking(), "errors were gathered and not reported");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "errors were gathered and not reported")]
    fn a_sink_can_not_be_forgotten() {
        drop(Errors::new());
    }
}
