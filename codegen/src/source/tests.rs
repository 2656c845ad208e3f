//! What is found, under which `cfg`, and what a name means.

use std::path::{Path, PathBuf};

use fourfold_model::model::{Element, Field};

use super::cfg::Listed;
use super::files::File;
use super::{Crate, Source, read_file, read_text, source};
use crate::catalog::Named;
use crate::report;

/// A crate of these files, under a `cfg`.
fn under(cfg: &Listed, files: &[(&str, &str)]) -> Source {
    let files = files.iter().map(|(path, text)| File::new(PathBuf::from(path), (*text).to_owned()));
    source(Crate::of(files.collect(), cfg), Vec::new())
}

fn of(files: &[(&str, &str)]) -> Source {
    let source = under(&Listed::default(), files);
    assert!(source.reports.is_empty(), "{}", report::render(&source.reports, false));
    source
}

fn resource(name: &str, fields: &str) -> String {
    let path = name.to_lowercase();
    format!(
        "#[derive(Resource)] #[resource(package = \"test.v1\", path = \"{path}\")] \
         pub struct {name} {{ #[field(id)] pub id: Uuid, {fields} }}\n"
    )
}

fn names(source: &Source) -> Vec<String> {
    source.catalog.resources().map(|(_, item)| format!("{}::{}", item.module, item.model.name)).collect()
}

/// The fields of what the resource's second field means.
fn meant(source: &Source) -> String {
    let package = &source.catalog.packages[0];
    let Element::Named(path) = &package.resources[0].model.fields[1].shape.element else {
        panic!("the second field has a name for its type")
    };
    let names =
        |fields: &[Field]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>().join(" ");
    match package.resolve(path) {
        Some(Named::Value(value)) => names(&value.fields),
        Some(Named::Choice(choice)) => choice.variants.iter().map(|variant| variant.name.clone()).collect(),
        None => panic!("nothing"),
    }
}

