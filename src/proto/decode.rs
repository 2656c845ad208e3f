//! Decoding by the plan. A message is first read whole, because in protobuf the last one wins and parts of a message
//! add up; then it is told what it says, in the table's order. A wrong value is noted and reading goes on.

use std::collections::BTreeMap;

use super::Plan;
use super::mask::Node;
use super::plan::{Content, Message, Shape, Slot};
use super::wire::{Found, Malformed, One, Wire, keeps, scan};
use crate::cell::{Cell, Change, Input};
use crate::descriptor::{Field, Kind, Scalar};
use crate::input::{self, At, Mode, Violations};
use crate::text;

/// What is read; where it can't be, the whole message is malformed.
pub(super) type Read<T> = Result<T, Malformed>;

pub(super) struct Decoder<'p, 'v> {
    pub(super) plan: &'p Plan,
    pub(super) violations: &'v mut Violations,
}

impl Decoder<'_, '_> {
    /// The fields of a message that are there.
    pub(super) fn fields(
        &mut self,
        mode: Mode,
        message: &Message,
        parts: &Found<'_>,
        here: &At<'_>,
    ) -> Read<Input> {
        let found = scan(message, parts)?;
        let mut input: Input = Vec::new();
        input.resize_with(message.fields.len(), || None);
        for ((index, field), place) in message.fields.iter().enumerate().zip(&message.order) {
            let (slot, found) = (&message.slots[*place], &found[*place]);
            let at = here.key(field.name);
            if slot.is_absent(found) {
                if slot.implicit && matches!(mode, Mode::Value) {
                    // Where everything has to be there, nothing stands for the type's zero.
                    let zero = Found::one(One::zero(&slot.content));
                    input[index] = self.change(mode, field, slot, &zero, &at)?;
                }
                continue;
            }
            self.go_on()?;
            if let Some(refusal) = mode.refusal(index, field) {
                self.check(field, slot, found)?;
                self.violations.push(&at, "output_only", refusal);
            } else {
                let change = self.change(mode, field, slot, found, &at)?;
                // What is wrong has been noted; it is not missing too.
                input[index] = Some(change.unwrap_or(Change::Set(Cell::Null)));
            }
        }
        if let (Mode::Create(_), Some(place)) = (mode, message.etag)
            && !message.slots[place].is_absent(&found[place])
        {
            let at = here.key(crate::rpc::ETAG);
            self.violations.push(&at, "output_only", "is output only: leave it out");
        }
        input::complete(mode, message.fields, &mut input, here, self.violations);
        Ok(input)
    }

    /// The fields of a message that a mask names: what is not there becomes null.
    pub(super) fn masked(
        &mut self,
        message: &Message,
        parts: &Found<'_>,
        mask: &Node,
        here: &At<'_>,
    ) -> Read<Input> {
        let found = scan(message, parts)?;
        let mut input: Input = Vec::new();
        input.resize_with(message.fields.len(), || None);
        for ((index, field), place) in message.fields.iter().enumerate().zip(&message.order) {
            let (slot, found) = (&message.slots[*place], &found[*place]);
            let Some(node) = mask.below.get(field.name) else {
                self.check(field, slot, found)?;
                continue;
            };
            self.go_on()?;
            let at = here.key(field.name);
            let change = match (&slot.content, slot.shape) {
                _ if node.whole && slot.is_absent(found) => self.nothing(slot, field, &at),
                _ if node.whole => self.change(Mode::Value, field, slot, found, &at)?,
                (_, Shape::Map) => Some(Change::MergeMap(self.masked_map(slot, field, found, node, &at)?)),
                (Content::Message(place), _) => {
                    let message = &self.plan.messages[*place];
                    Some(Change::Merge(self.masked(message, found, node, &at)?))
                }
                // A mask that was checked against the table goes into nothing else.
                _ => None,
            };
            input[index] = Some(change.unwrap_or(Change::Set(Cell::Null)));
        }
        Ok(input)
    }

