//! Ids made by the database, and deletions that keep the row.

use fourfold::Resource as _;
use fourfold_fixture::{Counter, Label};
use serde_json::json;

use crate::run::Service;
use crate::step::{Expected, List, Step, create, custom, delete, get, invalid, list, replace, row, update};

pub(crate) fn service() -> Service {
    Service {
        name: "Counter",
        descriptor: Counter::DESCRIPTOR,
        mount: |server| server.mount::<Counter>().mount::<Label>(),
        beside: crate::run::alone,
        typed: crate::ways::typed::COUNTER,
        steps: steps(),
    }
}

fn steps() -> Vec<Step> {
    vec![
        create(
            "one",
            "a",
            json!({ "name": "a" }),
            Expected::Row(json!({ "name": "a", "count": 0, "deleted_at": null })),
        ),
        create("another", "b", json!({ "name": "b", "count": 18_446_744_073_709_551_615_u64 }), row()),
        create("a third", "c", json!({ "name": "b", "count": 5 }), row()).key("one"),
        create("the third again", "c", json!({ "name": "b", "count": 5 }), row()).key("one"),
        create("without a name", "", json!({ "count": 1 }), invalid(&["name required"])),
        create("with an id", "", json!({ "id": 99, "name": "x" }), invalid(&["id output_only"])),
        create(
            "a label that is not there",
            "",
            json!({ "name": "x", "label": "none" }),
            Expected::Error("failed_precondition", &["label reference"]),
        ),
        get("one", "a", row()),
        get("nobody", "nobody", Expected::Error("not_found", &[])),
        get("a number that nobody has", "4711", Expected::Error("not_found", &[])),
        update("a count", "a", json!({ "count": 7 }), Expected::Row(json!({ "count": 7 }))),
        update(
            "a label that is not there",
            "a",
            json!({ "label": "none" }),
            Expected::Error("failed_precondition", &["label reference"]),
        ),
        update("no label", "a", json!({ "label": null }), Expected::Row(json!({ "label": null }))),
        update("the id, as it is", "a", json!({ "id": "$id a", "count": 8 }), row()),
        update(
            "when it went",
            "a",
            json!({ "deleted_at": "2026-11-22T08:30:00Z" }),
            invalid(&["deleted_at output_only"]),
        ),
        update("a name too long", "a", json!({ "name": "x".repeat(31) }), invalid(&["name length"])),
        update("an old version", "a", json!({ "count": 1 }), Expected::Error("version_mismatch", &[]))
            .etag("\"1\""),
        update("any version", "a", json!({ "count": 9 }), row()).etag("*"),
        replace(
            "as a whole",
            "a",
            json!({ "name": "a2" }),
            Expected::Row(json!({ "name": "a2", "count": 0 })),
        ),
        replace("without a name", "a", json!({}), invalid(&["name required"])),
        custom("by default", "a", "add", Some(json!({})), Expected::Row(json!({ "count": 1 }))),
        custom("by some", "a", "add", Some(json!({ "more": 41 })), Expected::Row(json!({ "count": 42 }))),
        custom("by none", "a", "add", Some(json!({ "more": 0 })), invalid(&["more range"])),
        custom("nobody", "4711", "add", Some(json!({})), Expected::Error("not_found", &[])),
        list("all", List { order_by: "id", ..List::default() }, Expected::Rows(&["a", "b", "c"])),
        list(
            "the greatest first",
            List { order_by: "count desc", ..List::default() },
            Expected::Rows(&["b", "a", "c"]),
        ),
        list(
            "one at a time",
            List { order_by: "name, id", page_size: 1, ..List::default() },
            Expected::Rows(&["a"]),
        ),
        list(
            "the second",
            List { order_by: "name, id", page_size: 1, page_token: "$next", ..List::default() },
            Expected::Rows(&["b"]),
        ),
        list(
            "the last",
            List { order_by: "name, id", page_size: 1, page_token: "$next", ..List::default() },
            Expected::Rows(&["c"]),
        ),
        list(
            "either",
            List { filter: "name = \"a2\" OR count > 1000", order_by: "id", ..List::default() },
            Expected::Rows(&["a", "b"]),
        ),
        delete("one", "b", Expected::Nothing).key("two"),
        delete("the same again", "b", Expected::Nothing).key("two"),
        delete("one that is gone", "b", Expected::Error("not_found", &[])),
        get("one that is gone", "b", Expected::Error("not_found", &[])),
        update("one that is gone", "b", json!({ "count": 1 }), Expected::Error("not_found", &[])),
        list("what is left", List { order_by: "id", ..List::default() }, Expected::Rows(&["a", "c"])),
    ]
}
