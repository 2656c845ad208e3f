//! The wire: a message as numbers and what they carry, without knowing what they mean.

use prost::encoding::{WireType, decode_key, decode_varint};

use super::plan::{Content, Message, Shape, Slot};

/// How deep groups that nobody knows may nest.
const MAX_DEPTH: usize = 100;

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

const SHORT: Malformed = Malformed("it ends inside a field");

/// What one occurrence of a field carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum One<'m> {
    Varint(u64),
    Fixed32(u32),
    Fixed64(u64),
    Bytes(&'m [u8]),
}

impl<'m> One<'m> {
    pub(super) const fn wire_type(self) -> WireType {
        match self {
            Self::Varint(_) => WireType::Varint,
            Self::Fixed32(_) => WireType::ThirtyTwoBit,
            Self::Fixed64(_) => WireType::SixtyFourBit,
            Self::Bytes(_) => WireType::LengthDelimited,
        }
    }

    pub(super) const fn is_zero(self) -> bool {
        match self {
            Self::Varint(number) | Self::Fixed64(number) => number == 0,
            Self::Fixed32(number) => number == 0,
            Self::Bytes(bytes) => bytes.is_empty(),
        }
    }

    /// What a field of a map's entry holds that is not there.
    pub(super) const fn zero(content: &Content) -> Self {
        match content.wire_type() {
            WireType::Varint => Self::Varint(0),
            WireType::ThirtyTwoBit => Self::Fixed32(0),
            WireType::SixtyFourBit => Self::Fixed64(0),
            _ => Self::Bytes(&[]),
        }
    }

    pub(super) const fn bytes(self) -> &'m [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }
}

/// All that a message says of one field.
#[derive(Debug, Default)]
pub(super) struct Found<'m> {
    /// What counts, where the field is one value.
    pub(super) last: Option<One<'m>>,
    /// What came before, where it matters: elements, parts of a message, texts.
    before: Vec<One<'m>>,
}

impl<'m> Found<'m> {
    pub(super) const fn one(one: One<'m>) -> Self {
        Self { last: Some(one), before: Vec::new() }
    }

    pub(super) const fn is_absent(&self) -> bool {
        self.last.is_none()
    }

    /// Every occurrence in turn.
    pub(super) fn all(&self) -> impl Iterator<Item = One<'m>> {
        self.before.iter().copied().chain(self.last)
    }

    pub(super) fn add(&mut self, one: One<'m>, keep: bool) {
        if let Some(before) = self.last.replace(one)
            && keep
        {
            self.before.push(before);
        }
    }
}

/// Reads a message, maybe in parts, into what it says of each slot. What is not known is skipped.
pub(super) fn scan<'m>(message: &Message, parts: &Found<'m>) -> Result<Vec<Found<'m>>, Malformed> {
    let mut found = Vec::new();
    found.resize_with(message.slots.len(), Found::default);
    for part in parts.all() {
        let mut wire = Wire(part.bytes());
        let mut next = 0;
        while let Some((number, one)) = wire.next()? {
            let Some(place) = message.find(number, next) else { continue };
            next = place + 1;
            let slot = &message.slots[place];
            if slot.takes(one) {
                found[place].add(one, slot.shape != Shape::One || keeps(&slot.content));
            }
        }
    }
    Ok(found)
}

/// Whether what comes before the last of a field that is one value matters.
pub(super) const fn keeps(content: &Content) -> bool {
    content.is_message() || content.is_text()
}

impl Slot {
    /// Whether the wire type is one that the field may have; if not, nobody knows the field.
    fn takes(&self, one: One<'_>) -> bool {
        let bytes = matches!(one, One::Bytes(_));
        match self.shape {
            Shape::One | Shape::Etag => one.wire_type() == self.content.wire_type(),
            Shape::List { .. } => bytes || one.wire_type() == self.content.wire_type(),
            Shape::Map => bytes,
        }
    }
}

/// The rest of a message.
pub(super) struct Wire<'m>(pub(super) &'m [u8]);

impl<'m> Wire<'m> {
    /// The next field; groups are skipped.
    pub(super) fn next(&mut self) -> Result<Option<(u32, One<'m>)>, Malformed> {
        while !self.0.is_empty() {
            let (number, wire_type) = self.key()?;
            if wire_type == WireType::StartGroup {
                self.skip_group(number)?;
                continue;
            }
            return Ok(Some((number, self.one(wire_type)?)));
        }
        Ok(None)
    }

    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        let unfinished = self.0.len() < 10 && self.0.iter().all(|byte| byte & 0x80 != 0);
        if unfinished {
            return Err(SHORT);
        }
        decode_varint(&mut self.0).map_err(|_| Malformed("a number is longer than 64 bits"))
    }

    /// A value of the wire type, from a field or from a packed list.
    pub(super) fn one(&mut self, wire_type: WireType) -> Result<One<'m>, Malformed> {
        Ok(match wire_type {
            WireType::Varint => One::Varint(self.varint()?),
            WireType::ThirtyTwoBit => One::Fixed32(u32::from_le_bytes(self.array()?)),
            WireType::SixtyFourBit => One::Fixed64(u64::from_le_bytes(self.array()?)),
            WireType::LengthDelimited => {
                let length = usize::try_from(self.varint()?).map_err(|_| SHORT)?;
                let (bytes, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
                self.0 = rest;
                One::Bytes(bytes)
            }
            WireType::StartGroup | WireType::EndGroup => {
                return Err(Malformed("a group ends that did not begin"));
            }
        })
    }

    fn key(&mut self) -> Result<(u32, WireType), Malformed> {
        let unfinished = self.0.len() < 10 && self.0.iter().all(|byte| byte & 0x80 != 0);
        if unfinished {
            return Err(SHORT);
        }
        decode_key(&mut self.0).map_err(|_| Malformed("a field has no valid number or wire type"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*array)
    }

    /// The rest of a group whose start has been read.
    fn skip_group(&mut self, number: u32) -> Result<(), Malformed> {
        let mut open = vec![number];
        while let Some(innermost) = open.last() {
            match self.key()? {
                (number, WireType::EndGroup) if number == *innermost => {
                    open.pop();
                }
                (_, WireType::StartGroup) if open.len() == MAX_DEPTH => {
                    return Err(Malformed("it is nested too deep"));
                }
                (number, WireType::StartGroup) => open.push(number),
                (_, wire_type) => {
                    self.one(wire_type)?;
                }
            }
        }
        Ok(())
    }
}
