//! JSON: bodies straight into rows, rows straight into answers.

mod cell;
mod decode;
mod encode;
mod envelope;
mod input;
mod merge;
#[cfg(test)]
mod tests;
mod untyped;

pub(crate) use decode::{decode_shown, decode_stored, object, of_event};
pub(crate) use encode::{
    View, cell as encode_cell, encode_stored, row as encode_row, string as encode_string,
};
pub(crate) use envelope::{Wants, envelope};
pub(crate) use input::encode_input;
#[cfg(any(feature = "xml", feature = "grpc", feature = "client"))]
pub(crate) use untyped::any;
