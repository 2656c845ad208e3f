//! The order service of the examples, with the user service beside it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use fourfold::{Config, Principal, Resource as _, Running, Server};
use order::Order;
use order::generated::clients::shop::user::v1::UserClient;
use serde_json::{Value, json};

use crate::run::Service;
use crate::step::{Expected, List, Step, create, custom, delete, get, invalid, list, replace, row, update};

pub(crate) fn service() -> Service {
    Service {
        name: "Order",
        descriptor: Order::DESCRIPTOR,
        mount: |server| {
            let address = BESIDE.get().expect("the user service runs").address();
            let users = UserClient::connect(&format!("grpc://{address}")).expect("a URL");
            server.state(users).mount::<Order>()
        },
        beside: || Box::pin(users()),
        typed: crate::ways::typed::ORDER,
        steps: steps(),
    }
}

/// Whoever orders; the user service beside knows them.
const SOMEBODY: &str = "$user";

/// Their id.
pub(crate) static SOMEBODY_ID: OnceLock<String> = OnceLock::new();

static BESIDE: OnceLock<Running> = OnceLock::new();

/// Starts the user service, with somebody in it.
async fn users() {
    let mut config = Config::default();
    config.listen = ([127, 0, 0, 1], 0).into();
    config.database_url = "sqlite::memory:".into();
    let running = Server::new(config).mount::<user::User>().start().await.expect("the user service starts");
    let service = running.service();
    let ctx = service.context(Principal::anonymous());
    let somebody = user::resources::user::UserCreate {
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        password: "correct horse".to_owned(),
        role: None,
        address: None,
        labels: BTreeMap::default(),
    };
    let somebody = service.create::<user::User>(&ctx, somebody).await.expect("somebody");
    let _ = SOMEBODY_ID.set(somebody.id.to_string());
    let _ = BESIDE.set(running);
}

fn tea() -> Value {
    json!({ "user_id": SOMEBODY, "items": [{ "sku": "TEA-1", "price": "4.50" }] })
}

fn much() -> Value {
    json!({
        "user_id": SOMEBODY, "note": "ring twice",
        "items": [{ "sku": "TEA-1", "quantity": 2, "price": "4.50" }, { "sku": "CUP-12", "quantity": 100, "price": "0.01" }],
    })
}

fn steps() -> Vec<Step> {
    vec![
        create(
            "one",
            "a",
            tea(),
            Expected::Row(json!({
                "total": "4.50", "status": "placed", "note": null, "items": [{ "sku": "TEA-1", "quantity": 1, "price": "4.50" }],
            })),
        ),
        create("much", "b", much(), Expected::Row(json!({ "total": "10.00", "note": "ring twice" }))),
        create("under a key", "c", tea(), row()).key("one"),
        create("the key again", "c", tea(), row()).key("one"),
        create("the key for another", "", much(), Expected::Error("idempotency_key_reused", &[])).key("one"),
        create("nothing", "", json!({}), invalid(&["user_id required", "items length"])),
        create("no items", "", json!({ "user_id": SOMEBODY, "items": [] }), invalid(&["items length"])),
        create(
            "wrong items",
            "",
            json!({ "user_id": SOMEBODY, "items": [
            { "sku": "tea", "price": "4.50" }, { "sku": "TEA-1", "quantity": 0, "price": "100000" }, { "quantity": 1 },
        ] }),
            invalid(&[
                "items/0/sku pattern",
                "items/1/quantity range",
                "items/1/price range",
                "items/2/sku required",
                "items/2/price required",
            ]),
        ),
        create(
            "a total",
            "",
            json!({ "user_id": SOMEBODY, "items": [], "total": "1" }),
            invalid(&["total output_only", "items length"]),
        ),
        create(
            "no id of anybody",
            "",
            json!({ "user_id": "me", "items": [{ "sku": "TEA-1", "price": "1" }] }),
            invalid(&["user_id type"]),
        ),
        get("one", "a", row()),
        get("nobody", "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e", Expected::Error("not_found", &[])),
        update(
            "a note",
            "a",
            json!({ "note": "soon" }),
            Expected::Row(json!({ "note": "soon", "version": 2 })),
        ),
        update("no note", "a", json!({ "note": null }), Expected::Row(json!({ "note": null }))),
        update("a note too long", "a", json!({ "note": "x".repeat(501) }), invalid(&["note length"])),
        update(
            "other items",
            "a",
            json!({ "items": [{ "sku": "CUP-1", "quantity": 3, "price": "2" }] }),
            Expected::Row(json!({
                "total": "6",
            })),
        ),
        update(
            "another buyer",
            "a",
            json!({ "user_id": "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e" }),
            invalid(&["user_id immutable"]),
        ),
        update("the total", "a", json!({ "total": "0" }), invalid(&["total output_only"])),
        update("an old version", "a", json!({ "note": "x" }), Expected::Error("version_mismatch", &[]))
            .etag("\"1\""),
        replace(
            "as a whole",
            "a",
            json!({ "items": [{ "sku": "TEA-2", "price": "5" }] }),
            Expected::Row(json!({ "total": "5" })),
        ),
        custom(
            "cancel",
            "a",
            "cancel",
            Some(json!({ "reason": "too late" })),
            Expected::Row(json!({
                "status": "cancelled", "note": "too late",
            })),
        ),
        custom(
            "cancel it again",
            "a",
            "cancel",
            Some(json!({ "reason": "x" })),
            Expected::Error("failed_precondition", &[]),
        ),
        custom("cancel without a reason", "b", "cancel", Some(json!({})), invalid(&["reason required"])),
        custom(
            "cancel with an empty one",
            "b",
            "cancel",
            Some(json!({ "reason": "" })),
            invalid(&["reason length"]),
        ),
        custom(
            "cancel an old version",
            "b",
            "cancel",
            Some(json!({ "reason": "x" })),
            Expected::Error("version_mismatch", &[]),
        )
        .etag("\"7\""),
        custom("cancel under a key", "b", "cancel", Some(json!({ "reason": "x" })), row()).key("two"),
        custom("the key again", "b", "cancel", Some(json!({ "reason": "x" })), row()).key("two"),
        custom(
            "cancel nobody's",
            "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e",
            "cancel",
            Some(json!({ "reason": "x" })),
            Expected::Error("not_found", &[]),
        ),
        update(
            "one that is cancelled",
            "a",
            json!({ "note": "y" }),
            Expected::Error("failed_precondition", &[]),
        ),
        list("all", List { order_by: "created_at", ..List::default() }, Expected::Rows(&["a", "b", "c"])),
        list(
            "those that are placed",
            List { filter: "status = placed", ..List::default() },
            Expected::Rows(&["c"]),
        ),
        list(
            "the dear ones",
            List { filter: "total >= 5", order_by: "total desc", ..List::default() },
            Expected::Rows(&["b", "a"]),
        ),
        list(
            "a page",
            List { order_by: "created_at", page_size: 1, ..List::default() },
            Expected::Rows(&["a"]),
        ),
        list(
            "the next",
            List { order_by: "created_at", page_size: 1, page_token: "$next", ..List::default() },
            Expected::Rows(&["b"]),
        ),
        list(
            "by a status that is none",
            List { filter: "status = lost", ..List::default() },
            invalid(&["filter type"]),
        ),
        delete("one", "c", Expected::Nothing),
        get("one that is gone", "c", Expected::Error("not_found", &[])),
    ]
}
