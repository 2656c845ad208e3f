//! Whatever is written, the other implementation reads the same in it; whatever it writes or reads, so do we.

use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{DynamicMessage, Value};

use super::fixture::{message_type, plan};
use super::random::{Random, dynamic};
use super::read;
use crate::cell::Cell;
use crate::input::{self, Mode, Violations};
use crate::proto::encode;
use crate::proto::wire::{One, Wire};
#[cfg(feature = "grpc")]
use crate::watch::Told;

const CASES: usize = 250;

fn shown(cells: &[Cell]) -> DynamicMessage {
    let mut message = dynamic("Sample", plan().descriptor.fields, cells, &|field| !field.input_only);
    message.set_field_by_name("etag", Value::String(format!("\"{}\"", plan().descriptor.row_version(cells))));
    // A field that was set to nothing and one that was not set are told apart until it is written.
    DynamicMessage::decode(message_type("Sample"), message.encode_to_vec().as_slice()).expect("a message")
}

/// All of a row's cells, also those that a caller never says or sees.
fn complete(bytes: &[u8]) -> Result<Vec<Cell>, Vec<String>> {
    let (input, violations) = read(Mode::Value, bytes);
    if violations.is_empty() {
        Ok(input::into_cells(input.expect("an input")))
    } else {
        Err(super::told(&violations))
    }
}

/// JSON's null and none are the same in an optional field.
fn plain(mut row: Vec<Cell>) -> Vec<Cell> {
    for (cell, field) in row.iter_mut().zip(plan().descriptor.fields) {
        if field.ty.optional && matches!(cell, Cell::Json(serde_json::Value::Null)) {
            *cell = Cell::Null;
        }
        // An empty list and none are the same in protobuf.
        if field.ty.optional && matches!(cell, Cell::List(cells) if cells.is_empty()) {
            *cell = Cell::Null;
        }
    }
    row
}

#[test]
fn answers_are_what_the_other_implementation_would_have_written() {
    let mut random = Random(1);
    for _ in 0..CASES {
        let row = random.row();
        let mut out = Vec::new();
        plan().encode_row(&mut out, &row);
        let read = DynamicMessage::decode(message_type("Sample"), out.as_slice()).expect("a message");
        assert!(read.unknown_fields().next().is_none());
        let built = shown(&row);
        assert!(read == built);
        // Fields are in number order, and nothing is longer than it has to be.
        assert_eq!(built.encoded_len(), DynamicMessage::encoded_len(&read));
        assert!(out.len() >= built.encoded_len());
    }
}

#[test]
fn all_of_a_row_comes_back_from_its_message() {
    let mut random = Random(2);
    for _ in 0..CASES {
        let row = plain(random.row());
        let mut out = Vec::new();
        encode::message(&mut out, plan(), plan().root(), &row, true);
        assert!(complete(&out) == Ok(row.clone()));
        let built = dynamic("Sample", plan().descriptor.fields, &row, &|_| true);
        assert!(complete(&built.encode_to_vec()) == Ok(row));
    }
}

#[test]
fn a_page_is_the_response_of_a_list() {
    let mut random = Random(3);
    for count in 0..20 {
        let rows: Vec<_> = (0..count).map(|_| random.row()).collect();
        let token = if count % 2 == 0 { "" } else { "next" };
        let mut out = Vec::new();
        plan().encode_page(&mut out, &rows, token);
        let page =
            DynamicMessage::decode(message_type("ListSamplesResponse"), out.as_slice()).expect("a page");
        let items = page.get_field_by_name("samples").expect("items");
        let items: Vec<_> =
            items.as_list().expect("a list").iter().filter_map(Value::as_message).cloned().collect();
        assert!(items == rows.iter().map(|row| shown(row)).collect::<Vec<_>>());
        assert_eq!(page.get_field_by_name("next_page_token").expect("a token").as_str(), Some(token));
    }
}

