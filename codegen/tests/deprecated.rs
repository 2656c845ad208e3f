//! What says `deprecated` does so, with the reason, in every contract and in what is written from them.
#![cfg(all(feature = "files", feature = "client"))]

use std::path::{Path, PathBuf};
use std::{env, fs};

use fourfold_codegen::client::{clients, events};
use fourfold_codegen::lock::Lock;
use fourfold_codegen::{asyncapi, files, openapi, report, source};
use serde_json::Value;

const ORDER: &str = r#"
#[derive(Resource)]
#[resource(
    package = "shop.order.v1",
    path = "orders",
    operation(cancel, event = "cancelled", deprecated = "delete it"),
    operation(close),
)]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    /// What was said.
    #[field(deprecated = "say it in `remarks`")]
    pub note: Option<String>,
    pub remarks: Option<String>,
    #[field(deprecated = "say it in `remarks`")]
    pub old: Option<Status>,
    pub status: Status,
}

/// How far it is.
#[derive(Choice)]
pub enum Status {
    Open,
    /// It was sent.
    #[choice(deprecated = "say Open")]
    Sent,
}
"#;

/// The contracts, in a folder of their own.
fn contracts(name: &str) -> PathBuf {
    let source = source::read_file("src/resources.rs", ORDER);
    assert!(source.reports.is_empty(), "{}", report::render(&source.reports, false));
    let update = Lock::default().update(&source.catalog);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&root));
    for (path, text) in files::render(&source.catalog, &update.lock) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }
    root
}

/// The text with every run of spaces as one.
fn compact(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_proto_file_says_so() {
    let root = contracts("deprecated-proto");
    let text = fs::read_to_string(root.join("proto/shop/order/v1/order.proto")).expect("a proto file");
    let text = compact(&text);
    for said in [
        "// Deprecated: delete it rpc CancelOrder(CancelOrderRequest) returns (Order) { option deprecated = true;",
        "// What was said. // Deprecated: say it in `remarks` optional string note = 2 [ deprecated = true,",
        "// It was sent. // Deprecated: say Open STATUS_SENT = 2 [deprecated = true];",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert_eq!(text.matches("deprecated = true").count(), 4, "{text}");
}

#[test]
fn the_documents_say_so() {
    let catalog = source::read_text(ORDER);
    let (package, item) = catalog.resources().next().expect("a resource");
    let document: Value = serde_json::from_str(&openapi::document(package, &item.model)).expect("JSON");
    let cancel = &document["paths"]["/v1/orders/{id}/cancel"]["post"];
    assert_eq!(cancel["deprecated"], true, "{cancel}");
    assert!(
        cancel["description"].as_str().is_some_and(|text| text.ends_with("Deprecated: delete it")),
        "{cancel}"
    );
    let close = &document["paths"]["/v1/orders/{id}/close"]["post"];
    assert!(close["responses"].is_object() && close["deprecated"].is_null(), "{close}");
    let status = &document["components"]["schemas"]["shop.order.v1.Status"]["description"];
    assert!(
        status.as_str().is_some_and(|text| text.contains("- `sent`: It was sent. Deprecated: say Open")),
        "{status}"
    );

    let document: Value = serde_json::from_str(&asyncapi::whole(&catalog)).expect("JSON");
    let message = &document["components"]["messages"]["shop.order.v1.order.cancelled"]["description"];
    assert_eq!(message, "An order was changed by `cancel`. `cancel` is deprecated: delete it");
    let schemas = &document["components"]["schemas"];
    let told = serde_json::to_string(schemas).expect("JSON");
    assert!(told.contains("\"deprecated\":true") && told.contains("Deprecated: say Open"), "{schemas:#}");
}

#[test]
fn typed_clients_say_so() {
    contracts("deprecated-client");
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folders = [PathBuf::from("deprecated-client")];
    let clients = clients(root, &folders).unwrap_or_else(|wrong| panic!("{}", report::render(&wrong, false)));
    let service = compact(&clients.files["clients/shop.order.v1.order.rs"]);
    assert_eq!(service.matches("#[deprecated").count(), 1, "{service}");
    assert!(service.contains("#[deprecated(note = \"delete it\")] fn cancel( &self,"), "{service}");
    let messages = compact(&clients.files["clients/shop.order.v1.rs"]);
    assert!(
        messages.contains("#[deprecated] #[prost(string, optional, tag = \"2\")] pub note:"),
        "{messages}"
    );
    assert!(messages.contains("#[deprecated] Sent = 2,"), "{messages}");

    let events =
        events::events(root, &folders).unwrap_or_else(|wrong| panic!("{}", report::render(&wrong, false)));
    let text: String = events.files().map(|(_, text)| text).collect();
    let text = compact(&text);
    let note = "#[deprecated(note = \"say it in `remarks`\")] pub note: Option<String>";
    assert!(text.contains(note), "{text}");
    let old = "#[deprecated(note = \"say it in `remarks`\")] #[allow(deprecated, reason = \"it reads what is deprecated, too\")] \
               #[must_use] pub fn old(&self)";
    assert!(text.contains(old), "{text}");
    assert!(!text.contains("] pub status:") && !text.contains("] pub remarks:"), "{text}");
}
