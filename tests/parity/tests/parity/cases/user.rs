//! The user service of the examples.

use fourfold::Resource as _;
use serde_json::{Value, json};
use user::User;

use crate::run::Service;
use crate::step::{Expected, List, Step, create, delete, get, invalid, list, replace, row, update};

pub(crate) fn service() -> Service {
    Service {
        name: "User",
        descriptor: User::DESCRIPTOR,
        mount: |server| server.mount::<User>(),
        beside: crate::run::alone,
        typed: crate::ways::typed::USER,
        steps: steps(),
    }
}

fn ada() -> Value {
    json!({ "email": "ada@example.com", "name": "Ada", "password": "correct horse" })
}

fn bob() -> Value {
    json!({
        "email": "bob@example.com", "name": "Bob", "password": "battery staple", "role": "support",
        "address": { "street": "Main Street 1", "city": "Springfield", "country": "US" },
        "labels": { "since": "2020", "vip": "" },
    })
}

fn steps() -> Vec<Step> {
    vec![
        create(
            "one",
            "ada",
            ada(),
            Expected::Row(json!({ "role": "customer", "address": null, "labels": {}, "version": 1 })),
        ),
        create(
            "another",
            "bob",
            bob(),
            Expected::Row(json!({ "role": "support", "labels": { "since": "2020", "vip": "" } })),
        ),
        create("the same address", "", ada(), Expected::Error("already_exists", &["email unique"])),
        create("nothing", "", json!({}), invalid(&["email required", "name required", "password required"])),
        create(
            "much that is wrong",
            "",
            json!({ "email": "x", "name": "", "password": "short", "address": { "street": "", "city": "", "country": "us" } }),
            invalid(&[
                "email email",
                "name length",
                "password length",
                "address/street length",
                "address/city length",
                "address/country pattern",
            ]),
        ),
        create(
            "half an address",
            "",
            json!({
                "email": "c@example.com", "name": "C", "password": "correct horse", "address": { "city": "X" },
            }),
            invalid(&["address/street required", "address/country required"]),
        ),
        create(
            "what the store keeps",
            "",
            json!({
                "email": "c@example.com", "name": "C", "password": "correct horse", "version": 7,
            }),
            invalid(&["version output_only"]),
        ),
        create(
            "under a key",
            "eve",
            json!({ "email": "eve@example.com", "name": "Eve", "password": "correct horse" }),
            row(),
        )
        .key("one"),
        create(
            "the key again",
            "eve",
            json!({ "email": "eve@example.com", "name": "Eve", "password": "correct horse" }),
            row(),
        )
        .key("one"),
        create("the key for another", "", ada(), Expected::Error("idempotency_key_reused", &[])).key("one"),
        get("one", "ada", Expected::Row(json!({ "name": "Ada" }))),
        get("nobody", "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e", Expected::Error("not_found", &[])),
        get("no id", "nobody", Expected::Error("not_found", &[])),
        update(
            "a name",
            "ada",
            json!({ "name": "Ada L." }),
            Expected::Row(json!({ "name": "Ada L.", "version": 2 })),
        ),
        update("the password", "ada", json!({ "password": "another horse" }), row()),
        update("a password too short", "ada", json!({ "password": "short" }), invalid(&["password length"])),
        update("no password", "ada", json!({ "password": null }), invalid(&["password null"])),
        update(
            "an address",
            "ada",
            json!({ "address": { "street": "S 1", "city": "C", "country": "DE" } }),
            row(),
        ),
        update(
            "a part of it",
            "ada",
            json!({ "address": { "city": "D" } }),
            Expected::Row(json!({
                "address": { "street": "S 1", "city": "D", "country": "DE" },
            })),
        ),
        update(
            "a wrong part of it",
            "ada",
            json!({ "address": { "country": "Germany" } }),
            invalid(&["address/country pattern"]),
        ),
        update("no address", "ada", json!({ "address": null }), Expected::Row(json!({ "address": null }))),
        update(
            "a part of none",
            "ada",
            json!({ "address": { "city": "D" } }),
            invalid(&["address/street required", "address/country required"]),
        ),
        update(
            "a label",
            "bob",
            json!({ "labels": { "vip": null, "new": "yes" } }),
            Expected::Row(json!({
                "labels": { "new": "yes", "since": "2020" },
            })),
        ),
        update(
            "what another has",
            "ada",
            json!({ "email": "bob@example.com" }),
            Expected::Error("already_exists", &["email unique"]),
        ),
        update("an old version", "ada", json!({ "name": "X" }), Expected::Error("version_mismatch", &[]))
            .etag("\"1\""),
        update("the version that it has", "ada", json!({ "name": "Ada" }), row()).etag("\"$now\""),
        replace(
            "as a whole",
            "ada",
            json!({ "email": "ada@example.org", "name": "Ada" }),
            Expected::Row(json!({
                "email": "ada@example.org", "labels": {},
            })),
        ),
        replace("without what it needs", "ada", json!({ "name": "Ada" }), invalid(&["email required"])),
        list("all", List { order_by: "name", ..List::default() }, Expected::Rows(&["ada", "bob", "eve"])),
        list(
            "a page",
            List { order_by: "name desc", page_size: 2, ..List::default() },
            Expected::Rows(&["eve", "bob"]),
        ),
        list(
            "the next",
            List { order_by: "name desc", page_size: 2, page_token: "$next", ..List::default() },
            Expected::Rows(&["ada"]),
        ),
        list("by role", List { filter: "role = support", ..List::default() }, Expected::Rows(&["bob"])),
        list(
            "by what can't be",
            List { filter: "password = \"x\"", ..List::default() },
            invalid(&["filter not_filterable"]),
        ),
        delete("an old version", "bob", Expected::Error("version_mismatch", &[])).etag("\"1\""),
        delete("one", "bob", Expected::Nothing).key("two"),
        delete("the same again", "bob", Expected::Nothing).key("two"),
        get("one that is gone", "bob", Expected::Error("not_found", &[])),
    ]
}
