//! The codec against an independent implementation of protobuf (prost-reflect), and against JSON.

pub(crate) mod fixture;
mod masks;
mod messages;
mod parity;
pub(crate) mod random;
mod reflect;
mod refusals;

use prost_reflect::{DynamicMessage, Value};

use crate::cell::Input;
use crate::error::Violation;
use crate::input::{Mode, Violations};

use fixture::{message_type, plan};

/// What a create's message says, and what is wrong with it.
fn create(bytes: &[u8]) -> (Option<Input>, Vec<Violation>) {
    read(Mode::Create(plan().descriptor), bytes)
}

fn read(mode: Mode, bytes: &[u8]) -> (Option<Input>, Vec<Violation>) {
    let mut violations = Violations::default();
    let input = plan().object(mode, bytes, &mut violations);
    (input, violations.into_list())
}

fn update(bytes: &[u8], mask: &[&str]) -> (Option<Input>, Vec<Violation>) {
    let mask: Vec<String> = mask.iter().map(|&path| path.to_owned()).collect();
    let mut violations = Violations::default();
    let input = plan().update(bytes, Some(&mask), &mut violations);
    (input, violations.into_list())
}

/// Violations as `pointer code`, sorted: formats read fields in different orders.
fn told(violations: &[Violation]) -> Vec<String> {
    let mut told: Vec<_> = violations.iter().map(|it| format!("{} {}", it.pointer, it.code)).collect();
    told.sort();
    told
}

/// A message of the fixture's with these fields.
fn sample<const N: usize>(fields: [(&str, Value); N]) -> DynamicMessage {
    message("Sample", fields)
}

fn message<const N: usize>(name: &str, fields: [(&str, Value); N]) -> DynamicMessage {
    let mut message = DynamicMessage::new(message_type(name));
    for (name, value) in fields {
        message.set_field_by_name(name, value);
    }
    message
}

/// The change that an input holds for the field.
#[allow(clippy::ref_option, reason = "as it stands in the input")]
fn field<'i>(input: &'i Input, name: &str) -> &'i Option<crate::cell::Change> {
    let (index, _) = plan().descriptor.field(name).expect(name);
    &input[index]
}
