//! Ids given by callers, and words of languages as names.

use fourfold::Resource as _;
use fourfold_fixture::{Counter, Label};
use serde_json::json;

use crate::run::Service;
use crate::step::{Expected, List, Step, create, delete, get, invalid, list, replace, row, update};

pub(crate) fn service() -> Service {
    Service {
        name: "Label",
        descriptor: Label::DESCRIPTOR,
        mount: |server| server.mount::<Counter>().mount::<Label>(),
        beside: crate::run::alone,
        typed: crate::ways::typed::LABEL,
        steps: steps(),
    }
}

fn steps() -> Vec<Step> {
    vec![
        create(
            "one",
            "a",
            json!({ "id": "a", "title": "A" }),
            Expected::Row(json!({ "title": "A", "message": 1 })),
        ),
        create(
            "another",
            "b",
            json!({ "id": "b-2", "title": "B", "type": "x", "message": 0 }),
            Expected::Row(json!({
                "type": "x", "message": 0,
            })),
        ),
        create(
            "the same id",
            "",
            json!({ "id": "a", "title": "C" }),
            Expected::Error("already_exists", &["id unique"]),
        ),
        create(
            "the same title",
            "",
            json!({ "id": "c", "title": "A" }),
            Expected::Error("already_exists", &["title unique"]),
        ),
        create("no id", "", json!({ "title": "C" }), invalid(&["id required"])),
        create("an empty id", "", json!({ "id": "", "title": "C" }), invalid(&["id length"])),
        create("an id that is none", "", json!({ "id": "Ü", "title": "C" }), invalid(&["id pattern"])),
        create(
            "not an address",
            "",
            json!({ "id": "c", "title": "C", "contact": "nobody" }),
            invalid(&["contact email"]),
        ),
        create(
            "not a page",
            "",
            json!({ "id": "c", "title": "C", "page": "nowhere" }),
            invalid(&["page url"]),
        ),
        create(
            "two things at once",
            "",
            json!({ "id": "c", "title": "", "contact": "x" }),
            invalid(&["title length", "contact email"]),
        ),
        create(
            "right ones",
            "c",
            json!({
                "id": "c", "title": "C", "contact": "c@example.com", "page": "https://example.com/c?d=e",
            }),
            row(),
        ),
        get("one", "b", row()),
        get("nobody", "nobody", Expected::Error("not_found", &[])),
        update(
            "a title",
            "a",
            json!({ "title": "A2", "type": "y" }),
            Expected::Row(json!({ "title": "A2", "type": "y" })),
        ),
        update("another id", "a", json!({ "id": "z" }), invalid(&["id immutable"])),
        update("nothing", "a", json!({}), row()),
        update("back to nothing", "a", json!({ "type": null }), Expected::Row(json!({ "type": null }))),
        update("the version that it has", "c", json!({ "message": 5 }), row()).etag("\"$now\""),
        update("an old version", "c", json!({ "message": 6 }), Expected::Error("version_mismatch", &[]))
            .etag("\"1\""),
        replace(
            "as a whole",
            "c",
            json!({ "title": "C2" }),
            Expected::Row(json!({ "contact": null, "message": 1 })),
        ),
        list("in order", List { order_by: "title", ..List::default() }, Expected::Rows(&["a", "b", "c"])),
        list(
            "from behind",
            List { order_by: "id desc", ..List::default() },
            Expected::Rows(&["c", "b", "a"]),
        ),
        list(
            "by a name that is a word",
            List { filter: "message = 0", ..List::default() },
            Expected::Rows(&["b"]),
        ),
        list(
            "by a part",
            List { filter: "title = \"*2\"", order_by: "id", ..List::default() },
            Expected::Rows(&["a", "c"]),
        ),
        delete("one", "a", Expected::Nothing),
        get("one that is gone", "a", Expected::Error("not_found", &[])),
        create("the id again", "a", json!({ "id": "a", "title": "A3" }), row()),
    ]
}
