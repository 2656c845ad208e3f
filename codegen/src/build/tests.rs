//! Builds, each into a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::{Build, Environment, Said};
use crate::report;

const ORDER: &str = r#"
    #[derive(Resource)]
    #[resource(package = "shop.order.v1", path = "orders")]
    pub struct Order {
        #[field(id)]
        pub id: Uuid,
        pub status: OrderStatus,
    }

    #[derive(Choice)]
    pub enum OrderStatus {
        Placed,
    }
"#;

const LOCK: &str = "\
shop.order.v1.Order.etag = 3 string
shop.order.v1.Order.id = 1 string
shop.order.v1.Order.status = 2 OrderStatus
shop.order.v1.OrderStatus.ORDER_STATUS_PLACED = 1
";

/// A crate in a folder that goes away with it.
struct Crate {
    root: PathBuf,
    variables: BTreeMap<&'static str, &'static str>,
}

impl Crate {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("fourfold-build-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let new = Self { root, variables: BTreeMap::new() };
        new.write("src/resources/order.rs", ORDER);
        new
    }

    fn with(mut self, variable: &'static str, value: &'static str) -> Self {
        self.variables.insert(variable, value);
        self
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.root.join(path)).expect("a file is removed");
    }

    /// What the build says to cargo, or its errors as they are printed.
    fn run(&self, build: &Build) -> Result<Vec<String>, String> {
        let variable = |name: &str| self.variables.get(name).map(|value| (*value).to_owned());
        let out = self.root.join("out");
        let environment = Environment { root: self.root.clone(), out, variable: &variable };
        let mut said = Said::default();
        match build.generate(&environment, &mut said) {
            Ok(()) => Ok(said.0),
            Err(reports) => Err(report::render(&reports, false)),
        }
    }

    fn build(&self) -> Result<Vec<String>, String> {
        self.run(&Build::new().resources("src/resources"))
    }

    fn read(&self, name: &str) -> String {
        let path = self.root.join("out/fourfold").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The files that were written, and when.
    fn written(&self) -> BTreeMap<String, SystemTime> {
        let entries = fs::read_dir(self.root.join("out/fourfold")).expect("the folder of the build");
        entries
            .map(|entry| {
                let entry = entry.expect("an entry");
                let modified = entry.metadata().and_then(|data| data.modified()).expect("a time");
                (entry.file_name().to_string_lossy().into_owned(), modified)
            })
            .collect()
    }
}

impl Drop for Crate {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn warnings(said: &[String]) -> Vec<&str> {
    said.iter().filter_map(|line| line.strip_prefix("cargo::warning=")).collect()
}

#[test]
fn a_build_writes_what_the_macro_includes() {
    let shop = Crate::new("writes");
    shop.build().expect("it is right");
    let files: Vec<String> = shop.written().into_keys().collect();
    assert_eq!(
        files,
        [
            "descriptor_set.binpb",
            "mod.rs",
            "shop.order.v1.Order.asyncapi.json",
            "shop.order.v1.Order.openapi.json",
            "shop.order.v1.Order.rs",
            "shop.order.v1.binpb"
        ]
    );
    let contract = shop.read("shop.order.v1.Order.rs");
    let expression: syn::ExprStruct = syn::parse_str(&contract).expect("an expression");
    let fields: Vec<String> = expression
        .fields
        .iter()
        .map(|field| match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(_) => String::new(),
        })
        .collect();
    assert_eq!(fields, ["fingerprint", "proto", "openapi", "asyncapi", "events"]);
    assert!(
        contract.starts_with("// What the build knows of shop.order.v1.Order, in src/resources/order.rs")
    );
}

