//! What people who are new to it type, and what they are told: what is wrong, where, and what to write instead.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use support::Project;

/// A folder that is a workspace of its own, so that none above it is touched.
fn workspace(name: &str) -> Project {
    let project = Project::empty(name);
    project.write("Cargo.toml", "[workspace]\nmembers = []\n");
    project
}

/// One with a service that has a product.
fn shop(name: &str) -> Project {
    let project = workspace(name);
    project
        .run(&["new", "shop", "-r", "product: name:string status:choice(draft|for-sale)=draft"])
        .succeeds();
    project
}

/// What is said of resources; nothing may be written then.
fn refused(project: &Project, resources: &[&str]) -> String {
    let mut arguments = vec!["new", "other"];
    arguments.extend(resources.iter().flat_map(|resource| ["-r", resource]));
    let said = project.run(&arguments).fails(1).err;
    assert!(!project.path("other").exists(), "{said}");
    said
}

#[test]
fn a_slip_in_a_resource_is_told_with_what_was_meant() {
    let project = workspace("slips");
    for (resource, message, place, help) in [
        (
            "order: name: string n:i32",
            "there are spaces between the name and the type",
            8,
            "write `name:string`",
        ),
        (
            "order: n:i32 name :string",
            "there are spaces between the name and the type",
            14,
            "write `name:string`",
        ),
        (
            "order name:string n:i32",
            "there is no colon after the resource's name",
            1,
            "write 'order: name:string n:i32'",
        ),
        (
            "order: name:string=hello world",
            "`world` has no type",
            26,
            "put both in quotes: =\"hello world\"; else",
        ),
        ("order: price:decimal=1,5", "`5` has no type", 24, "write a point: =1.5; else"),
        ("order: state:choice(a,b)", "`a,b` is not one value", 21, "write | between them: choice(a|b)"),
        ("order: state:choice()", "the choice is one of nothing", 21, "choice(draft|in-review)"),
        ("order: state:choice(a||b)", "there is nothing at one side of a `|`", 23, "leave its | out"),
        (
            "order: state:choice(on-sale|gone)=onsal",
            "`onsal` is no value for `state`",
            35,
            "it is one of on-sale, gone",
        ),
        (
            "order: user_id:reference(user)",
            "`reference` is not a type",
            16,
            "did you mean `references(user)`?",
        ),
        (
            "order: extra:map(strng)",
            "`strng` is not a type of a map's values",
            18,
            "did you mean `map(string)`?",
        ),
        ("order: extra:map()", "the map has no type of its values", 18, "write one of string, bool,"),
        ("box: name:string", "`Box` is the name of a type", 1, "write another name, such as `MyBox`"),
        (
            "order: day:date=2026-01-01",
            "`2026-01-01` is no value for `day`",
            17,
            "leave it out, and write `default = ..`",
        ),
    ] {
        let said = refused(&project, &[resource]);
        for part in
            [message, help, &format!(" --> --resource:1:{place}\n"), "is a mistake in what was said (1)"]
        {
            assert!(said.contains(part), "{resource}: {part}\n{said}");
        }
    }
}

#[test]
fn resources_that_need_each_other_are_refused_because_none_could_be_first() {
    let project = workspace("circle");
    let said = refused(
        &project,
        &[
            "order: invoice_id:references(invoice)",
            "invoice: payment_id:references(payment)",
            "payment: order_id:references(order) note:string",
        ],
    );
    assert!(said.contains("`order` needs a `invoice`, and that in the end needs a `order`"), "{said}");
    assert!(said.contains(" --> --resource:1:30\n"), "{said}");
    assert!(said.contains("write ? after one of these references"), "{said}");
    assert!(said.contains("(1); nothing has been written"), "it is said once\n{said}");
    let project = workspace("no-circle");
    let resources = [
        "new",
        "other",
        "-r",
        "order: invoice_id:references(invoice)?",
        "-r",
        "invoice: of:references(order)",
    ];
    project.run(&resources).succeeds();
}

