//! Edits of Rust and TOML in place, by the positions of their syntax trees: all else stays as it was written.

mod attribute;
mod calls;
mod implementation;
pub(crate) mod manifest;
mod modules;
mod statement;

use std::ops::Range;

use proc_macro2::Span;

pub(crate) use attribute::{add_word, operation};
pub(crate) use calls::{Call, add_calls};
pub(crate) use implementation::{add_item, add_method, has_implementation};
pub(crate) use modules::{add_module, add_modules};
pub(crate) use statement::{add_statement, defines};

/// What an edit makes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    /// The new text.
    To(String),
    /// It is there already.
    Unchanged,
    /// It can't be done cleanly, and why.
    Refused(String),
}

impl Edited {
    /// The text that the file has then; the reason where it can't be done.
    pub(crate) fn or(self, before: &str) -> Result<String, String> {
        match self {
            Self::To(text) => Ok(text),
            Self::Unchanged => Ok(before.to_owned()),
            Self::Refused(why) => Err(why),
        }
    }
}

/// The text with a part put in at a place.
fn inserted(text: &str, at: usize, part: &str) -> String {
    let (before, after) = text.split_at(at);
    format!("{before}{part}{after}")
}

/// The text with a part in place of another.
fn replaced(text: &str, span: &Range<usize>, part: &str) -> String {
    format!("{}{part}{}", &text[..span.start], &text[span.end..])
}

/// The syntax tree of a file whose positions are those of its text.
fn parsed(text: &str) -> Result<syn::File, String> {
    readable(text)?;
    syn::parse_file(text).map_err(|error| format!("it is not valid Rust: {error}"))
}

/// The reader of syntax leaves these out, and so its positions are not those of the file.
fn readable(text: &str) -> Result<(), String> {
    let shebang = text.starts_with("#!") && !text[2..].trim_start().starts_with('[');
    if text.starts_with('\u{feff}') || shebang {
        return Err("it begins with a byte order mark or a #! line, which can't be edited safely".to_owned());
    }
    Ok(())
}

/// The bytes of a span.
fn bytes(span: Span) -> Range<usize> {
    span.byte_range()
}

/// The place behind something that ends at a byte: behind the comment that follows it on its line, if one does.
fn behind(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    let line = rest.lines().next().unwrap_or_default();
    if line.trim_start().starts_with("//") { end + line.trim_end().len() } else { end }
}

/// The spaces and tabs at the begin of the line that a byte is in.
fn indent(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = &text[start..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The line break of a file.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}