#[test]
fn items_are_found_by_their_derives_and_by_their_attributes() {
    let source = of(&[(
        "src/lib.rs",
        r#"
        #[derive(Clone, fourfold::Resource)] pub struct Plain { #[field(id)] id: Uuid, side: Side, size: Size }
        #[derive(Clone)] #[resource(path = "renamed")] #[derive(Renamed)]
        pub struct Renamed { #[field(id)] id: Uuid }
        #[derive(::fourfold::Choice)] pub enum Side { Left }
        #[derive(Debug)] #[derive(Value)] pub struct Size { x: i32 }
        pub struct Other { id: Uuid }
        "#,
    )]);
    assert_eq!(names(&source), ["crate::Plain", "crate::Renamed"]);
    let package = &source.catalog.packages[0];
    assert_eq!((package.values.len(), package.choices.len()), (1, 1));
    assert_eq!(package.choices[0].file, Path::new("src/lib.rs"));
}

#[test]
fn tasks_of_their_own_are_no_part_of_the_contracts() {
    let source = of(&[(
        "src/lib.rs",
        r#"
        #[derive(Resource)] #[resource(task(queue = "plain", create(retries = 1)), operation(close, task(timeout = "1s")))]
        pub struct Plain { #[field(id)] id: Uuid }
        #[derive(Task)] #[task(name = "plain.tidy", cron = "0 3 * * *")]
        pub struct Tidy { #[field(default = 1)] rounds: i32, how: Vec<How> }
        #[derive(Task)] #[task(name = "plain.wrong", colour = 3)] pub struct Wrong;
        #[derive(Value)] pub struct How { fast: bool }
        "#,
    )]);
    assert_eq!(names(&source), ["crate::Plain"]);
    let package = &source.catalog.packages[0];
    let values: Vec<&str> = package.values.iter().map(|item| item.model.name.as_str()).collect();
    assert!(!values.contains(&"Tidy") && !values.contains(&"Wrong"), "{values:?}");
}

#[test]
fn inline_modules_are_entered() {
    let source = of(&[("src/shop.rs", &format!("mod inner {{ pub mod more {{ {} }} }}", resource("A", "")))]);
    assert_eq!(names(&source), ["crate::shop::inner::more::A"]);
}

#[test]
fn what_a_cfg_leaves_out_is_not_there() {
    let text = format!(
        "#[cfg(windows)] {} #[cfg(unix)] {} #[cfg(test)] mod tests {{ {} }} #[cfg_attr(unix, derive(Resource))] {}",
        resource("A", ""),
        resource("B", ""),
        resource("C", ""),
        "#[cfg_attr(unix, resource(package = \"test.v1\", path = \"d\"))] struct D { #[field(id)] id: Uuid, \
         #[cfg(windows)] gone: Unknown }",
    );
    let source = under(&Listed::default().with("unix"), &[("src/lib.rs", &text)]);
    assert_eq!(names(&source), ["crate::B", "crate::D"]);
}

#[test]
fn a_file_may_leave_itself_out() {
    let off = format!("#![cfg(feature = \"shop\")]\n{}", resource("A", ""));
    assert!(names(&under(&Listed::default(), &[("src/a.rs", &off)])).is_empty());
    let on = Listed::default().with_features(["shop"]);
    assert_eq!(names(&under(&on, &[("src/a.rs", &off)])), ["crate::a::A"]);
}

#[test]
fn a_cfg_on_a_mod_leaves_out_its_file_and_those_below() {
    let (a, b, c) = (resource("A", ""), resource("B", ""), resource("C", ""));
    let files = [
        (
            "src/resources/mod.rs",
            "#[cfg(feature = \"a\")] pub mod a; mod c; #[cfg(unix)] #[path = \"c.rs\"] mod d;",
        ),
        ("src/resources/a.rs", &format!("pub mod b; {a}")),
        ("src/resources/a/b.rs", &b),
        ("src/resources/c.rs", &c),
    ];
    assert_eq!(names(&under(&Listed::default(), &files)), ["crate::resources::c::C"]);
    assert_eq!(names(&under(&Listed::default().with_features(["a"]), &files)).len(), 3);
}

#[test]
fn syntax_in_a_file_that_is_left_out_is_nobodys_business() {
    let files = [("src/mod.rs", "#[cfg(windows)] mod wrong;"), ("src/wrong.rs", "struct {")];
    assert!(under(&Listed::default(), &files).reports.is_empty());
}

#[test]
fn a_name_means_the_item_of_that_name() {
    let item = "#[derive(Value)] pub struct Item { pub x: i32 }";
    let a = resource("A", "item: Vec<elsewhere::Item>");
    assert_eq!(meant(&of(&[("src/a.rs", &a), ("src/b.rs", item)])), "x");
}

#[test]
fn of_several_items_the_one_that_rustc_takes_is_meant() {
    let x = "#[derive(Value)] pub struct Item { pub x: i32 }\n";
    let y = "#[derive(Value)] pub struct Item { pub y: i32 }\n";
    let meant = |before: &str, ty: &str| {
        let a = format!("{before}{}", resource("A", &format!("item: {ty}")));
        meant(&of(&[("src/shop/a.rs", &a), ("src/shop/x.rs", x), ("src/shop/y.rs", y)]))
    };
    assert_eq!(meant("", "super::x::Item"), "x");
    assert_eq!(meant("", "crate::shop::y::Item"), "y");
    assert_eq!(meant("use super::y::Item;\n", "Item"), "y");
    assert_eq!(meant("use super::{x::*, y};\n", "Item"), "x");
    assert_eq!(meant("use super::{x::*, y};\n", "y::Item"), "y");
    assert_eq!(meant("use crate::shop::{x, y::Item};\n", "Option<Item>"), "y");
    assert_eq!(meant("#[derive(Value)] pub struct Item { pub z: i32 }\n", "Item"), "z");
}

#[test]
fn a_name_given_by_an_import_is_replaced_by_the_items_own() {
    let b = "#[derive(Value)] pub struct Item { pub x: i32 }";
    let a = format!("use crate::b::Item as Line; {}", resource("A", "item: Line"));
    let source = of(&[("src/a.rs", &a), ("src/b.rs", b)]);
    assert_eq!(meant(&source), "x");
    let seen = fourfold_model::resource(&syn::parse_str(&resource("A", "item: Line")).expect("a struct"));
    let macros = fourfold_model::fingerprint(&seen.model.expect("a model"));
    assert_eq!(source.fingerprints["test.v1.A"], macros, "the fingerprint is of what is written");
}

#[test]
fn what_is_reached_is_in_the_package_inputs_and_nested_values_too() {
    let catalog = read_text(
        r#"
        #[derive(Resource)]
        #[resource(package = "a.v1", path = "a", operation(go, input = Go))]
        struct A { #[field(id)] id: Uuid, one: Option<One> }
        #[derive(Resource)]
        #[resource(package = "b.v1", path = "b")]
        struct B { #[field(id)] id: Uuid, two: BTreeMap<String, Two> }
        #[derive(Value)] struct One { two: Vec<Two> }
        #[derive(Value)] struct Two { three: Three }
        #[derive(Choice)] enum Three { X }
        #[derive(Value)] struct Go { why: String }
        #[derive(Value)] struct Unused { unknown: Nothing }
        "#,
    );
    let names = |index: usize| {
        let package = &catalog.packages[index];
        let values = package.values.iter().map(|item| item.model.name.as_str());
        values.chain(package.choices.iter().map(|item| item.model.name.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(names(0), ["Go", "One", "Two", "Three"]);
    assert_eq!(names(1), ["Two", "Three"]);
}

#[test]
fn a_resource_that_reaches_a_mistake_is_left_out_and_the_others_are_there() {
    let text = format!(
        "{}{}#[derive(Value)] struct Wrong {{ x: u8 }}",
        resource("A", "wrong: Vec<Wrong>"),
        resource("B", "")
    );
    let source = read_file("src/lib.rs", &text);
    assert_eq!(names(&source), ["crate::B"]);
    assert_eq!((source.reports.len(), source.catalog_reports().count()), (1, 0));
}

#[test]
fn everything_with_a_number_has_its_place() {
    let text = format!(
        "{}\n#[derive(Choice)]\nenum Side {{\n    Left,\n}}",
        resource("A", "side: Side, r#type: i32")
    );
    let source = read_file("src/lib.rs", &text);
    assert_eq!(source.places["test.v1.Side.SIDE_LEFT"].line, 5);
    assert_eq!(source.places["test.v1.A.side"].line, 1);
    assert!(source.places.contains_key("test.v1.A.type"));
}

/// The items of a file as a macro gets them: other tokens, without places, and the model's answer to them.
fn as_the_macro_sees(text: &str) -> Vec<(String, u64)> {
    let file = syn::parse_file(text).expect("Rust");
    let structs = file.items.into_iter().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    });
    let inputs = structs.map(|item| {
        let tokens = quote::quote!(#item).to_string();
        let mut input: syn::DeriveInput = syn::parse_str(&tokens).expect("the same struct");
        input.attrs.retain(|attr| !attr.path().is_ident("derive"));
        input
    });
    let resources = inputs.filter(|input| input.attrs.iter().any(|attr| attr.path().is_ident("resource")));
    let parsed =
        resources.map(|input| fourfold_model::resource(&input)).filter(|parsed| parsed.errors.is_empty());
    parsed
        .filter_map(|parsed| parsed.model)
        .map(|model| (format!("{}.{}", model.package, model.name), fourfold_model::fingerprint(&model)))
        .collect()
}

#[test]
fn the_macro_and_the_build_see_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut compared = 0;
    for path in [
        "examples/order/src/resources/order.rs",
        "examples/user/src/resources/user.rs",
        "tests/wire/resources.rs",
        "tests/failure/resources.rs",
        "tests/crash/resources.rs",
        "expand/tests/expand/order.rs",
        "expand/tests/expand/user.rs",
    ] {
        let text = std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let source = read_file(path, &text);
        for (name, fingerprint) in as_the_macro_sees(&text) {
            if let Some(read) = source.fingerprints.get(&name) {
                assert_eq!(*read, fingerprint, "{name} in {path}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 6, "only {compared} resources were compared");
}
