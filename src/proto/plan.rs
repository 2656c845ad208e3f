//! What a plan is made of: the fields of each message with their numbers, in the order of the wire.

use prost::encoding::WireType;

use crate::descriptor::{Field, Scalar};

/// A message: a resource's or a value's.
#[derive(Debug)]
pub(super) struct Message {
    /// The table's fields.
    pub(super) fields: &'static [Field],
    /// The message's fields by number.
    pub(super) slots: Vec<Slot>,
    /// Where the table's fields are among the slots.
    pub(super) order: Vec<usize>,
    /// Where the etag is among the slots, in a resource's message.
    pub(super) etag: Option<usize>,
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) number: u32,
    /// The cell of a row that it shows.
    pub(super) cell: usize,
    /// Whether a caller never sees it.
    pub(super) input_only: bool,
    /// Whether a message can't say the type's zero apart from nothing (proto3's implicit presence).
    pub(super) implicit: bool,
    pub(super) shape: Shape,
    pub(super) content: Content,
    /// Number and wire type as they are written.
    pub(super) tag: Tag,
    /// The tag of an element: of a repeated field that is not packed, or of a map entry's value.
    pub(super) element: Tag,
}

/// How often a field holds its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    List {
        packed: bool,
    },
    Map,
    /// The version of a resource, which is no field of the table's.
    Etag,
}

/// What a field, an element or an entry holds.
#[derive(Debug)]
pub(super) enum Content {
    Scalar(Scalar),
    Choice(Numbers),
    /// A value: its place among the plan's messages.
    Message(usize),
}

/// The numbers of a choice's variants.
#[derive(Debug)]
pub(super) struct Numbers {
    /// By variant.
    by_variant: Vec<i32>,
    /// By number.
    by_number: Vec<(i32, u16)>,
    /// For `must be ..`.
    pub(super) expected: String,
}

impl Numbers {
    /// From the number and the name of each variant in turn.
    pub(super) fn new(values: &[(i32, String)]) -> Self {
        let names: Vec<&str> = values.iter().map(|(_, name)| name.as_str()).collect();
        let expected = format!("one of {}", names.join(", "));
        let by_variant: Vec<i32> = values.iter().map(|(number, _)| *number).collect();
        let mut by_number: Vec<(i32, u16)> = by_variant.iter().copied().zip(0..).collect();
        by_number.sort_unstable();
        Self { by_variant, by_number, expected }
    }

    pub(super) fn number(&self, variant: u16) -> Option<i32> {
        self.by_variant.get(usize::from(variant)).copied()
    }

    pub(super) fn variant(&self, number: i32) -> Option<u16> {
        let place = self.by_number.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(self.by_number[place].1)
    }
}

impl Content {
    pub(super) const fn wire_type(&self) -> WireType {
        match self {
            Self::Choice(_)
            | Self::Scalar(Scalar::Bool | Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64) => {
                WireType::Varint
            }
            Self::Scalar(Scalar::F32) => WireType::ThirtyTwoBit,
            Self::Scalar(Scalar::F64) => WireType::SixtyFourBit,
            Self::Scalar(_) | Self::Message(_) => WireType::LengthDelimited,
        }
    }

    /// Whether it is a message on the wire, so that what is there twice is merged.
    pub(super) const fn is_message(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Scalar(Scalar::Timestamp | Scalar::Duration))
    }

    /// Whether it is text on the wire.
    pub(super) const fn is_text(&self) -> bool {
        matches!(self, Self::Scalar(Scalar::String | Scalar::Uuid | Scalar::Date | Scalar::Decimal))
    }
}

/// A field's number and wire type as they are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    bytes: [u8; 5],
    length: u8,
}

impl Tag {
    /// Inside a packed list nothing has a tag.
    pub(super) const NONE: Self = Self { bytes: [0; 5], length: 0 };

    pub(super) fn new(number: u32, wire_type: WireType) -> Self {
        let mut bytes = [0; 5];
        let mut rest = bytes.as_mut_slice();
        prost::encoding::encode_key(number, wire_type, &mut rest);
        let length = 5 - u8::try_from(rest.len()).unwrap_or(5);
        Self { bytes, length }
    }

    #[inline]
    pub(super) fn write(self, out: &mut Vec<u8>) {
        if self.length == 1 {
            out.push(self.bytes[0]);
        } else {
            out.extend_from_slice(&self.bytes[..usize::from(self.length)]);
        }
    }
}

impl Message {
    /// The slot of a number. Fields mostly come in order, so it looks at the next one first.
    pub(super) fn find(&self, number: u32, next: usize) -> Option<usize> {
        if self.slots.get(next).is_some_and(|slot| slot.number == number) {
            return Some(next);
        }
        self.slots.binary_search_by_key(&number, |slot| slot.number).ok()
    }
}
