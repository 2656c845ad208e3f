//! Names that mean something to protobuf, to gRPC or to Rust: each is taken, and then what is made of it compiles, or it is
//! refused with a reason.
//!
//! The contracts of all that are taken are written to `names/contracts` in the tests' folder, for a foreign judge:
//! `tests/judges/proto.sh`.
#![cfg(feature = "files")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use fourfold_codegen::lock::Lock;
use fourfold_codegen::source::{self, Source};
use fourfold_codegen::{files, report};

fn read(code: &str) -> Source {
    source::read_file("src/resources.rs", code)
}

/// The resource `name` of the package, and other items.
fn resource(package: &str, name: &str, fields: &str, others: &str) -> String {
    let route = package.replace(['.', '_'], "-");
    format!(
        "#[derive(Resource)] #[resource(package = \"{package}\", path = \"{route}\")]
         pub struct {name} {{ #[field(id)] pub id: Uuid, {fields} }}\n{others}\n"
    )
}

fn with(words: &str, name: &str) -> String {
    format!(
        "#[derive(Resource)] #[resource(package = \"shop.a.v1\", {words})] struct {name} {{ #[field(id)] id: Uuid }}\n"
    )
}

fn choice(name: &str, variants: &str) -> String {
    format!("#[derive(Choice)] pub enum {name} {{ {variants} }}\n")
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, index| {
        let _ = write!(all, "{}, ", one(index));
        all
    })
}

/// Right ones, each in a package of its own.
fn right() -> Vec<String> {
    let mut all: Vec<String> = [
        "type.v1",
        "shop.self.v1",
        "super.v1",
        "crate.extern.v1",
        "shop.google.protobuf.v1",
        "shop.google.api.v1",
        "message.package.service.v1",
        "shop.order_1.order2.v1",
        "v1.v1",
        "fn.async.match.v1",
        "shop.string.int64.v1",
        "shop.order_item.v1",
        "shop.orderitem.v2",
    ]
    .map(|package| resource(package, "Order", "at: Timestamp, span: Duration", ""))
    .to_vec();
    let words = "shop: i32, google: i32, v1: i32, order: i32, order_service: i32, get_order: i32, string: String, \
                 int32: i32, bool: bool, message: String, option: i32, reserved: i32, syntax: i32, r#as: i32, r#fn: i32, \
                 r#gen: i32, union: i32, encode: i32, clear: i32, i: i32, page_size: i32, request_id: String, \
                 update_mask: String, next_page_token: String, a_1: i32, b_2_c: i32, c3: i32, c_3d: i32, x: Option<i32>, \
                 has_x: bool";
    all.push(resource("names.field.v1", "Order", words, ""));
    for name in ["Id", "PageSize", "PageToken", "Filter", "Etag", "Input", "Result", "Self1", "X"] {
        let package = format!("names.r_{}.v1", name.to_lowercase());
        all.push(resource(&package, name, "", ""));
    }
    let entry = "#[derive(Value)] pub struct LabelsEntry { pub key: String }";
    all.push(resource(
        "names.entry.v1",
        "Order",
        "labels: BTreeMap<String, LabelsEntry>, e: LabelsEntry",
        entry,
    ));
    let names =
        ["Message", "Empty", "FieldMask", "Error", "Default", "Clone", "Debug", "Send", "Ok", "Iterator"];
    let fields = names.map(|name| format!("{}: {name}, ", name.to_lowercase())).concat();
    let values =
        names.map(|name| format!("#[derive(Value)] pub struct {name} {{ pub x: Option<i32> }}\n")).concat();
    all.push(resource("names.std.v1", "Order", &fields, &values));
    let others = choice("Some", "None, Some, Ok, Err, Default")
        + &choice("HTTPState", "OK200, E2e, HTTP")
        + &choice("X509", "#[choice(name = \"x-\")] A, #[choice(name = \"a__b\")] B");
    all.push(resource("names.choice.v1", "HTTPOrder2X", "some: Some, state: HTTPState, kind: X509", &others));
    let long = format!("L{}", "o".repeat(61));
    let others = format!("#[derive(Value)] pub struct {long}g {{ pub {}: i32 }}", "a".repeat(63));
    all.push(resource(&format!("{}.v1", "p".repeat(60)), &long, &format!("long: {long}g"), &others));
    // Messages without a field, in which buf wants nothing between the braces.
    let others = "#[derive(Value)] pub struct Nothing {} \
                  #[derive(Event)] #[event(type = \"names.empty.v1.order.shut\")] pub struct Shut {}";
    all.push(resource("names.empty.v1", "Order", "nothing: Nothing", others));
    all.push(resource(
        "names.deprecated.v1",
        "Order",
        "#[field(deprecated = \"say \\\"kind\\\"\")] state: Option<State>, kind: String",
        &choice("State", "Open, #[choice(deprecated = \"it is\\n open\")] Placed"),
    ));
    all.push(resource("names.wide.v1", "Order", &many(500, |index| format!("f{index}: String")), ""));
    let others = choice("Big", &many(1_000, |index| format!("V{index}")));
    all.push(resource("names.tall.v1", "Order", "big: Big", &others));
    all
}

#[test]
fn what_is_taken_compiles() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names/contracts");
    drop(fs::remove_dir_all(&root));
    for code in right() {
        let source = read(&code);
        assert!(source.reports.is_empty(), "{}", report::render(&source.reports, false));
        assert_eq!(source.catalog.resources().count(), 1, "{code}");
        let update = Lock::default().update(&source.catalog);
        assert_eq!(update.errors, Vec::<String>::new(), "{code}");
        for (path, text) in files::render(&source.catalog, &update.lock) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, text).expect("a file");
        }
        for package in &source.catalog.packages {
            let mut compiler = protox::Compiler::new([root.join("proto")]).expect("a compiler");
            compiler.open_file(package.file()).unwrap_or_else(|error| panic!("{}: {error:?}", package.name));
        }
    }
}

