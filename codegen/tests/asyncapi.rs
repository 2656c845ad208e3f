//! The AsyncAPI documents and JSON Schemas of events: those of the examples, held against their committed contracts, and of
//! events in every shape. `tests/judges/asyncapi.sh` has foreign tools read the same.

#![cfg(feature = "files")]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fourfold_codegen::catalog::Catalog;
use fourfold_codegen::source::{self, cfg::Listed};
use fourfold_codegen::{asyncapi, openapi, report};
use serde_json::Value;

const EVENTS: &str = "tests/asyncapi/events.rs";

fn read(root: &str, paths: &[&str]) -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let source = source::read(&root, &paths, &Listed::host());
    assert!(source.reports.is_empty(), "{}", report::render(&source.reports, false));
    source.catalog
}

fn nasty() -> Catalog {
    read(".", &[EVENTS])
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

fn names(value: &Value, at: &str) -> Vec<String> {
    value.pointer(at).and_then(Value::as_object).expect("an object").keys().cloned().collect()
}

fn schemas(catalog: &Catalog) -> BTreeMap<String, Value> {
    asyncapi::schemas(catalog, "Head").into_iter().map(|(name, text)| (name, json(&text))).collect()
}

/// All names of members, at any depth.
fn members(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            all.extend(object.keys().cloned());
            object.values().for_each(|value| members(value, all));
        }
        Value::Array(list) => list.iter().for_each(|value| members(value, all)),
        _ => {}
    }
}

#[test]
fn the_documents_of_the_examples_are_as_committed() {
    let examples = [
        ("../examples/user", &["src/resources"][..]),
        ("../examples/order", &["src/resources", "src/departures.rs"]),
    ];
    for (example, paths) in examples {
        let catalog = read(example, paths);
        let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join(example).join("contracts");
        let committed = fs::read_to_string(contracts.join("asyncapi.json")).expect("it is committed");
        assert!(asyncapi::whole(&catalog) == committed, "{example}: run `cargo fourfold generate`");
        let head = "Written by `cargo fourfold generate`.";
        for (name, text) in asyncapi::schemas(&catalog, head) {
            let committed = fs::read_to_string(contracts.join("schemas").join(&name)).unwrap_or_default();
            assert!(text == committed, "{example}: {name}: run `cargo fourfold generate`");
        }
    }
}

#[test]
fn a_service_puts_together_what_the_contracts_hold() {
    for catalog in [nasty(), read("../tests/fixture", &["src/resources"])] {
        let parts: Vec<String> = catalog
            .resources()
            .map(|(package, item)| asyncapi::compact(&catalog, package, &item.model))
            .collect();
        let merged = openapi::merge(parts.iter().rev().map(String::as_str));
        assert!(merged == asyncapi::whole(&catalog));
    }
}

#[test]
fn each_event_has_a_channel_and_whoever_publishes_it_is_told() {
    let document = json(&asyncapi::whole(&nasty()));
    assert_eq!(
        names(&document, "/operations"),
        [
            "receive.com.example..bank.Money-Arrived_v2",
            "send.post.parcel.v1.day.ended",
            "send.post.parcel.v1.parcel.created",
            "send.post.parcel.v1.parcel.delayed",
            "send.post.parcel.v1.parcel.deleted",
            "send.post.parcel.v1.parcel.lost",
            "send.post.parcel.v1.parcel.updated",
        ]
    );
    let channel = &document["channels"]["com.example..bank.Money-Arrived_v2"];
    assert_eq!(channel["address"], "com.example/bank.Money-Arrived_v2", "buses know it by its type");
    assert_eq!(
        names(&document, "/channels/post.parcel.v1.parcel.delayed/messages"),
        ["post.parcel.v1.parcel.delayed.ParcelDelayed", "post.parcel.v1.parcel.delayed.ParcelLate"]
    );
}