#[test]
fn an_event_of_the_package_is_a_message_and_one_of_another_service_is_not() {
    let shop = Crate::new("events");
    let events = r#"
        #[derive(Event)]
        #[event(type = "shop.order.v1.order.delayed")]
        pub struct OrderDelayed {
            pub order_id: Uuid,
            pub why: Json,
        }

        #[derive(Event)]
        #[event(type = "shop.user.v1.user.deleted")]
        pub struct UserLeft {
            pub id: Uuid,
        }
    "#;
    shop.write("src/resources/order.rs", &format!("{ORDER}{events}"));
    shop.build().expect("it is right");
    let of = |name: &str| fs::read_to_string(shop.root.join("out/fourfold/events").join(name));
    of("shop.user.v1.user.deleted.UserLeft.rs").expect_err("no message");
    let text = of("shop.order.v1.order.delayed.OrderDelayed.rs").expect("a file");
    syn::parse_str::<syn::ExprStruct>(&text).expect("an expression");
    for part in [
        r#"("shop.order.v1.order.delayed", "OrderDelayed")"#,
        r#"("OrderDelayed.why", __fourfold::Scalar::Json)"#,
        r#""../shop.order.v1.binpb""#,
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_task_beside_a_resource_changes_nothing_of_what_is_written() {
    let shop = Crate::new("task");
    shop.build().expect("it is right");
    let texts = || -> BTreeMap<String, String> {
        let names = shop
            .written()
            .into_keys()
            .filter(|name| std::path::Path::new(name).extension().is_some_and(|kind| kind == "rs"));
        names.map(|name| (name.clone(), shop.read(&name))).collect()
    };
    let before = texts();
    let task = r#"
        #[derive(Task)]
        #[task(name = "order.confirm", retries = 5, cron = "0 3 * * *")]
        pub struct ConfirmOrder {
            #[field(default = "en")]
            pub language: String,
        }
    "#;
    shop.write("src/resources/order.rs", &format!("{ORDER}{task}"));
    shop.write("src/resources/confirm.rs", task);
    shop.build().expect("it is right with a task");
    assert_eq!(texts(), before);
}

#[test]
fn the_module_is_rust_and_small() {
    let shop = Crate::new("module");
    shop.build().expect("it is right");
    let module = shop.read("mod.rs");
    syn::parse_file(&module).expect("Rust");
    assert!(
        module.contains("pub static FILE_DESCRIPTOR_SET: &[u8]") && module.lines().count() < 15,
        "{module}"
    );
}

#[test]
fn a_second_build_touches_nothing() {
    let shop = Crate::new("twice");
    shop.build().expect("it is right");
    let before = shop.written();
    shop.build().expect("it is still right");
    assert_eq!(shop.written(), before);
}

#[test]
fn what_is_no_more_is_removed() {
    let shop = Crate::new("stale");
    shop.write("src/resources/user.rs", &ORDER.replace("Order", "User").replace("order", "user"));
    shop.write("out/fourfold/old/stale.rs", "");
    shop.build().expect("it is right");
    assert!(shop.written().contains_key("shop.user.v1.User.rs") && !shop.written().contains_key("old"));
    shop.remove("src/resources/user.rs");
    shop.build().expect("it is right");
    assert!(!shop.written().keys().any(|name| name.contains("user")));
}

#[test]
fn a_resource_with_mistakes_has_no_contract_and_ends_no_build() {
    let shop = Crate::new("broken");
    shop.build().expect("it is right");
    shop.write("src/resources/order.rs", &ORDER.replace("#[field(id)]", "#[field(idd)]"));
    shop.build().expect("the macro says what is wrong");
    assert_eq!(shop.written().into_keys().collect::<Vec<_>>(), ["mod.rs"]);
    syn::parse_file(&shop.read("mod.rs")).expect("Rust");
}

#[test]
fn what_the_macro_can_not_see_ends_the_build() {
    let shop = Crate::new("catalog");
    shop.write("src/resources/user.rs", ORDER);
    let said = shop.build().expect_err("two resources have one name");
    assert!(said.contains("error: two resources are called shop.order.v1.Order"), "{said}");
    assert!(said.contains("--> src/resources/user.rs:4:16"), "{said}");
    assert!(!shop.root.join("out").exists(), "all or nothing");
}

#[test]
fn cargo_runs_it_again_for_what_it_read_and_nothing_that_is_missing() {
    let reruns = |shop: &Crate| {
        let said = shop.build().expect("it is right");
        let lines = said.iter().filter(|line| !line.starts_with("cargo::warning"));
        lines.map(|line| line.trim_start_matches("cargo::").to_owned()).collect::<Vec<_>>()
    };
    let always =
        ["rerun-if-env-changed=CI", "rerun-if-env-changed=FOURFOLD_LOCKED", "rerun-if-changed=src/resources"];
    let shop = Crate::new("rerun");
    assert_eq!(reruns(&shop), always);
    fs::create_dir(shop.root.join("contracts")).expect("a folder");
    assert_eq!(reruns(&shop), [&always[..], &["rerun-if-changed=contracts"]].concat());
    shop.write("contracts/fourfold.lock", LOCK);
    assert_eq!(reruns(&shop), [&always[..], &["rerun-if-changed=contracts/fourfold.lock"]].concat());
}

#[test]
fn a_field_without_a_number_is_a_warning_that_names_it() {
    let shop = Crate::new("unlocked");
    shop.write("contracts/fourfold.lock", &LOCK.replace("shop.order.v1.Order.status = 2 OrderStatus\n", ""));
    assert_eq!(
        warnings(&shop.build().expect("it gets the number it will get")),
        [
            "`contracts/fourfold.lock` has no proto number for shop.order.v1.Order: status; run `cargo fourfold generate`"
        ]
    );
    shop.write("contracts/fourfold.lock", LOCK);
    assert!(warnings(&shop.build().expect("all have numbers")).is_empty());
}

#[test]
fn a_field_without_a_number_is_an_error_where_somebody_says_so() {
    for (variable, value, locked) in [
        ("CI", "true", true),
        ("FOURFOLD_LOCKED", "1", true),
        ("CI", "", false),
        ("CI", "false", false),
        ("FOURFOLD_LOCKED", "0", false),
    ] {
        let shop = Crate::new(&format!("locked-{variable}-{value}")).with(variable, value);
        let said = shop.build();
        assert_eq!(said.is_err(), locked, "{variable}={value}: {said:?}");
        if let Err(said) = said {
            for part in
                ["Order: id, status, etag", "OrderStatus: ORDER_STATUS_PLACED", "cargo fourfold generate"]
            {
                assert!(said.contains(part), "{part} in {said}");
            }
        }
        shop.write("contracts/fourfold.lock", LOCK);
        shop.build().expect("all have numbers");
    }
}

#[test]
fn a_number_that_can_not_be_is_reported_at_its_field() {
    let shop = Crate::new("moved");
    shop.write("contracts/fourfold.lock", &LOCK.replace("2 OrderStatus", "2 int32"));
    let said = shop.build().expect_err("a type has changed");
    assert!(said.contains("src/resources/order.rs:7:13"), "{said}");
    shop.write("contracts/fourfold.lock", "shop.order.v1.Order.id = one string\n");
    let said = shop.build().expect_err("this is no lock");
    assert!(said.contains("contracts/fourfold.lock: line 1"), "{said}");
}

#[test]
fn the_lock_may_be_elsewhere() {
    let shop = Crate::new("elsewhere").with("CI", "1");
    shop.write("proto/numbers.lock", LOCK);
    let build = Build::new().resources("src/resources").lock("proto/numbers.lock");
    let said = shop.run(&build).expect("all have numbers");
    assert!(said.contains(&"cargo::rerun-if-changed=proto/numbers.lock".to_owned()));
}

#[test]
fn a_path_that_is_not_there_is_told_with_one_that_is() {
    let shop = Crate::new("missing");
    let said = shop.run(&Build::new().resources("src/resource")).expect_err("there is none");
    assert!(said.contains("there is no file or folder `src/resource`"), "{said}");
    assert!(said.contains("there is `src/resources`"), "{said}");
}

#[test]
fn a_folder_without_resources_is_a_warning() {
    let shop = Crate::new("empty");
    shop.write("src/resources/order.rs", "pub struct Order;");
    let said = shop.build().expect("there is nothing to do");
    assert_eq!(warnings(&said), ["no struct with `#[derive(Resource)]` was found in `src/resources`"]);
}

#[test]
fn outside_of_a_build_script_it_says_so() {
    let report = Environment::of(&|_| None).err().expect("nothing is set");
    assert!(report.render(false).contains("`CARGO_MANIFEST_DIR` is not set"), "{}", report.render(false));
}