#[cfg(feature = "grpc")]
#[test]
fn what_a_watch_tells_is_its_response() {
    let mut random = Random(5);
    for count in 0..20 {
        let (row, before) = (random.row(), (count % 2 == 0).then(|| random.row()));
        let told = Told::new("grown".to_owned(), row.clone(), before.clone(), vec!["one_string", "one_bool"]);
        let mut out = Vec::new();
        plan().encode_told(&mut out, "here", (count > 0).then_some(&told));
        let message =
            DynamicMessage::decode(message_type("WatchSamplesResponse"), out.as_slice()).expect("a response");
        let field = |name| message.get_field_by_name(name).expect("a field").into_owned();
        assert_eq!(field("resume_token").as_str(), Some("here"));
        if count == 0 {
            assert_eq!(field("happened").as_str(), Some(""));
            assert!(!message.has_field_by_name("sample") && !message.has_field_by_name("before"));
            continue;
        }
        assert_eq!(field("happened").as_str(), Some("grown"));
        assert!(field("sample").as_message() == Some(&shown(&row)));
        assert_eq!(message.has_field_by_name("before"), before.is_some());
        assert!(before.is_none_or(|before| field("before").as_message() == Some(&shown(&before))));
        let changed = field("changed");
        let changed: Vec<_> = changed.as_list().expect("a list").iter().filter_map(Value::as_str).collect();
        assert_eq!(changed, ["one_string", "one_bool"]);
    }
}

/// The fields of a message as they stand in it.
fn pieces(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let mut wire = Wire(bytes);
        wire.next().expect("well-formed").expect("a field");
        let length = bytes.len() - wire.0.len();
        pieces.push(bytes[..length].to_vec());
        bytes = &bytes[length..];
    }
    pieces
}

/// The same message in another form: shuffled, with fields that nobody knows, lists unpacked or packed in parts, and
/// embedded messages split.
fn rewritten(random: &mut Random, bytes: &[u8], depth: usize) -> Vec<u8> {
    let mut fields: Vec<(u32, Vec<Vec<u8>>)> = Vec::new();
    for piece in pieces(bytes) {
        let Ok(Some((number, one))) = Wire(&piece).next() else { unreachable!("a field") };
        let forms = match one {
            One::Bytes(content) if depth > 0 => in_parts(random, number, content).unwrap_or(vec![piece]),
            _ => vec![piece],
        };
        match fields.iter_mut().find(|(known, _)| *known == number) {
            // Elements stay in order.
            Some((_, before)) => before.extend(forms),
            None => fields.push((number, forms)),
        }
    }
    let mut out = Vec::new();
    while !fields.is_empty() {
        if random.below(4) == 0 {
            stranger(random, &mut out);
        }
        let place = random.below(fields.len());
        let (_, forms) = &mut fields[place];
        out.extend(forms.remove(0));
        if forms.is_empty() {
            fields.remove(place);
        }
    }
    out
}

/// Another way to write a field of the sample's, if it has one.
fn in_parts(random: &mut Random, number: u32, content: &[u8]) -> Option<Vec<Vec<u8>>> {
    let field = message_type("Sample").get_field(number)?;
    let mut parts = Vec::new();
    let mut part = |wire_type, content: &[u8]| {
        let mut out = Vec::new();
        encode_key(number, wire_type, &mut out);
        if wire_type == WireType::LengthDelimited {
            encode_varint(content.len() as u64, &mut out);
        }
        out.extend_from_slice(content);
        parts.push(out);
    };
    if field.is_packed() {
        let wire_type = match field.kind() {
            prost_reflect::Kind::Float => WireType::ThirtyTwoBit,
            prost_reflect::Kind::Double => WireType::SixtyFourBit,
            _ => WireType::Varint,
        };
        let mut rest = content;
        while !rest.is_empty() {
            let mut wire = Wire(rest);
            wire.one(wire_type).expect("an element");
            let (element, after) = rest.split_at(rest.len() - wire.0.len());
            let packed = random.below(2) == 0;
            part(if packed { WireType::LengthDelimited } else { wire_type }, element);
            rest = after;
        }
    } else if matches!(field.kind(), prost_reflect::Kind::Message(_)) && !field.is_list() && !field.is_map() {
        let pieces = pieces(content);
        let cut = random.below(pieces.len() + 1);
        part(WireType::LengthDelimited, &pieces[..cut].concat());
        part(WireType::LengthDelimited, &pieces[cut..].concat());
    } else {
        return None;
    }
    Some(parts)
}

/// A field that nobody knows.
fn stranger(random: &mut Random, out: &mut Vec<u8>) {
    let number = 20_000 + u32::try_from(random.below(1000)).expect("small");
    match random.below(4) {
        0 => {
            encode_key(number, WireType::Varint, out);
            encode_varint(random.next(), out);
        }
        1 => {
            encode_key(number, WireType::SixtyFourBit, out);
            out.extend(random.next().to_le_bytes());
        }
        2 => {
            encode_key(number, WireType::LengthDelimited, out);
            out.extend([3, 255, 0, 7]);
        }
        _ => {
            encode_key(number, WireType::StartGroup, out);
            stranger(random, out);
            encode_key(number, WireType::EndGroup, out);
        }
    }
}