#[test]
fn the_plural_of_a_resource_that_is_there_is_not_another_one() {
    let project = shop("plural");
    let said = project
        .run(&["add", "resource", "products: n:i32", "--manifest-path", "shop/Cargo.toml"])
        .fails(1)
        .err;
    assert!(said.contains("`products` is the plural of `product`, which is a resource already"), "{said}");
    let said = refused(&project, &["order-item: n:i32", "order-items: n:i32"]);
    assert!(said.contains("`order_items` is the plural of `order_item`"), "{said}");
    let ran = project.run(&["new", "radio", "-r", "series: name:string"]).succeeds();
    assert!(!ran.err.contains("plural"), "a series is one\n{}", ran.err);
}

#[test]
fn what_a_task_is_told_is_wrong_where_it_was_said() {
    let project = shop("task");
    for (arguments, place, message) in [
        (
            ["ping", "to:string?", "--queue", "my mail"],
            "--queue:1:1",
            "\"my mail\" is not the name of a queue",
        ),
        (["ping", "to:string?", "--cron", "every day"], "--cron:1:1", "a cron expression has 5 fields"),
        (["string", "to:string?", "--queue", "mail"], "NAME:1:1", "`String` is the name of a type"),
    ] {
        let mut all = vec!["add", "task"];
        all.extend(arguments);
        all.extend(["--manifest-path", "shop/Cargo.toml"]);
        let said = project.run(&all).fails(1).err;
        assert!(said.contains(message) && said.contains(&format!(" --> {place}\n")), "{said}");
    }
}

#[test]
fn a_task_may_be_called_by_a_name_that_is_imported() {
    let project = shop("imported");
    for (name, written) in [
        ("context", "impl Handler for Context {"),
        ("context", "ctx: &fourfold::Context) -> Result<()> {"),
        ("result", "ctx: &Context) -> fourfold::Result<()> {"),
        ("handler", "impl fourfold::Handler for Handler {"),
    ] {
        project.run(&["add", "task", name, "--manifest-path", "shop/Cargo.toml"]).succeeds();
        let text = project.read(&format!("shop/src/tasks/{name}.rs"));
        assert!(text.contains(written), "{written}\n{text}");
    }
}

#[test]
fn what_is_made_has_nothing_that_clippy_would_say_otherwise() {
    let project = workspace("lints");
    project
        .run(&[
            "new",
            "parking_garage",
            "-r",
            "permit: day:duration=86400s half:duration=1800s odd:duration=90s holder:string plate:string?",
        ])
        .succeeds();
    let text = project.read("parking_garage/src/resources/permit.rs");
    for default in ["Duration::from_hours(24)", "Duration::from_mins(30)", "Duration::from_secs(90)"] {
        assert!(text.contains(&format!("default = {default})")), "{text}");
    }
    let arguments =
        ["add", "operation", "permit", "reset", "--set", "holder=nobody", "--set", "plate=\"none\""];
    project.run(&[&arguments[..], &["--manifest-path", "parking_garage/Cargo.toml"]].concat()).succeeds();
    let text = project.read("parking_garage/src/resources/permit.rs");
    assert!(text.contains("        \"nobody\".clone_into(&mut self.holder);\n"), "{text}");
    for file in ["lib", "main"] {
        let text = project.read(&format!("parking_garage/src/{file}.rs"));
        assert!(text.starts_with("//! The `parking_garage` service.\n"), "{text}");
    }
}

#[test]
fn a_field_may_be_called_default() {
    let project = workspace("default");
    project.run(&["new", "shop", "-r", "theme: name:string default:bool=false"]).succeeds();
    // The message has a method of that name, which goes before the trait's.
    let test = project.read("shop/tests/service/theme.rs");
    assert!(test.contains("..Default::default()"), "{test}");
}

