//! XML: bodies straight into rows, rows straight into answers.
//!
//! An element named like the resource holds an element for each field. A list holds `item` elements, a map `entry`
//! elements with a `key` attribute, a nested value the elements of its fields. Null is `xsi:nil="true"`. A `Json` field
//! holds JSON text; every other value is the text that it also is in JSON.

mod decode;
mod encode;
#[cfg(feature = "rest")]
mod problem;
mod source;
#[cfg(test)]
mod tests;

pub(crate) use decode::object;
pub(crate) use encode::{encode_page, encode_row};
#[cfg(feature = "rest")]
pub(crate) use problem::encode_problem;

/// The namespace of `xsi:nil`.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Whether XML 1.0 can carry the character, escaped or not.
const fn is_char(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
