//! Protobuf: messages straight into rows, rows straight into messages.
//!
//! A [`Plan`] links a descriptor's fields to the fields of the message that the build wrote, by name, once. Everything
//! after that is by number.

mod content;
mod decode;
mod encode;
mod link;
mod mask;
mod plan;
mod told;
mod typed;
mod wire;

#[cfg(test)]
pub(crate) mod tests;

use crate::cell::{Cell, Input};
use crate::descriptor::{Descriptor, Operation};
use crate::input::{At, Mode, Violations};
use crate::rpc;
#[cfg(feature = "grpc")]
use crate::watch::Told;
use decode::{Decoder, Read};
use wire::{Found, Malformed, One, Wire};

#[cfg(feature = "grpc")]
pub(crate) use mask::split as mask_paths;
pub(crate) use told::Told;
pub use typed::{from_message, to_message};

/// The methods of a resource's service.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    /// `GetOrder`.
    Get,
    /// `ListOrders`.
    List,
    /// `WatchOrders`, which streams.
    Watch,
    /// `CreateOrder`.
    Create,
    /// `UpdateOrder`.
    Update,
    /// `DeleteOrder`.
    Delete,
    /// `CancelOrder`.
    Custom(&'static Operation),
}

/// A method of the resource's service.
#[derive(Debug)]
pub(crate) struct Method {
    /// `GetOrder`.
    pub(crate) name: String,
    /// What it does.
    pub(crate) call: Call,
}

/// How a resource's rows are messages.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) descriptor: &'static Descriptor,
    /// The service's full name, `shop.order.v1.OrderService`.
    pub(crate) service: String,
    /// Its methods.
    pub(crate) methods: Vec<Method>,
    /// The resource's own among the messages.
    root: usize,
    messages: Vec<plan::Message>,
    /// The message of what each operation takes, in the descriptor's order.
    inputs: Vec<Option<usize>>,
}

impl Plan {
    /// Links the table to the message; `None` where the build wrote no contract. An error is a sentence for the log.
    pub(crate) fn link(descriptor: &'static Descriptor) -> Result<Option<Self>, String> {
        link::link(descriptor)
    }

    /// Writes a row as a caller sees it: nothing that is `input_only`, and the version as `etag`.
    pub(crate) fn encode_row(&self, out: &mut Vec<u8>, cells: &[Cell]) {
        encode::message(out, self, self.root(), cells, false);
    }

    /// Writes a list's response.
    pub(crate) fn encode_page(&self, out: &mut Vec<u8>, rows: &[Vec<Cell>], next_page_token: &str) {
        let tag = |number| plan::Tag::new(number, prost::encoding::WireType::LengthDelimited);
        let items = tag(rpc::page::ITEMS);
        for cells in rows {
            items.write(out);
            encode::delimited(out, |out| self.encode_row(out, cells));
        }
        if !next_page_token.is_empty() {
            tag(rpc::page::NEXT_PAGE_TOKEN).write(out);
            encode::bytes(out, next_page_token.as_bytes());
        }
    }

    /// Writes what a watch tells: a change, or that there is none.
    #[cfg(feature = "grpc")]
    pub(crate) fn encode_told(&self, out: &mut Vec<u8>, token: &str, told: Option<&Told>) {
        let tag = |number| plan::Tag::new(number, prost::encoding::WireType::LengthDelimited);
        let text = |out: &mut Vec<u8>, number, text: &str| {
            tag(number).write(out);
            encode::bytes(out, text.as_bytes());
        };
        text(out, rpc::told::RESUME_TOKEN, token);
        let Some(told) = told else { return };
        text(out, rpc::told::HAPPENED, &told.happened);
        tag(rpc::told::RESOURCE).write(out);
        encode::delimited(out, |out| self.encode_row(out, &told.row));
        if let Some(before) = &told.before {
            tag(rpc::told::BEFORE).write(out);
            encode::delimited(out, |out| self.encode_row(out, before));
        }
        for name in &told.changed {
            text(out, rpc::told::CHANGED, name);
        }
    }

