//! One definition: a resource, the values and choices that it reaches, a task and an event of its own.

use std::fmt::Write as _;

use crate::field::{Home, Named, deprecated, field};
use crate::names::{self, comment};
use fourfold_random::Random;

/// The file of a definition, and the name of its resource.
pub(crate) struct Definition {
    pub(crate) nth: usize,
    pub(crate) resource: String,
    pub(crate) code: String,
}

impl Definition {
    /// It may have mistakes: the front end says which.
    pub(crate) fn new(random: &mut Random, nth: usize, taken: &[Self]) -> Self {
        let mut types = Vec::new();
        let resource = loop {
            if let Some(name) = names::upper(random, &mut types) {
                break name;
            }
        };
        let mut code = format!("//! Definition {nth}.\n\nuse fourfold::prelude::*;\n\n");
        let mut named = Vec::new();
        for _ in 0..random.below(3) {
            choice(random, &mut types, &mut named, &mut code);
        }
        for _ in 0..random.below(3) {
            value(random, &mut types, &mut named, &mut code);
        }
        let inputs: Vec<String> =
            named.iter().filter(|named| named.first.is_none()).map(|named| named.name.clone()).collect();
        let operations = operations(random, &inputs);
        // A path that is made of the name is free once.
        let path = taken.iter().any(|other| other.resource == resource) || random.often(50);
        code += &resource_item(random, nth, (&resource, path), &named, &operations);
        if random.often(25) {
            message(random, nth, "Task", &mut types, &named, &mut code);
        }
        if random.often(25) {
            message(random, nth, "Event", &mut types, &named, &mut code);
        }
        if code.contains("not_blank") {
            code += "fn not_blank(text: &str) -> std::result::Result<(), &'static str> {\n    \
                     if text.trim().is_empty() { Err(\"must not be blank\") } else { Ok(()) }\n}\n";
        }
        Self { nth, resource, code }
    }
}

struct Operation {
    name: String,
    input: Option<String>,
    event: Option<String>,
    /// `deprecated = ".."`, `task(..)`
    more: Vec<String>,
}

/// How a task runs, in a few of the words for it.
const SETTINGS: &[&str] = &[
    "queue = \"slow\"",
    "retries = 3",
    "retries = 0, timeout = \"5s\"",
    "backoff = \"500ms\", backoff_max = \"5m\"",
    "queue = \"a-b.c_1\", retries = 7, backoff = \"1s\", backoff_max = \"1h\", timeout = \"2m\"",
];

const CRATE: &str = "crate = \"::fourfold\"";

fn operations(random: &mut Random, inputs: &[String]) -> Vec<Operation> {
    let (mut taken, mut events) = (Vec::new(), Vec::new());
    let mut operations = Vec::new();
    for _ in 0..random.below(4) {
        let Some(name) = names::lower(random, &mut taken) else { continue };
        let input = (!inputs.is_empty() && random.often(50)).then(|| random.one(inputs).clone());
        let event = if random.often(40) { names::lower(random, &mut events) } else { None };
        let mut more = Vec::new();
        if random.often(25) {
            more.push(deprecated(random));
        }
        if random.often(20) {
            more.push(format!("task({})", random.one(SETTINGS)));
        }
        operations.push(Operation { name, input, event, more });
    }
    operations
}

fn resource_item(
    random: &mut Random,
    nth: usize,
    (name, path): (&str, bool),
    named: &[Named],
    operations: &[Operation],
) -> String {
    let mut words = vec![format!("package = \"random.of{nth}.v{}\"", 1 + random.below(3))];
    let behavior = random.often(15);
    if behavior {
        words.push("behavior".to_owned());
    }
    if path {
        words.push(format!("path = \"things-{nth}\""));
    }
    if random.often(20) {
        words.push(format!("table = \"rows_{nth}\""));
    }
    if random.often(5) {
        words.push(CRATE.to_owned());
    }
    if random.often(20) {
        let mut said = vec![(*random.one(SETTINGS)).to_owned()];
        for standard in ["create", "update", "delete"] {
            if random.often(40) {
                said.push(format!("{standard}({})", random.one(SETTINGS)));
            }
        }
        words.push(format!("task({})", said.join(", ")));
    }
    for Operation { name, input, event, more } in operations {
        let mut said = vec![names::written(name)];
        said.extend(input.iter().map(|input| format!("input = {input}")));
        said.extend(event.iter().map(|event| format!("event = \"{event}\"")));
        said.extend(more.iter().cloned());
        words.push(format!("operation({})", said.join(", ")));
    }
    let mut out = comment(random, "");
    let _ = writeln!(
        out,
        "#[derive(Clone, PartialEq, Resource)]\n#[resource({})]\npub struct {name} {{",
        words.join(", ")
    );
    let mut taken = Vec::new();
    let id = if random.often(70) { Some("id".to_owned()) } else { names::lower(random, &mut taken) };
    let id = id.unwrap_or_else(|| "id".to_owned());
    let ty = random.one(&["Uuid", "Uuid", "i64", "String"]);
    let rule = if *ty == "String" && random.often(30) { ", validate(length(1..=40))" } else { "" };
    let _ =
        writeln!(out, "    /// Which one.\n    #[field(id{rule})]\n    pub {}: {ty},", names::written(&id));
    taken.push(id);
    for _ in 0..random.below(14) {
        out += &field(random, Home::Resource, named, &mut taken).unwrap_or_default();
    }
    for (role, ty) in [
        ("created_at", "Timestamp"),
        ("updated_at", "Timestamp"),
        ("version", "i64"),
        ("deleted_at", "Option<Timestamp>"),
    ] {
        if random.often(45) {
            let _ = writeln!(out, "    /// Kept by the store.\n    #[field({role})]\n    pub {role}: {ty},");
        }
    }
    out += "}\n\n";
    if !operations.is_empty() {
        let _ = writeln!(out, "impl {name}Operations for {name} {{");
        for Operation { name, input, .. } in operations {
            let input = input.as_ref().map_or(String::new(), |input| format!(", _input: {input}"));
            let name = names::written(name);
            let _ = writeln!(
                out,
                "    async fn {name}(&mut self, _ctx: &fourfold::Context{input}) -> fourfold::Result<()> {{"
            );
            out += "        Ok(())\n    }\n";
        }
        out += "}\n\n";
    }
    if behavior {
        let _ = writeln!(out, "impl fourfold::Behavior for {name} {{}}\n");
    }
    out
}

