use std::borrow::Cow;

use bytes::Bytes;
use chrono::{TimeZone as _, Utc};

use super::*;

fn event() -> CloudEvent {
    let mut event = CloudEvent::new("0199-7", "/shop.order.v1", "shop.order.v1.order.created")
        .with_json(r#"{"order":{"total":12345678901234567890.123456789,"note":"Zoë \"x\" 100%"}}"#);
    event.subject = Some("42".to_owned());
    event.time = Some(Utc.with_ymd_and_hms(2026, 1, 2, 3, 4, 5).unwrap());
    event.trace_parent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    event.partition_key = Some("42".to_owned());
    event.extensions.insert("tenant".to_owned(), "Zoë 100%".to_owned());
    event
}

#[test]
fn the_structured_form_is_what_the_specification_says() {
    let json: Value = serde_json::from_str(&event().to_json()).unwrap();
    for (name, value) in [
        ("specversion", "1.0"),
        ("id", "0199-7"),
        ("source", "/shop.order.v1"),
        ("type", "shop.order.v1.order.created"),
        ("subject", "42"),
        ("time", "2026-01-02T03:04:05Z"),
        ("datacontenttype", "application/json"),
        ("partitionkey", "42"),
        ("tenant", "Zoë 100%"),
    ] {
        assert_eq!(json[name], value, "{name}");
    }
    assert_eq!(json["data"]["order"]["note"], "Zoë \"x\" 100%");
}

#[test]
fn both_forms_come_out_as_they_went_in() {
    let mut binary = event();
    binary.data = Data::Bytes(Bytes::from_static(b"\x00\xff"));
    binary.data_content_type = Some("application/protobuf".to_owned());
    let mut bare = CloudEvent::new("1", "a", "b.c");
    bare.time = None;
    let mut plain = event();
    plain.data = Data::Json(r#"{"order":{"note":"Zoë"}}"#.to_owned());
    for event in [plain, binary, bare] {
        assert_eq!(CloudEvent::from_json(&event.to_json()).unwrap(), event);
        let body = match &event.data {
            Data::None => Bytes::new(),
            Data::Json(text) => Bytes::from(text.clone()),
            Data::Bytes(bytes) => bytes.clone(),
        };
        assert_eq!(CloudEvent::from_attributes(event.attributes(), body).unwrap(), event);
    }
}

#[test]
fn headers_hold_any_text() {
    let text = "Zoë says \"100%\"\n";
    let value = header_value(text);
    assert!(value.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{value}");
    assert_eq!(from_header_value(&value), text);
    assert_eq!(from_header_value("\"quoted\""), "quoted");
}

#[test]
fn what_is_none_says_why() {
    let structured = [
        ("", "not JSON"),
        ("[]", "not JSON"),
        ("{}", "specversion"),
        (r#"{"specversion":"0.3","id":"1","source":"a","type":"b"}"#, "specversion"),
        (r#"{"specversion":"1.0","source":"a","type":"b"}"#, "`id`"),
        (r#"{"specversion":"1.0","id":"1","type":"b"}"#, "`source`"),
        (r#"{"specversion":"1.0","id":"1","source":"a"}"#, "`type`"),
        (r#"{"specversion":"1.0","id":"1","source":"a","type":"b","time":"now"}"#, "time"),
        (r#"{"specversion":"1.0","id":"1","source":"a","type":"b","Bad-Name":"x"}"#, "attribute"),
        (r#"{"specversion":"1.0","id":"1","source":"a","type":"b","id":"2"}"#, "not JSON"),
        (
            r#"{"specversion":"1.0","id":"1","source":"a","type":"b","data":1,"data_base64":"AA=="}"#,
            "data_base64",
        ),
        (r#"{"specversion":"1.0","id":"1","source":"a","type":"b","data_base64":"!"}"#, "base64"),
    ];
    for (text, word) in structured {
        let why = CloudEvent::from_json(text).unwrap_err().to_string();
        assert!(why.contains(word), "{text}: {why}");
    }
    let of = |pairs: &[(&'static str, &'static str)], body: &'static [u8]| {
        let pairs = pairs.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))).collect::<Vec<_>>();
        CloudEvent::from_attributes(pairs, Bytes::from_static(body))
    };
    let right = [("specversion", "1.0"), ("id", "1"), ("source", "a"), ("type", "b")];
    assert!(of(&right, b"{}").is_ok());
    assert!(of(&right[1..], b"{}").unwrap_err().to_string().contains("specversion"));
    assert!(of(&right, b"{").unwrap_err().to_string().contains("not JSON"));
    assert!(of(&right, b"\xff").unwrap_err().to_string().contains("UTF-8"));
}

#[test]
fn neither_debug_nor_reasons_show_the_data() {
    let mut event = event();
    event.data = Data::Json("\"s3cret\"".to_owned());
    assert!(!format!("{event:?} {:?}", event.data).contains("s3cret"));
    let why = CloudEvent::from_json(r#"{"specversion":"1.0","data":"s3cret""#).unwrap_err();
    assert!(!why.to_string().contains("s3cret"));
}