    /// Reads the message of a create or a replace. Something may be wrong with it all the same: what, is in
    /// `violations`. `None` where it can't be read at all.
    pub(crate) fn object(&self, mode: Mode, message: &[u8], violations: &mut Violations) -> Option<Input> {
        let read =
            |decoder: &mut Decoder<'_, '_>| decoder.fields(mode, self.root(), &whole(message), &At::ROOT);
        self.read(violations, read)
    }

    /// Reads the message of an update: with a mask its paths, without one the fields that are populated. A mask that is
    /// empty is none. One that [`mask_is_all`] is read as a replace.
    pub(crate) fn update(
        &self,
        message: &[u8],
        mask: Option<&[String]>,
        violations: &mut Violations,
    ) -> Option<Input> {
        match mask {
            None | Some([]) => self.object(Mode::Update, message, violations),
            Some(mask) if mask_is_all(mask) => {
                self.object(Mode::Replace(self.descriptor), message, violations)
            }
            Some(mask) => {
                let mask = mask::parse(mask, self.descriptor.fields, violations);
                let read = |decoder: &mut Decoder<'_, '_>| {
                    decoder.masked(self.root(), &whole(message), &mask, &At::ROOT)
                };
                self.read(violations, read)
            }
        }
    }

    /// Reads what a custom operation takes (the message of its input alone); null where it takes nothing.
    pub(crate) fn operation_input(
        &self,
        operation: &'static Operation,
        message: &[u8],
        violations: &mut Violations,
    ) -> Option<Cell> {
        let index = self.descriptor.operations.iter().position(|known| known.name == operation.name);
        let Some(Some(place)) = index.and_then(|index| self.inputs.get(index)) else {
            return Some(Cell::Null);
        };
        let message_plan = &self.messages[*place];
        let read = |decoder: &mut Decoder<'_, '_>| {
            decoder.fields(Mode::Value, message_plan, &whole(message), &At::ROOT)
        };
        self.read(violations, read).map(|input| Cell::Value(crate::input::into_cells(input)))
    }

    /// Reads a message in which every field counts, also those that no caller may say.
    fn complete(&self, message: &[u8], violations: &mut Violations) -> Option<Input> {
        self.object(Mode::Value, message, violations)
    }

    /// The id of a resource's message as text, where it says one, and its etag, empty where it says none. What is
    /// malformed says nothing: whoever reads the rest finds out.
    pub(crate) fn identity(&self, message: &[u8]) -> (Option<String>, String) {
        let root = self.root();
        let id = &root.slots[root.order[self.descriptor.id]];
        let etag = root.etag.map(|place| root.slots[place].number);
        let (mut found_id, mut found_etag) = (None, String::new());
        let mut wire = Wire(message);
        while let Ok(Some((number, one))) = wire.next() {
            if number == id.number && one.wire_type() == id.content.wire_type() {
                found_id = Some(one);
            } else if let (true, One::Bytes(text)) = (Some(number) == etag, one) {
                found_etag = String::from_utf8_lossy(text).into_owned();
            }
        }
        let found_id = found_id.filter(|one| !one.is_zero()).and_then(|one| match one {
            One::Varint(number) => Some(number.cast_signed().to_string()),
            One::Bytes(text) => std::str::from_utf8(text).ok().map(str::to_owned),
            One::Fixed32(_) | One::Fixed64(_) => None,
        });
        (found_id, found_etag)
    }

    fn root(&self) -> &plan::Message {
        &self.messages[self.root]
    }

    fn read<T>(
        &self,
        violations: &mut Violations,
        read: impl FnOnce(&mut Decoder<'_, '_>) -> Read<T>,
    ) -> Option<T> {
        match read(&mut Decoder { plan: self, violations }) {
            Ok(read) => Some(read),
            Err(Malformed(reason)) => {
                // Where there is no more room, it is not the message that ended the reading.
                violations.push(&At::ROOT, "syntax", format!("is not a valid protobuf message: {reason}"));
                None
            }
        }
    }
}

fn whole(message: &[u8]) -> Found<'_> {
    Found::one(One::Bytes(message))
}

/// Whether a mask means all fields: the update is a replace.
pub(crate) fn mask_is_all(mask: &[String]) -> bool {
    matches!(mask, [path] if path == "*")
}
