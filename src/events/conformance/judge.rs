//! What `tests/judges/cloudevents.sh` has the bus and Python exchange, on each bus that others speak to.

use crate::events::bus::Delivery;
use crate::events::cloud::{CloudEvent, Data};

/// What both sides know; Python has the same.
pub(crate) fn events(from: &str) -> Vec<CloudEvent> {
    let mut whole =
        CloudEvent::new("1 \"%\" Zoë", format!("/{from}"), "judge.made").with_json("{\"note\":\"Zoë 100%\"}");
    whole.subject = Some("Zoë's \"key\" 100%\u{1F98A}".to_owned());
    whole.time = "2026-01-02T03:04:05.678901Z".parse().ok();
    whole.data_schema = Some("https://example.com/schema".to_owned());
    whole.partition_key = Some("key".to_owned());
    whole.extensions.insert("tenant".to_owned(), "a b".to_owned());
    let mut bytes = CloudEvent::new("2", format!("/{from}"), "judge.made");
    bytes.time = whole.time;
    bytes.data_content_type = Some("application/octet-stream".to_owned());
    bytes.data = Data::Bytes(bytes::Bytes::from_static(b"\x00\xff%"));
    let mut bare = CloudEvent::new("3", format!("/{from}"), "judge.made");
    bare.time = whole.time;
    vec![whole, bytes, bare]
}

/// Without a type, bytes can be told from JSON as a whole alone.
pub(crate) fn untyped() -> CloudEvent {
    let mut untyped = CloudEvent::new("4", "/fourfold", "judge.made");
    untyped.time = "2026-01-02T03:04:05.678901Z".parse().ok();
    untyped.data = Data::Bytes(bytes::Bytes::from_static(b"\x00\xff%"));
    untyped
}

/// What Python published is all there, in both forms, and one thing that is no event. `binary` is what the binary form makes of
/// an event.
pub(crate) fn are_read(taken: &[Delivery], binary: impl Fn(CloudEvent) -> CloudEvent) {
    let read: Vec<&CloudEvent> = taken.iter().filter_map(|it| it.event.as_deref().ok()).collect();
    for (form, expected) in [
        ("binary", events("binary").into_iter().map(binary).collect::<Vec<_>>()),
        ("structured", events("structured")),
    ] {
        for expected in expected {
            let found = read.iter().find(|it| it.source == expected.source && it.id == expected.id);
            let found = found.unwrap_or_else(|| panic!("{form} {} is missing", expected.id));
            assert_eq!(found.attributes(), expected.attributes(), "{form}");
            let same = match (&found.data, &expected.data) {
                (Data::Json(found), Data::Json(expected)) => {
                    serde_json::from_str::<serde_json::Value>(found).expect("JSON")
                        == serde_json::from_str::<serde_json::Value>(expected).expect("JSON")
                }
                (found, expected) => found == expected,
            };
            assert!(same, "{form} {}: {:?}", expected.id, found.data);
        }
    }
    assert_eq!(taken.iter().filter(|it| it.event.is_err()).count(), 1, "what is no event");
}
