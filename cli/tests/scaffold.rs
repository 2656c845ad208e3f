//! `new`, `add`, `init` and `eject`: what they write, and what they leave alone. That it compiles and runs is judged by
//! tests/judges/scaffold.sh.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use support::{Project, Ran};

const PRODUCT: &str = "product: sku:string!unique name:string!filter!sort price:decimal=0 stock:i32? status:choice(draft|for-sale)=draft";
const REVIEW: &str =
    "review: product_id:references(product)!filter text:string!length(1..=500) rating:i32!range(1..=5)";

/// A folder that is a workspace of its own, so that none above it is touched.
fn workspace(name: &str) -> Project {
    let project = Project::empty(name);
    project.write("Cargo.toml", "[workspace]\nmembers = []\n");
    project
}

/// A service with a product.
fn shop(name: &str) -> Project {
    let project = workspace(name);
    project.run(&["new", "shop", "--resource", PRODUCT]).succeeds();
    project
}

fn in_shop(project: &Project, arguments: &[&str]) -> Ran {
    let mut all = arguments.to_vec();
    all.extend(["--manifest-path", "shop/Cargo.toml"]);
    project.run(&all)
}

#[test]
fn a_service_has_all_that_it_needs_and_its_contracts_are_up_to_date() {
    let project = workspace("new");
    project.run(&["new", "my-shop", "-r", PRODUCT, "-r", REVIEW]).succeeds();
    for file in [
        ".dockerignore",
        ".github/workflows/ci.yml",
        ".gitignore",
        "Cargo.toml",
        "Dockerfile",
        "README.md",
        "build.rs",
        "compose.yaml",
        "config.toml",
        "contracts/fourfold.lock",
        "k8s/deployment.yaml",
        "src/auth.rs",
        "src/lib.rs",
        "src/main.rs",
        "tests/service/review.rs",
    ] {
        let text = project.read(&format!("my-shop/{file}"));
        assert!(
            text.ends_with('\n') && !text.ends_with("\n\n") && !text.replace("${{", "").contains("{{"),
            "{file}: {text}"
        );
    }
    let product = project.read("my-shop/src/resources/product.rs");
    assert!(
        product.contains("#[resource(package = \"my_shop.product.v1\", path = \"products\")]"),
        "{product}"
    );
    assert!(product.contains("#[field(default = \"0\")]\n    pub price: Decimal,"), "{product}");
    assert!(product.contains("pub enum ProductStatus {\n    Draft,\n    ForSale,\n}"), "{product}");
    let review = project.read("my-shop/src/resources/review.rs");
    assert!(review.contains("#[field(references = \"my_shop.product.v1.Product\", filter)]"), "{review}");
    assert!(project.read("Cargo.toml").contains("members = [\"my-shop\"]"));
    let before = project.files("my-shop");
    project.run(&["generate", "--check", "--manifest-path", "my-shop/Cargo.toml"]).succeeds();
    assert_eq!(project.files("my-shop"), before);
}

#[test]
fn probes_and_ports_are_those_of_the_runtime() {
    let project = shop("probes");
    let deployment = project.read("shop/k8s/deployment.yaml");
    assert!(deployment.contains("path: /readyz") && deployment.contains("path: /healthz"));
    let docker = project.read("shop/Dockerfile");
    assert!(docker.contains("GET /healthz") && docker.contains("USER 10001"));
    assert!(docker.contains("FOURFOLD_LISTEN=0.0.0.0:8080"));
}