#[test]
fn what_would_not_compile_is_refused_with_a_reason() {
    let a = |name: &str, others: &str| resource("shop.a.v1", name, "", others);
    let wrong = [
        (a("RequestId", ""), "`request_id` beside the resource"),
        (a("Requestid", ""), "`request_id` beside the resource"),
        (a("UpdateMask", ""), "`update_mask` beside the resource"),
        (a("Updatemask", ""), "`update_mask` beside the resource"),
        (with("path = \"next-page-token\"", "Token"), "`next_page_token` beside its rows"),
        (with("path = \"nextpagetoken\"", "Token"), "`next_page_token` beside its rows"),
        (with("path = \"next-pagetoken\"", "Token"), "`next_page_token` beside its rows"),
        (a("Order", &with("path = \"x\"", "OrderService")), "would have two `OrderService`"),
        (
            with("path = \"x\", operation(get_order)", "Item") + &a("OrderItem", ""),
            "would have two `GetOrderItemRequest`",
        ),
        (with("operation(a_b), operation(ab)", "Cd"), "`AbCdRequest` and `ABCdRequest` have the same words"),
        (
            resource(
                "shop.a.v1",
                "HTTPOrder",
                "x: HttpOrder",
                "#[derive(Value)] struct HttpOrder { x: i32 }",
            ),
            "`HttpOrder` and `HTTPOrder` have the same words",
        ),
        (
            resource("shop.a.v1", "X", "a: Order, b: OrderStatus", &choice("Order", "StatusPlaced"))
                + &choice("OrderStatus", "Placed"),
            "two enum values `ORDER_STATUS_PLACED`",
        ),
        (
            resource("shop.a.v1", "X", "a: Order, b: OrderStatus", &choice("Order", "StatusUnspecified"))
                + &choice("OrderStatus", "Placed"),
            "two enum values `ORDER_STATUS_UNSPECIFIED`",
        ),
        (resource("google.protobuf.v1", "Order", "", ""), "begin with `google.` are not yours"),
        (resource("google.v1", "Order", "", ""), "begin with `google.` are not yours"),
        (a(&"A".repeat(64), ""), "is longer than 63 bytes"),
        (
            resource("shop.a.v1", "X", &format!("a: {}", "V".repeat(64)), &choice(&"V".repeat(64), "A")),
            "is longer than 63 bytes",
        ),
        (
            with(&format!("path = \"x\", package = \"{}.v1\"", "a".repeat(125)), "X").replacen(
                "package = \"shop.a.v1\", ",
                "",
                1,
            ),
            "the package is longer than 127 bytes",
        ),
    ];
    for (code, reason) in wrong {
        let said = report::render(&read(&code).reports, false);
        assert!(said.contains(reason) && said.contains("help:"), "no `{reason}` in:\n{said}\n{code}");
    }
}