#[test]
fn what_rabbitmq_calls_things_is_said_and_of_what_others_publish_no_more_than_is_known() {
    let document = json(&asyncapi::whole(&nasty()));
    let late = "post.parcel.v1.parcel.delayed";
    let channel = &document["channels"][late]["bindings"]["amqp"];
    assert_eq!((&channel["is"], &channel["bindingVersion"]), (&"routingKey".into(), &"0.3.0".into()));
    assert_eq!(
        channel["exchange"],
        serde_json::json!({"name": "fourfold.events", "type": "topic", "durable": true, "autoDelete": false})
    );
    let sent = &document["operations"][format!("send.{late}")]["bindings"]["amqp"];
    let expected = serde_json::json!({"deliveryMode": 2, "mandatory": true, "timestamp": true, "bindingVersion": "0.3.0"});
    assert_eq!(sent, &expected);
    let heard = &document["operations"]["receive.com.example..bank.Money-Arrived_v2"]["bindings"]["amqp"];
    assert_eq!(heard, &serde_json::json!({"ack": true, "bindingVersion": "0.3.0"}));
    let messages = &document["components"]["messages"];
    assert_eq!(messages[format!("{late}.ParcelLate")]["bindings"]["amqp"]["messageType"], late);
    assert!(messages["com.example..bank.Money-Arrived_v2.MoneyArrived"].get("bindings").is_none());
}

#[test]
fn a_change_is_told_with_what_was_before_and_the_rest_without() {
    let files = schemas(&nasty());
    let required = |event: &str| files[&format!("post.parcel.v1.parcel.{event}.json")]["required"].clone();
    for event in ["created", "deleted"] {
        assert_eq!(required(event), serde_json::json!(["parcel"]), "{event}");
    }
    for event in ["updated", "lost"] {
        assert_eq!(required(event), serde_json::json!(["parcel", "before", "changed"]), "{event}");
    }
    let said = files["post.parcel.v1.parcel.updated.json"]["description"].as_str().unwrap_or_default();
    assert_eq!(said, "A parcel was changed by an update or a replace, or by `find` or `re_route`.");
}

#[test]
fn no_secret_has_a_place_in_them() {
    let catalog = nasty();
    let mut all = BTreeSet::new();
    members(&json(&asyncapi::whole(&catalog)), &mut all);
    for schema in schemas(&catalog).values() {
        members(schema, &mut all);
    }
    for secret in ["pin_code", "door_code"] {
        assert!(!all.contains(secret), "{secret}");
    }
    // The bank's, which is no secret there.
    assert!(all.contains("iban"));
    let parcel = &schemas(&catalog)["post.parcel.v1.parcel.created.json"]["$defs"]["post.parcel.v1.Parcel"];
    assert!(parcel["properties"].get("iban").is_none() && parcel["properties"].get("worth").is_some());
}

#[test]
fn what_others_publish_is_asked_for_no_more_of_than_is_needed() {
    let catalog = nasty();
    let document = json(&asyncapi::whole(&catalog));
    let name = "com.example..bank.Money-Arrived_v2.MoneyArrived";
    let schema = &document["components"]["schemas"][name];
    assert_eq!(schema["required"], serde_json::json!(["amount", "from"]));
    assert_eq!(schema["properties"]["from"]["$ref"], format!("#/components/schemas/{name}.Place"));
    assert!(!schemas(&catalog).keys().any(|file| file.starts_with("com.")), "its schema is theirs to write");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, all: &mut Vec<String>) {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            all.push(reference.trim_start_matches('#').to_owned());
        }
        match value {
            Value::Object(object) => object.values().for_each(|value| references(value, all)),
            Value::Array(list) => list.iter().for_each(|value| references(value, all)),
            _ => {}
        }
    }
    let catalogs = [nasty(), read("../tests/fixture", &["src/resources"])];
    for catalog in catalogs {
        let documents = schemas(&catalog).into_values().chain([json(&asyncapi::whole(&catalog))]);
        for document in documents {
            let mut all = Vec::new();
            references(&document, &mut all);
            for reference in all {
                assert!(document.pointer(&reference).is_some(), "{reference}");
            }
        }
    }
}

#[test]
fn the_judges_get_the_same() {
    let catalog = nasty();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("events");
    fs::create_dir_all(folder.join("schemas")).expect("a folder");
    fs::write(folder.join("asyncapi.json"), asyncapi::whole(&catalog)).expect("it is written");
    for (name, text) in asyncapi::schemas(&catalog, "Head") {
        fs::write(folder.join("schemas").join(name), text).expect("it is written");
    }
}