#[test]
fn every_setting_of_the_configuration_is_one_that_the_runtime_knows() {
    let project = shop("settings");
    let config = project.read("shop/config.toml");
    let known = include_str!("../../src/config.rs");
    let mut seen = 0;
    for line in config.lines() {
        let line = line.trim_start_matches("# ");
        let Some((key, _)) = line.split_once(" = ") else { continue };
        if key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            let variable = if key == "database_url" {
                "DATABASE_URL".to_owned()
            } else {
                format!("FOURFOLD_{}", key.to_uppercase())
            };
            assert!(known.contains(&format!("\"{variable}\" =>")), "{key}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn everything_that_is_wrong_is_said_at_once_below_the_text_and_nothing_is_written() {
    let project = workspace("mistakes");
    let before = project.files("");
    let ran = project
        .run(&[
            "new",
            "shop",
            "-r",
            "product: sku:strng self:string stock:i32!uniqe price:decimal=abc x y:json!filter to:references(nobody)",
            "-r",
            "../../etc: a:string",
            "-r",
            "note: parent:references(note) id:f64",
        ])
        .fails(1);
    for part in [
        "`strng` is not a type\n --> --resource:1:14\n",
        "did you mean `string`?",
        "`self` can't be the name of a field",
        "did you mean `!unique`?",
        "`abc` is no value for `price`",
        "`x` has no type",
        "`filter` does not go with this field",
        "there is no resource `nobody`",
        "`../../etc` can't be the name of a resource",
        "it points to itself, and has to be there",
        "an id can't be of this type",
        "there are mistakes in what was said (10); nothing has been written",
    ] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    let caret = ran.err.lines().nth(4).unwrap_or_default();
    assert_eq!(caret, "  |              ^^^^^", "{}", ran.err);
    assert_eq!(project.files(""), before);
}

#[test]
fn the_same_is_there_for_programs() {
    let project = workspace("json");
    let ran = project.run(&["new", "shop", "-r", "product: sku:strng", "--format", "json"]).fails(1);
    let said: serde_json::Value = serde_json::from_str(&ran.out).expect("one object");
    assert_eq!((said["code"].as_u64(), ran.err.as_str()), (Some(1), ""));
    assert_eq!(said["mistakes"][0]["column"], 14);
    let ran = project.run(&["new", "shop", "-r", PRODUCT, "--format", "json", "--dry-run"]).succeeds();
    let said: serde_json::Value = serde_json::from_str(&ran.out).expect("one object");
    assert!(said["files"].as_array().is_some_and(|files| files.len() > 20), "{said}");
    assert!(!project.path("shop").exists(), "it was a dry run");
}

#[test]
fn names_that_mean_something_elsewhere_work() {
    let project = workspace("names");
    let words = "order: type:string select:i32 from:string where:string message:string? table:bool=true";
    let keyword = "move: order_id:references(order) match:string";
    let own = "event: id:string created_at:date version:string deleted_at:timestamp?";
    project
        .run(&[
            "new",
            "odd",
            "-r",
            words,
            "-r",
            keyword,
            "-r",
            own,
            "-r",
            "news: title:string",
            "-r",
            "status: text:string",
        ])
        .succeeds();
    let order = project.read("odd/src/resources/order.rs");
    assert!(order.contains("pub r#type: String,") && order.contains("pub r#where: String,"), "{order}");
    assert!(project.read("odd/src/resources/moves.rs").contains("pub struct Move {"));
    assert!(project.read("odd/tests/service/moves.rs").contains("clients::odd::r#move::v1::"));
    let event = project.read("odd/src/resources/event.rs");
    assert!(event.contains("pub created_at: Date,") && event.contains("pub version: String,"), "{event}");
    assert!(event.contains("#[field(deleted_at)]\n    pub deleted_at: Option<Timestamp>,"), "{event}");
    assert!(project.read("odd/src/resources/news.rs").contains("path = \"news\""));
    assert!(project.read("odd/src/resources/status.rs").contains("path = \"statuses\""));
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let project = shop("taken");
    let before = project.files("");
    let ran = project.run(&["new", "shop", "-r", PRODUCT]).fails(2);
    assert!(ran.err.contains("`cargo fourfold init` makes a service of it"), "{}", ran.err);
    project.write("file", "");
    let ran = project.run(&["new", "file/shop", "-r", PRODUCT]).fails(2);
    assert!(ran.err.contains("nothing has been written"), "{}", ran.err);
    for (name, part) in
        [("my shop", "`my-shop`"), ("type", "`type-service`"), ("..", "--name"), ("žába", "ASCII")]
    {
        let ran = project.run(&["new", name, "-r", PRODUCT]).fails(2);
        assert!(ran.err.contains(part), "{name}: {}", ran.err);
    }
    let now = project.files("");
    assert!(before.iter().all(|(path, text)| now.get(path) == Some(text)), "nothing has changed");
    assert_eq!(project.run(&["new", "other"]).fails(2).err.lines().count(), 1, "nobody can be asked");
}

#[test]
fn what_is_added_leaves_all_else_as_it_was_written() {
    let project = shop("add");
    let lib = "//! Mine.\n\npub   mod resources; // here\n\nuse fourfold::{Config, Server};\n\n/// Makes it.\n#[must_use]\npub fn \
               server(config: Config) -> Server {\n    Server::new(config)\n        .mount::<resources::product::Product>() \
               // the first\n        .state( 7 )\n}\n";
    project.write("shop/src/lib.rs", lib);
    in_shop(&project, &["add", "resource", REVIEW]).succeeds();
    assert_eq!(
        project.read("shop/src/lib.rs"),
        lib.replace("// the first\n", "// the first\n        .mount::<resources::review::Review>()\n")
    );
    assert!(project.read("shop/src/resources/mod.rs").ends_with("pub mod product;\npub mod review;\n"));
    assert!(project.read("shop/tests/service/main.rs").contains("mod product;\nmod review;\n"));
    assert!(project.path("shop/contracts/proto/shop/review/v1/review.proto").exists());
    let before = project.files("shop");
    let ran = in_shop(&project, &["add", "resource", REVIEW]).succeeds();
    assert_eq!(ran.out, "nothing to do: it is there already\n");
    assert_eq!(project.files("shop"), before);
    let ran = in_shop(&project, &["add", "resource", "review: text:string"]).fails(1);
    assert!(ran.err.contains("there is a resource `review` already, with other fields"), "{}", ran.err);
    assert_eq!(project.files("shop"), before);
}

#[test]
fn an_operation_stores_what_its_input_and_set_say() {
    let project = shop("operation");
    project.edit("shop/src/resources/product.rs", "pub sku: String,", "pub  sku : String, // odd");
    let archive =
        ["add", "operation", "product", "archive", "--set", "status=for-sale", "--event", "archived"];
    let rename = ["add", "operation", "product", "rename", "--input", "name:string!length(1..=80) stock:i32"];
    in_shop(&project, &archive).succeeds();
    in_shop(&project, &rename).succeeds();
    let text = project.read("shop/src/resources/product.rs");
    assert!(text.contains("pub  sku : String, // odd"), "{text}");
    assert!(text.contains(
        "    operation(archive, event = \"archived\"),\n    operation(rename, input = RenameProduct),\n)]"
    ));
    assert!(text.contains("        self.status = ProductStatus::ForSale;\n        Ok(())"), "{text}");
    assert!(
        text.contains("        self.name = input.name;\n        self.stock = Some(input.stock);\n"),
        "{text}"
    );
    assert_eq!(text.matches("impl ProductOperations for Product {").count(), 1, "{text}");
    assert!(text.contains(
        "/// What a caller says to rename a product.\n#[derive(Value)]\npub struct RenameProduct {"
    ));
    let before = project.files("shop");
    assert!(in_shop(&project, &archive).succeeds().out.starts_with("nothing to do"));
    assert_eq!(project.files("shop"), before);
    let other = ["add", "operation", "product", "rename", "--input", "name:string", "--event", "renamed"];
    let ran = in_shop(&project, &other).fails(2);
    assert!(
        ran.err.contains("+#[resource(.., operation(rename, input = RenameProduct, event = \"renamed\"))]")
    );
    for (arguments, part) in [
        (&["add", "operation", "product", "delete"][..], "`delete` is not free for a custom operation"),
        (&["add", "operation", "product", "sell", "--set", "status=gone"], "it is one of draft, for-sale"),
        (&["add", "operation", "product", "sell", "--set", "colour=red"], "no field `colour`"),
        (&["add", "operation", "product", "sell", "--input", "a:strng"], "did you mean `string`?"),
    ] {
        let ran = in_shop(&project, arguments).fails(1);
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    let ran = in_shop(&project, &["add", "operation", "user", "ban"]).fails(2);
    assert!(ran.err.contains("has no resource `user`: it has `product`"), "{}", ran.err);
    assert_eq!(project.files("shop"), before);
}

#[test]
fn subscribers_and_tasks_are_named_where_the_server_is_made() {
    let project = shop("subscriber");
    for arguments in [
        &["add", "subscriber", "audit", "--on", "product"][..],
        &["add", "subscriber", "welcome", "--on", "product.created"],
        &["add", "task", "send-receipt", "product_id:references(product) to:string!email", "--queue", "mail"],
        &["add", "task", "tidy-up", "--cron", "0 3 * * *"],
    ] {
        in_shop(&project, arguments).succeeds();
        assert!(in_shop(&project, arguments).succeeds().out.starts_with("nothing to do"), "{arguments:?}");
    }
    let lib: String = project.read("shop/src/lib.rs").split_whitespace().collect();
    for part in [
        "modsubscribers;pubmodtasks;",
        ".mount::<resources::product::Product>().task::<tasks::send_receipt::SendReceipt>()",
        ".task::<tasks::tidy_up::TidyUp>().subscribe(\"audit\",subscribers::audit::audit)",
        ".subscribe(\"welcome\",subscribers::welcome::welcome)",
    ] {
        assert!(lib.contains(part), "{part}: {lib}");
    }
    assert!(project.read("shop/src/tasks/tidy_up.rs").contains("cron = \"0 3 * * *\""));
    assert!(project.read("shop/Cargo.toml").contains("\ntracing = \"0.1\"\n"));
    let ran = in_shop(&project, &["add", "subscriber", "x", "--on", "product.exploded"]).fails(2);
    assert!(ran.err.contains("it has created, updated, deleted"), "{}", ran.err);
    let ran = in_shop(&project, &["add", "task", "late", "--cron", "often"]).fails(1);
    assert!(ran.err.contains("cron"), "{}", ran.err);
}

#[test]
fn a_server_that_is_made_elsewhere_in_a_way_that_is_not_clear_is_left_alone() {
    let project = shop("unclear");
    project.write("shop/src/lib.rs", "//! Mine.\n\npub mod resources;\n");
    project.write("shop/src/main.rs", "fn main() {}\n");
    let before = project.files("shop");
    let ran = in_shop(&project, &["add", "resource", REVIEW]).fails(2);
    assert!(ran.err.contains("+.mount::<resources::review::Review>()"), "{}", ran.err);
    assert_eq!(project.files("shop"), before);
}

#[test]
fn a_dry_run_shows_what_would_change() {
    let project = shop("dry");
    let before = project.files("shop");
    let ran = in_shop(&project, &["add", "resource", REVIEW, "--dry-run"]).succeeds();
    assert!(ran.out.contains("  created shop/src/resources/review.rs\n"), "{}", ran.out);
    assert!(ran.out.contains("+pub mod review;\n"), "{}", ran.out);
    assert!(ran.out.ends_with("nothing has been written: this was --dry-run\n"), "{}", ran.out);
    assert_eq!(project.files("shop"), before);
}

#[test]
fn what_was_ejected_says_when_its_resource_has_changed() {
    let project = shop("eject");
    in_shop(&project, &["eject", "product", "create"]).succeeds();
    let text = project.read("shop/src/resources/product.rs");
    assert!(text.contains("path = \"products\", behavior)]"), "{text}");
    assert!(text.contains("    //   sku: String, unique\n"), "{text}");
    assert!(text.contains("            sku: self.sku,\n"), "{text}");
    assert_eq!(in_shop(&project, &["generate"]).succeeds().err, "");
    project.edit(
        "shop/src/resources/product.rs",
        "    pub name: String,\n",
        "    pub name: Option<String>,\n    pub weight: f64,\n",
    );
    for _ in 0..2 {
        let ran = in_shop(&project, &["generate"]).succeeds();
        for part in [
            "`create` of `product` was ejected",
            "new: weight: f64",
            "changed: name: Option<String> (was name: String)",
        ] {
            assert!(ran.err.contains(part), "{part}: {}", ran.err);
        }
    }
    in_shop(&project, &["eject", "product", "create", "--accept"]).succeeds();
    assert_eq!(in_shop(&project, &["generate"]).succeeds().err, "");
    let ran = in_shop(&project, &["eject", "product", "archive"]).fails(2);
    assert!(ran.err.contains("get, create, update, replace, delete can"), "{}", ran.err);
}

#[test]
fn a_package_that_is_there_becomes_a_service() {
    let project = Project::empty("init");
    let manifest = "# Mine.\n[package]\nname = \"shop\" # why\nedition = \"2024\"\n\n[dependencies]\nserde = \"1\"\n\n[workspace]\n";
    project.write("Cargo.toml", manifest);
    project.write("src/main.rs", "fn main() {\n    println!(\"Hello, world!\");\n}\n");
    project.run(&["init", "-r", PRODUCT]).succeeds();
    let text = project.read("Cargo.toml");
    assert!(text.starts_with("# Mine.\n[package]\nname = \"shop\" # why\n"), "{text}");
    assert!(text.contains("serde = \"1\"\nfourfold = {") && text.contains("[build-dependencies]"), "{text}");
    assert!(project.read("src/main.rs").contains("shop::server(Config::from_file("));
    assert!(project.read("src/lib.rs").contains(".mount::<resources::product::Product>()"));
    assert!(
        project.path("contracts/fourfold.lock").exists() && project.path("tests/service/product.rs").exists()
    );
    project.run(&["generate", "--check"]).succeeds();
    assert!(project.run(&["init"]).succeeds().out.starts_with("nothing to do"));
}

#[test]
fn a_program_of_ones_own_stays_as_it_is() {
    let project = Project::empty("init own");
    project.write("Cargo.toml", "[package]\nname = \"shop\"\nedition = \"2024\"\n\n[workspace]\n");
    project.write("src/main.rs", "//! Mine.\nfn main() {\n    work();\n}\n\nfn work() {}\n");
    project.write("src/lib.rs", "//! A library.\n\npub mod other;\n");
    project.write("src/other.rs", "");
    project.write("build.rs", "//! Mine.\n\nfn main() {\n    println!(\"cargo::rerun-if-changed=x\");\n}\n");
    let ran = project.run(&["init", "-r", PRODUCT]).succeeds();
    assert!(ran.err.contains("`src/main.rs` stays as it is"), "{}", ran.err);
    assert!(project.read("src/main.rs").contains("fn work() {}"));
    let lib = project.read("src/lib.rs");
    assert!(lib.starts_with("//! A library.\n\npub mod other;\npub mod resources;\n"), "{lib}");
    assert!(lib.contains("pub fn server(config: fourfold::Config) -> fourfold::Server {"), "{lib}");
    let build = project.read("build.rs");
    assert!(build.contains("    fourfold_codegen::build(\"src/resources\");\n    println!"), "{build}");
}

#[test]
fn help_has_examples_and_the_grammar() {
    let project = Project::empty("help");
    for command in
        [&["new"][..], &["init"], &["eject"], &["add", "resource"], &["add", "operation"], &["add", "task"]]
    {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = project.run(&arguments).succeeds().out;
        assert!(help.contains("Examples:\n  cargo fourfold "), "{command:?}: {help}");
    }
    assert!(project.run(&["new", "--help"]).succeeds().out.contains("choice(draft|published)"));
}