#[test]
fn a_server_that_is_made_under_a_condition_gets_nothing_there() {
    let project = shop("condition");
    project.write(
        "shop/src/lib.rs",
        "pub mod resources;\nuse fourfold::{Config, Server};\n\npub fn server(config: Config) -> Server {\n    let mut \
         server = base(config);\n    if cfg!(debug_assertions) {\n        server = \
         server.mount::<resources::product::Product>();\n    }\n    server\n}\n",
    );
    let before = project.files("");
    let ran = project.run(&["add", "resource", "review: text:string", "--manifest-path", "shop/Cargo.toml"]);
    let said = ran.fails(2).err;
    assert!(said.contains("inside of a condition, a loop or a closure"), "{said}");
    assert!(said.contains("+.mount::<resources::review::Review>()"), "{said}");
    assert_eq!(project.files(""), before);
}

#[test]
fn a_type_that_is_misspelt_in_a_struct_is_told_as_it_was_meant() {
    let project = shop("misspelt");
    project.edit("shop/src/resources/product.rs", "name: String", "name: Strng");
    let said = project.run(&["generate", "--manifest-path", "shop/Cargo.toml"]).fails(1).err;
    assert!(said.contains("= help: did you mean `String`?"), "{said}");
    project.edit("shop/src/resources/product.rs", "name: Strng", "name: ProductStatsu");
    let ran = project.run(&["add", "resource", "review: text:string", "--manifest-path", "shop/Cargo.toml"]);
    let said = ran.fails(1).err;
    assert!(said.contains("= help: did you mean `ProductStatus`?"), "{said}");
    assert!(said.contains("the resources of `shop` have a mistake (1), to be mended first"), "{said}");
}

#[test]
fn a_resource_may_be_called_task_and_tasks_are_looked_at_elsewhere() {
    let project = workspace("todo");
    project.run(&["new", "todo", "-r", "task: title:string"]).succeeds();
    project.run(&["new", "notes", "-r", "note: title:string"]).succeeds();
    assert!(project.read("notes/config.toml").contains("\n# tasks_path = \"/v1/tasks\"\n"));
    project.run(&["add", "resource", "task: title:string", "--manifest-path", "notes/Cargo.toml"]).succeeds();
    for service in ["todo", "notes"] {
        let config = project.read(&format!("{service}/config.toml"));
        assert!(config.contains("\ntasks_path = \"/v1/operations\"\n"), "{service}\n{config}");
        let tests = project.read(&format!("{service}/tests/service/main.rs"));
        assert!(tests.contains("        config.tasks_path = \"/v1/operations\".into();\n    })"), "{tests}");
    }
    let project = shop("own-config");
    project.write("shop/config.toml", "listen = \"127.0.0.1:1\"\n");
    let ran = project
        .run(&["add", "resource", "task: title:string", "--manifest-path", "shop/Cargo.toml"])
        .succeeds();
    assert!(ran.err.contains("with `tasks_path` in config.toml or FOURFOLD_TASKS_PATH="), "{}", ran.err);
}

#[test]
fn the_tests_that_are_made_send_what_the_rules_take() {
    let project = workspace("samples");
    let resource = "gauge: id:string frost:i32!range(..0) small:f64!range(..0.5) debt:decimal!range(..\"0\") \
                    cold:i64!range(..=-5)";
    project.run(&["new", "lab", "-r", resource]).succeeds();
    let test = project.read("lab/tests/service/gauge.rs");
    for sample in [
        "id: Some(\"example-id\".to_owned())",
        "frost: Some(-1)",
        "small: Some(-0.5)",
        "debt: Some(\"-1\".to_owned())",
        "cold: Some(-5)",
    ] {
        assert!(test.contains(sample), "{sample}\n{test}");
    }
}

#[test]
fn an_event_is_found_by_its_type_and_one_of_another_service_is_told_how() {
    let project = shop("events");
    let add = |on: &str| {
        project.run(&["add", "subscriber", "audit", "--on", on, "--manifest-path", "shop/Cargo.toml"])
    };
    add("shop.product.v1.product.created").succeeds();
    assert!(project.read("shop/src/subscribers/audit.rs").contains("event: ProductCreated"));
    assert_eq!(add("product.created").succeeds().out, "nothing to do: it is there already\n");
    let said = add("other.user.v1.user.created").fails(2).err;
    assert!(said.contains("has no resource") && said.contains("`.events(..)`"), "{said}");
}
