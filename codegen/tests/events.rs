//! The types of another service's events, from its committed contracts.

#![cfg(feature = "client")]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

use std::path::{Path, PathBuf};

use fourfold_codegen::client::events::events;
use fourfold_codegen::report;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder of contracts that goes away.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-events-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn write(self, path: &str, text: &str) -> Self {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    fn errors(&self) -> String {
        let wrong = events(&self.0, &[PathBuf::from(".")]).expect_err("it is wrong");
        report::render(&wrong, false)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_a_contract_publishes_becomes_structs_and_what_it_listens_to_does_not() {
    let events = events(&root(), &[PathBuf::from("examples/order/contracts")]).expect("sound contracts");
    let (name, package) = events.package("shop.order.v1.order.cancelled").expect("it is published");
    assert_eq!(name, "shop.order.v1");
    assert!(events.package("shop.user.v1.user.deleted").is_none(), "that is listened to");
    let types: Vec<&str> = package.types.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(types, ["OrderCancelled", "OrderCreated", "OrderDeleted", "OrderUpdated"]);
    let texts: Vec<&str> = package.texts.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(texts, ["Item.price", "Order.id", "Order.user_id", "Order.total"]);
    let (_, rust) = events.files().next().expect("a file");
    syn::parse_file(rust).expect("Rust");
    for part in [
        "#[event(type = \"shop.order.v1.order.cancelled\")]\npub struct OrderCancelled {",
        "    pub order: Order,\n",
        "    pub items: Vec<Item>,\n",
        "    pub total: Decimal,\n",
        "    pub note: Option<String>,\n",
        "    pub quantity: u32,\n",
        "pub fn status(&self) -> Option<OrderStatus> {",
        "pub enum OrderEvent {",
    ] {
        assert!(rust.contains(part), "{part} is not in\n{rust}");
    }
    assert!(events.module().contains("pub mod events {"), "{}", events.module());
}

#[test]
fn a_folder_without_contracts_is_an_error_that_says_who_writes_them() {
    let said = Folder::new("empty").errors();
    assert!(said.contains("asyncapi.json") && said.contains("cargo fourfold generate"), "{said}");
    let said = Folder::new("text").write("asyncapi.json", "{").errors();
    assert!(said.contains("EOF"), "{said}");
}

#[test]
fn what_has_no_type_here_is_named() {
    let document = r##"{
        "channels": {"a.b.v1.c.made": {"address": "a.b.v1.c.made", "messages": {"m": {}}}},
        "operations": {"o": {"action": "send", "channel": {"$ref": "#/channels/a.b.v1.c.made"}}},
        "components": {"messages": {"m": {"title": "CMade", "payload": {
            "type": "object", "properties": {"c": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}
        }}}}
    }"##;
    let said = Folder::new("shapes")
        .write("asyncapi.json", document)
        .write("proto/a.proto", "syntax = \"proto3\";\npackage a.b.v1;\nmessage CMade {}\n")
        .errors();
    assert!(said.contains("a.b.v1.c.made: `c` may be several things"), "{said}");
}

#[test]
fn one_package_in_two_folders_is_an_error() {
    let folder = || PathBuf::from("examples/order/contracts");
    let wrong = events(&root(), &[folder(), folder()]).expect_err("twice");
    assert!(report::render(&wrong, false).contains("the events of `shop.order.v1` are in"));
}