/// `#[value(crate = "..")]`, now and then.
fn runtime(random: &mut Random, attribute: &str) -> String {
    if random.often(5) { format!("#[{attribute}({CRATE})]\n") } else { String::new() }
}

fn choice(random: &mut Random, types: &mut Vec<String>, named: &mut Vec<Named>, code: &mut String) {
    let Some(name) = names::upper(random, types) else { return };
    let mut variants = Vec::new();
    for _ in 0..=random.below(5) {
        let _ = names::upper(random, &mut variants);
    }
    *code += &comment(random, "");
    let _ =
        write!(*code, "#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]\n{}", runtime(random, "choice"));
    let _ = writeln!(*code, "pub enum {name} {{");
    for (nth, variant) in variants.iter().enumerate() {
        *code += &comment(random, "    ");
        let mut words = Vec::new();
        if random.often(20) {
            words.push(format!("name = \"{}-{nth}\"", variant.to_ascii_lowercase()));
        }
        if random.often(10) {
            words.push(format!("number = {}", 100 + nth));
        }
        if random.often(10) {
            words.push(deprecated(random));
        }
        if !words.is_empty() {
            let _ = writeln!(*code, "    #[choice({})]", words.join(", "));
        }
        let _ = writeln!(*code, "    {variant},");
    }
    *code += "}\n\n";
    named.push(Named { name, first: variants.into_iter().next() });
}

fn value(random: &mut Random, types: &mut Vec<String>, named: &mut Vec<Named>, code: &mut String) {
    let Some(name) = names::upper(random, types) else { return };
    let mut taken = Vec::new();
    *code += &comment(random, "");
    let _ = write!(*code, "#[derive(Clone, PartialEq, Value)]\n{}", runtime(random, "value"));
    let _ = writeln!(*code, "pub struct {name} {{");
    for _ in 0..=random.below(5) {
        *code += &field(random, Home::Value, named, &mut taken).unwrap_or_default();
    }
    *code += "}\n\n";
    named.push(Named { name, first: None });
}

/// A task or an event of the user's own.
fn message(
    random: &mut Random,
    nth: usize,
    derive: &str,
    types: &mut Vec<String>,
    named: &[Named],
    code: &mut String,
) {
    let Some(name) = names::upper(random, types) else { return };
    let mut taken = Vec::new();
    *code += &comment(random, "");
    let (mut words, mut most, mut subject) = (Vec::new(), 5, false);
    let home = if derive == "Task" {
        words.push(format!("name = \"random{nth}.run\""));
        if random.often(40) {
            words.push((*random.one(SETTINGS)).to_owned());
        }
        if random.often(40) {
            words.push("cron = \"0 3 * * 1-5\"".to_owned());
            if random.often(60) {
                words.push("time_zone = \"Europe/Amsterdam\"".to_owned());
            }
            // The clock has nothing to say.
            most = 1;
        }
        Home::Task
    } else {
        words.push(format!("type = \"random.of{nth}.v1.thing.happened\""));
        subject = random.often(40);
        if subject {
            words.push("subject = \"about\"".to_owned());
        }
        Home::Event
    };
    if random.often(5) {
        words.push(CRATE.to_owned());
    }
    let _ = writeln!(
        *code,
        "#[derive(Clone, PartialEq, {derive})]\n#[{}({})]\npub struct {name} {{",
        derive.to_ascii_lowercase(),
        words.join(", ")
    );
    if subject {
        taken.push("about".to_owned());
        let _ =
            writeln!(*code, "    /// To what.\n    pub about: {},", random.one(&["Uuid", "i64", "String"]));
    }
    for _ in 0..random.below(most) {
        *code += &field(random, home, named, &mut taken).unwrap_or_default();
    }
    *code += "}\n\n";
    if derive == "Task" {
        let _ = writeln!(
            *code,
            "impl fourfold::Handler for {name} {{\n    type Output = ();\n\n    async fn run(self, _ctx: &fourfold::Context) -> fourfold::Result<()> {{\n        Ok(())\n    }}\n}}\n"
        );
    }
}