    /// The entries of a map that a mask names: what is not there goes away.
    fn masked_map(
        &mut self,
        slot: &Slot,
        field: &'static Field,
        found: &Found<'_>,
        mask: &Node,
        here: &At<'_>,
    ) -> Read<Vec<(String, Change)>> {
        let entries = self.entries(slot, found, here)?;
        let Kind::Map(kind) = field.ty.kind else { return Ok(Vec::new()) };
        let mut changes = Vec::with_capacity(mask.below.len());
        for (key, node) in &mask.below {
            self.go_on()?;
            let at = here.key(key);
            self.check_key(key, &at);
            let change = match (entries.get(key.as_str()), &slot.content) {
                (None, _) if node.whole => Change::Set(Cell::Null),
                (Some(found), content) if node.whole => {
                    Change::Set(self.cell(kind, content, found, &at)?.unwrap_or(Cell::Null))
                }
                (found, Content::Message(place)) => {
                    let nothing = Found::default();
                    let message = &self.plan.messages[*place];
                    Change::Merge(self.masked(message, found.unwrap_or(&nothing), node, &at)?)
                }
                _ => Change::Set(Cell::Null),
            };
            changes.push((key.clone(), change));
        }
        Ok(changes)
    }

    /// What a mask says of a field that is not there.
    fn nothing(&mut self, slot: &Slot, field: &'static Field, at: &At<'_>) -> Option<Change> {
        if let Some(cell) = input::blank(field) {
            return Some(Change::Set(cell));
        }
        if matches!(field.ty.kind, Kind::Scalar(Scalar::Json)) {
            return Some(Change::Set(Cell::Json(serde_json::Value::Null)));
        }
        if slot.implicit {
            return zero(&field.ty.kind).map(Change::Set);
        }
        self.violations.push(at, "null", "may not be null");
        None
    }

    /// What is said about a field that is there.
    fn change(
        &mut self,
        mode: Mode,
        field: &'static Field,
        slot: &Slot,
        found: &Found<'_>,
        at: &At<'_>,
    ) -> Read<Option<Change>> {
        let cell = match (slot.shape, field.ty.kind) {
            (Shape::List { .. }, Kind::List(kind)) => Some(self.list(kind, slot, found, at)?),
            (Shape::Map, Kind::Map(kind)) => Some(self.map(kind, slot, found, at)?),
            (_, kind) => match &slot.content {
                Content::Message(place) if mode.is_update() => {
                    let message = &self.plan.messages[*place];
                    let input = self.fields(Mode::ValueUpdate, message, found, at)?;
                    return Ok(Some(Change::Merge(input)));
                }
                content => self.cell(&kind, content, found, at)?,
            },
        };
        Ok(cell.map(|cell| match cell {
            // JSON's own null and an absent value are one thing in an optional `Json` field.
            Cell::Json(serde_json::Value::Null) if field.ty.optional => Change::Set(Cell::Null),
            cell => Change::Set(cell),
        }))
    }

    fn list(&mut self, kind: &Kind, slot: &Slot, found: &Found<'_>, here: &At<'_>) -> Read<Cell> {
        let mut cells = Vec::new();
        let wire_type = slot.content.wire_type();
        for one in found.all() {
            if one.wire_type() == wire_type {
                self.element(kind, slot, one, here, &mut cells)?;
            } else {
                let mut packed = Wire(one.bytes());
                while !packed.0.is_empty() {
                    let one = packed.one(wire_type)?;
                    self.element(kind, slot, one, here, &mut cells)?;
                }
            }
        }
        Ok(Cell::List(cells))
    }

    fn element(
        &mut self,
        kind: &Kind,
        slot: &Slot,
        one: One<'_>,
        here: &At<'_>,
        cells: &mut Vec<Cell>,
    ) -> Read<()> {
        self.go_on()?;
        let at = here.index(cells.len());
        let cell = self.cell(kind, &slot.content, &Found::one(one), &at)?;
        cells.push(cell.unwrap_or(Cell::Null));
        Ok(())
    }

