//! The data of events against the table's codec, which reads and writes the same messages, and against what is wrong.

use prost::Message as _;
use prost_reflect::{DynamicMessage, Value as Reflected};

use super::*;
use crate::cell::Row;
use crate::descriptor::Kind;
use crate::input::{self, Mode, Violations};
use crate::json::{self, View};
use crate::proto::tests::fixture::{compile, message_type, plan, source};
use crate::proto::tests::random::Random;

const EVENT: &str = "test.codec.v1.sample.told";

/// The resource's own message, as if it were an event's.
fn messages() -> &'static EventMessages {
    static ALL: std::sync::OnceLock<EventMessages> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let descriptor = plan().descriptor;
        let mut texts: Vec<(&'static str, Scalar)> = Vec::new();
        for field in descriptor.fields {
            let (Kind::List(Kind::Scalar(scalar)) | Kind::Map(Kind::Scalar(scalar)) | Kind::Scalar(scalar)) =
                &field.ty.kind
            else {
                continue;
            };
            if scalar.is_told_as_text() {
                texts.push((format!("Sample.{}", field.name).leak(), *scalar));
            }
        }
        EventMessages {
            proto: compile(source(descriptor)).0.leak(),
            types: &[(EVENT, "Sample")],
            texts: texts.leak(),
            values: &[("SHADE_2ND_HAND", "2nd-hand")],
        }
    })
}

fn told() -> Arc<Told> {
    Told::of(messages()).expect("a sound contract")
}

fn as_json(row: &Row) -> String {
    let mut out = Vec::new();
    json::encode_row(&mut out, plan().descriptor.fields, row, View::Caller);
    String::from_utf8(out).expect("UTF-8")
}

fn as_message(row: &Row) -> Vec<u8> {
    let mut out = Vec::new();
    plan().encode_row(&mut out, row);
    out
}

/// Without the version of a resource, which events don't say in this way.
fn without_etag(bytes: &[u8]) -> DynamicMessage {
    let mut message = DynamicMessage::decode(message_type("Sample"), bytes).expect("a message");
    message.clear_field_by_name(crate::rpc::ETAG);
    message
}

fn read(text: &str) -> Row {
    let mut violations = Violations::default();
    let input = json::object(Mode::Event, plan().descriptor.fields, text.as_bytes(), &mut violations);
    let violations = violations.into_list();
    assert!(violations.is_empty(), "{violations:?} in {text}");
    input::into_cells(input.expect("an object"))
}

#[test]
fn what_is_told_is_what_a_caller_of_grpc_would_see() {
    let mut random = Random(7);
    for _ in 0..2_000 {
        let row = random.row();
        let told = told().encode(EVENT, &as_json(&row)).expect("a row is a message");
        assert_eq!(without_etag(&told), without_etag(&as_message(&row)), "{}", as_json(&row));
    }
}

/// In protobuf a list is not null but empty, and an empty one is not there.
fn as_protobuf_has_it(mut row: Row) -> Row {
    for (cell, field) in row.iter_mut().zip(plan().descriptor.fields) {
        let empty = match cell {
            Cell::List(cells) => cells.is_empty(),
            Cell::Map(cells) => cells.is_empty(),
            _ => false,
        };
        if empty && field.ty.optional {
            *cell = Cell::Null;
        }
    }
    row
}

#[test]
fn a_message_is_read_as_its_json_is() {
    let mut random = Random(11);
    for _ in 0..2_000 {
        let row = random.row();
        let text = told().decode(EVENT, &as_message(&row)).expect("a message");
        assert!(read(&text) == as_protobuf_has_it(read(&as_json(&row))), "{text}");
    }
}

#[test]
fn whatever_the_bytes_are_reading_ends_in_json_or_in_a_sentence() {
    let mut random = Random(13);
    for _ in 0..5_000 {
        let mut bytes = as_message(&random.row());
        for _ in 0..=random.below(4) {
            let place = random.below(bytes.len());
            bytes[place] = u8::try_from(random.next() >> 56).expect("a byte");
        }
        bytes.truncate(random.below(bytes.len()) + 1);
        match told().decode(EVENT, &bytes) {
            Ok(text) => drop(serde_json::from_str::<Value>(&text).expect("JSON")),
            Err(why) => assert!(!why.is_empty()),
        }
    }
}

#[test]
fn what_is_not_known_is_left_alone() {
    let row = Random(17).row();
    let mut bytes = as_message(&row);
    prost::encoding::string::encode(4_711, &"of a later version".to_owned(), &mut bytes);
    let text = told().decode(EVENT, &bytes).expect("a message");
    assert!(read(&text) == as_protobuf_has_it(read(&as_json(&row))));
}

#[test]
fn a_value_that_an_enum_did_not_have_is_its_number() {
    let mut message = DynamicMessage::new(message_type("Sample"));
    message.set_field_by_name("one_shade", Reflected::EnumNumber(99));
    let text = told().decode(EVENT, &message.encode_to_vec()).expect("a message");
    assert!(text.contains("\"one_shade\":\"99\""), "{text}");
}

#[test]
fn what_the_contract_has_no_words_for_is_an_error_that_names_it() {
    for (json, wanted) in [
        ("{\"sample_of_tomorrow\": 1}", "has no field `sample_of_tomorrow`"),
        (
            "{\"one_shade\": \"of_tomorrow\"}",
            "`test.codec.v1.Sample.one_shade`: the contract has no such value",
        ),
        ("{\"one_shade\": 1}", "`test.codec.v1.Sample.one_shade`: it is of another type"),
        ("[]", "it is no object"),
    ] {
        let error = told().encode(EVENT, json).expect_err(json);
        assert!(error.contains(wanted), "{error}");
    }
    let error = told().encode("test.codec.v1.sample.unknown", "{}").expect_err("no message");
    assert!(error.contains("no message"), "{error}");
}

#[cfg(feature = "webhooks")]
#[test]
fn people_outside_are_told_in_json() {
    use crate::events::{CloudEvent, Data, JSON, PROTOBUF, in_json};

    let text = as_json(&Random(3).row());
    let bytes = told().encode(EVENT, &text).expect("a row is a message");
    let mut event = CloudEvent::new("1", "/test.codec.v1", EVENT);
    event.data = Data::Bytes(bytes.into());
    event.data_content_type = Some(PROTOBUF.to_owned());
    event.data_schema = Some("https://type.googleapis.com/test.codec.v1.Sample".to_owned());
    let outside = in_json(&event, Some(messages())).expect("the contract says how it is read");
    let Data::Json(said) = &outside.data else { panic!("{:?}", outside.data) };
    assert_eq!(read(said), read(&text));
    assert_eq!((outside.data_content_type.as_deref(), &outside.data_schema), (Some(JSON), &None));
    assert_eq!((&outside.id, &outside.kind), (&event.id, &event.kind));
    let refused = in_json(&event, None).expect_err("nobody says how it is read");
    assert!(refused.to_string().contains("Build::events"), "{refused}");
}