#[test]
fn one_message_in_many_forms_says_the_same() {
    let mut random = Random(4);
    for _ in 0..CASES {
        let row = plain(random.row());
        let mut out = Vec::new();
        encode::message(&mut out, plan(), plan().root(), &row, true);
        let other = rewritten(&mut random, &out, 1);
        assert!(complete(&other) == Ok(row.clone()));
        // What comes first in the same field does not count, or is added to.
        let mut twice = Vec::new();
        let before = random.row();
        encode::message(&mut twice, plan(), plan().root(), &before, true);
        twice.extend(&other);
        let merged = DynamicMessage::decode(message_type("Sample"), twice.as_slice()).expect("a message");
        assert!(complete(&twice) == complete(&merged.encode_to_vec()));
    }
}

/// Whether every map comes as bytes. Where one doesn't, the other implementation reads on as if it did.
fn maps_are_bytes(message: &prost_reflect::MessageDescriptor, bytes: &[u8]) -> bool {
    let mut wire = Wire(bytes);
    while let Ok(Some((number, one))) = wire.next() {
        let Some(field) = message.get_field(number) else { continue };
        let whole = match (field.kind(), one) {
            (prost_reflect::Kind::Message(inner), One::Bytes(bytes)) => maps_are_bytes(&inner, bytes),
            _ => !field.is_map(),
        };
        if !whole {
            return false;
        }
    }
    true
}

/// What we and the other implementation make of bytes.
fn compare(bytes: &[u8]) -> bool {
    if !maps_are_bytes(&message_type("Sample"), bytes) {
        let _ = read(Mode::Create(plan().descriptor), bytes);
        return false;
    }
    let ours = read(Mode::Create(plan().descriptor), bytes);
    let Ok(message) = DynamicMessage::decode(message_type("Sample"), bytes) else { return false };
    let theirs = read(Mode::Create(plan().descriptor), &message.encode_to_vec());
    assert!(ours.0 == theirs.0, "{bytes:?}");
    assert_eq!(super::told(&ours.1), super::told(&theirs.1), "{bytes:?}");
    true
}

fn small_row(random: &mut Random) -> Vec<u8> {
    let fields = plan().descriptor.fields;
    let row: Vec<_> = random
        .row()
        .into_iter()
        .zip(fields)
        .map(
            |(cell, field)| {
                if random.below(6) == 0 || field.name == "one_branch" { cell } else { Cell::Null }
            },
        )
        .collect();
    let mut out = Vec::new();
    encode::message(&mut out, plan(), plan().root(), &row, true);
    out.truncate(600);
    out
}

#[test]
fn a_message_that_is_cut_off_anywhere_is_malformed_or_shorter() {
    let mut random = Random(5);
    for _ in 0..8 {
        let bytes = small_row(&mut random);
        for end in 0..bytes.len() {
            let known = compare(&bytes[..end]);
            let (input, violations) = read(Mode::Create(plan().descriptor), &bytes[..end]);
            if !known {
                assert!(input.is_none());
                let last = violations.last().expect("a violation");
                assert_eq!((last.pointer.as_str(), last.code), ("", "syntax"));
            }
        }
    }
}

#[test]
fn flipped_bits_are_read_as_the_other_implementation_reads_them() {
    let mut random = Random(6);
    let mut understood = 0;
    for _ in 0..4_000 {
        let mut bytes = small_row(&mut random);
        for _ in 0..=random.below(3) {
            if !bytes.is_empty() {
                let place = random.below(bytes.len());
                bytes[place] ^= 1 << random.below(8);
            }
        }
        understood += usize::from(compare(&bytes));
        let mut violations = Violations::default();
        let _ = plan().update(&bytes, Some(&["maybe_branch.leaf.note".to_owned()]), &mut violations);
        let _ = plan().identity(&bytes);
    }
    assert!(understood > 400, "{understood}");
}

#[test]
fn any_bytes_are_answered() {
    let mut random = Random(7);
    for _ in 0..5_000 {
        let length = random.below(40);
        let bytes: Vec<u8> = (0..length).map(|_| random.next().to_le_bytes()[3]).collect();
        compare(&bytes);
        let _ = plan().identity(&bytes);
    }
}
