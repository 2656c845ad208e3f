//! Typed clients: what is written from contracts, and what is said of contracts that can't be used.

#![cfg(feature = "client")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use fourfold_codegen::client::{Clients, clients};
use fourfold_codegen::report::render;

/// A folder of its own, with files.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = env::temp_dir().join(format!("fourfold-clients-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
            fs::write(path, text).expect("a file is written");
        }
        Self(root)
    }

    fn clients(&self, folders: &[&str]) -> Result<Clients, String> {
        let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
        clients(&self.0, &folders).map_err(|reports| render(&reports, false))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the temporary folder does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn of_the_example() -> Clients {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/order");
    let found = clients(&root, &["../user/contracts".into(), "contracts".into()]);
    found.unwrap_or_else(|reports| panic!("{}", render(&reports, false)))
}

#[test]
fn every_package_has_its_messages_and_a_client_a_service() {
    let clients = of_the_example();
    assert_eq!(clients.packages, ["shop.order.v1", "shop.user.v1"]);
    let files: Vec<_> = clients.files.keys().map(String::as_str).collect();
    let expected = [
        "clients/shop.order.v1.order.rs",
        "clients/shop.order.v1.rs",
        "clients/shop.user.v1.rs",
        "clients/shop.user.v1.user.rs",
    ];
    assert_eq!(files, expected);
    for (name, text) in &clients.files {
        assert!(syn::parse_file(text).is_ok(), "{name}:\n{text}");
    }
    assert!(syn::parse_file(&clients.module).is_ok(), "{}", clients.module);
}

#[test]
fn an_operation_takes_its_id_and_its_input() {
    let text = &of_the_example().files["clients/shop.order.v1.order.rs"];
    let cancel = "fn cancel(\n        &self,\n        id: impl Into<String> + Send,\n        input: CancelOrder,\n    )";
    assert!(text.contains(cancel), "{text}");
    assert!(
        text.contains(
            ".http(Method::POST, \"/v1/orders/{id}/cancel\", &[&request.id])\n            .body(4)"
        )
    );
}

#[test]
fn what_is_never_shown_is_not_in_debug() {
    let text = &of_the_example().files["clients/shop.user.v1.rs"];
    let debug = text.split("fmt::Debug for User").nth(1).expect("a Debug of ours");
    let debug = debug.split("fn fmt").nth(1).expect("its method");
    assert!(debug.contains("\"email\"") && !debug.contains("\"password\""), "{debug}");
}

#[test]
fn a_method_of_another_shape_takes_its_request() {
    let folder = Folder::new(
        "other",
        &[(
            "contracts/proto/a/v1/a.proto",
            "syntax = \"proto3\";\npackage a.v1;\nmessage Ping { string text = 1; }\n\
             message Type { message Inner {} map<string, int32> counts = 1; }\n\
             service PingService {\n  // Comes back.\n  rpc Ping(Ping) returns (Type.Inner);\n  \
             rpc Watch(Ping) returns (stream Ping);\n  rpc GetPing(Ping) returns (Type);\n}\n",
        )],
    );
    let clients = folder.clients(&["contracts"]).expect("clients");
    let text = &clients.files["clients/a.v1.ping.rs"];
    assert!(text.contains("fn ping(&self, request: Ping)") || text.contains("request: Ping,"), "{text}");
    assert!(text.contains("super::super::super::a::v1::r#type::Inner"), "{text}");
    assert!(text.contains("Streams are left out: Watch."), "{text}");
    assert!(text.contains("fn get_ping("), "{text}");
}

#[test]
fn an_operation_that_is_called_as_what_reads_all_pages_stands_beside_it() {
    let source = fourfold_codegen::source::read_file(
        "src/resources/order.rs",
        "#[derive(Resource)] #[resource(package = \"a.v1\", path = \"orders\", operation(list_all))] struct Order { \
         #[field(id)] id: Uuid }",
    );
    let lock = fourfold_codegen::lock::Lock::default().update(&source.catalog).lock;
    let files = fourfold_codegen::files::render(&source.catalog, &lock);
    let files: Vec<(String, String)> =
        files.into_iter().map(|(path, text)| (format!("contracts/{path}"), text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let clients = Folder::new("all", &files).clients(&["contracts"]).expect("clients");
    let text = &clients.files["clients/a.v1.order.rs"];
    for (name, count) in [("fn list_all(", 2), ("fn list_all_pages(", 1)] {
        assert_eq!(text.matches(name).count(), count, "{name}: {text}");
    }
}

#[test]
fn every_file_that_is_broken_is_named_with_its_line() {
    let folder = Folder::new(
        "broken",
        &[
            ("contracts/proto/a.proto", "syntax = \"proto3\";\npackage a;\nmessage A {\n  string x = 1\n}\n"),
            ("contracts/proto/b.proto", "syntax = \"proto3\";\npackage b;\nimport \"nowhere.proto\";\n"),
        ],
    );
    let said = folder.clients(&["contracts"]).expect_err("both are broken");
    for part in [
        "contracts/proto/a.proto:5:1",
        "contracts/proto/b.proto:3:1",
        "'nowhere.proto' not found",
        "`cargo fourfold generate`",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn contracts_that_are_not_there_are_asked_for() {
    let folder = Folder::new("missing", &[("empty/proto/readme.md", "")]);
    let said = folder.clients(&["nowhere", "empty"]).expect_err("there are none");
    assert!(said.contains("`nowhere/proto` can't be read"), "{said}");
    assert!(said.contains("no .proto file in `empty/proto`"), "{said}");
    assert_eq!(said.matches("correct the path in build.rs").count(), 2, "{said}");
}

#[test]
fn a_package_that_two_folders_have_is_refused() {
    let text = "syntax = \"proto3\";\npackage a.v1;\nmessage A {}\n";
    let folder = Folder::new("twice", &[("one/proto/a.proto", text), ("two/proto/a.proto", text)]);
    let said = folder.clients(&["one", "two"]).expect_err("it is there twice");
    assert!(said.contains("the package `a.v1` is in `one` and in `two`"), "{said}");
}