    fn map(&mut self, kind: &Kind, slot: &Slot, found: &Found<'_>, here: &At<'_>) -> Read<Cell> {
        let mut cells = BTreeMap::new();
        for (key, found) in self.entries(slot, found, here)? {
            self.go_on()?;
            let at = here.key(key);
            self.check_key(key, &at);
            let cell = self.cell(kind, &slot.content, &found, &at)?;
            cells.insert(key.to_owned(), cell.unwrap_or(Cell::Null));
        }
        Ok(Cell::Map(cells))
    }

    /// The entries of a map by key, the last of each.
    fn entries<'m>(
        &mut self,
        slot: &Slot,
        found: &Found<'m>,
        here: &At<'_>,
    ) -> Read<BTreeMap<&'m str, Found<'m>>> {
        let mut entries = BTreeMap::new();
        for entry in found.all() {
            let (mut key, mut value): (&[u8], _) = (&[], Found::default());
            let mut wire = Wire(entry.bytes());
            while let Some((number, one)) = wire.next()? {
                match (number, one) {
                    (1, One::Bytes(bytes)) => key = bytes,
                    (2, one) if one.wire_type() == slot.content.wire_type() => {
                        value.add(one, keeps(&slot.content));
                    }
                    _ => {}
                }
            }
            if value.is_absent() {
                value = Found::one(One::zero(&slot.content));
            }
            let Ok(key) = std::str::from_utf8(key) else {
                self.go_on()?;
                self.violations.push(here, "encoding", "must have keys in UTF-8");
                continue;
            };
            if let Some(before) = entries.insert(key, value) {
                self.check_message(&slot.content, &before)?;
            }
        }
        Ok(entries)
    }

    fn check_key(&mut self, key: &str, at: &At<'_>) {
        if text::storable(key).is_none() {
            self.violations.push(at, "character", "may not contain the character U+0000");
        }
    }

    /// Whether what nobody wants is a message all the same.
    fn check(&mut self, field: &'static Field, slot: &Slot, found: &Found<'_>) -> Read<()> {
        if slot.is_absent(found) || !(slot.content.is_message() || slot.shape != Shape::One) {
            return Ok(());
        }
        let mut unheard = Violations::default();
        let mut decoder = Decoder { plan: self.plan, violations: &mut unheard };
        match decoder.change(Mode::Value, field, slot, found, &At::ROOT) {
            Err(malformed) if malformed != FULL => Err(malformed),
            _ => Ok(()),
        }
    }

    fn check_message(&mut self, content: &Content, found: &Found<'_>) -> Read<()> {
        if let Content::Message(place) = content {
            let mut unheard = Violations::default();
            let mut decoder = Decoder { plan: self.plan, violations: &mut unheard };
            let message = &self.plan.messages[*place];
            match decoder.fields(Mode::ValueUpdate, message, found, &At::ROOT) {
                Err(malformed) if malformed != FULL => return Err(malformed),
                _ => {}
            }
        }
        Ok(())
    }

    /// Ends the reading when all that will be told is known.
    pub(super) fn go_on(&self) -> Read<()> {
        if self.violations.is_full() { Err(FULL) } else { Ok(()) }
    }
}

/// Nobody hears of it: there is no more room.
const FULL: Malformed = Malformed("too much is wrong");

impl Slot {
    /// Whether nothing is said: without presence, zero is nothing.
    fn is_absent(&self, found: &Found<'_>) -> bool {
        found.last.is_none_or(|one| self.implicit && one.is_zero())
    }
}

/// What a field without presence holds that is not there; `None` where its type's zero is not a value.
fn zero(kind: &Kind) -> Option<Cell> {
    let Kind::Scalar(scalar) = kind else { return None };
    Some(match scalar {
        Scalar::String => Cell::Text(String::new()),
        Scalar::Bool => Cell::Bool(false),
        Scalar::I32 | Scalar::I64 => Cell::Int(0),
        Scalar::U32 | Scalar::U64 => Cell::UInt(0),
        Scalar::F32 | Scalar::F64 => Cell::Float(0.0),
        Scalar::Bytes => Cell::Bytes(bytes::Bytes::new()),
        _ => return None,
    })
}
