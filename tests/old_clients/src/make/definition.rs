//! A definition: a resource with what it reaches, a task and an event of its own.

use std::fmt::Write as _;

use super::types::Element;

/// A field. What it may say depends on where it stands.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a word of the attribute")]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) element: Element,
    pub(super) list: bool,
    pub(super) optional: bool,
    /// Whether there is a default, and whether it is the other one.
    pub(super) default: Option<bool>,
    /// The least and the most, of a length or a number.
    pub(super) limits: Option<(u32, u32)>,
    pub(super) output_only: bool,
    pub(super) input_only: bool,
    pub(super) immutable: bool,
    pub(super) sensitive: bool,
    pub(super) unique: bool,
    pub(super) filter: bool,
    pub(super) sort: bool,
    pub(super) deprecated: bool,
    pub(super) references: bool,
    pub(super) was: Option<String>,
}

/// The type of the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    Uuid,
    I64,
    Text,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operation {
    pub(super) name: String,
    /// The name of its input, a struct with the fields of [`Definition::reason`] or of [`Definition::remark`].
    pub(super) input: Option<String>,
    pub(super) event: Option<String>,
}

/// A struct with a name of its own, and where its tasks go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) queue: Option<String>,
    pub(super) fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    pub(super) nth: usize,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) table: String,
    pub(super) queue: Option<String>,
    pub(super) retries: Option<u32>,
    pub(super) id: Id,
    pub(super) fields: Vec<Field>,
    pub(super) statuses: Vec<String>,
    pub(super) item: Vec<Field>,
    /// What the operation `close` is told.
    pub(super) reason: Vec<Field>,
    pub(super) operations: Vec<Operation>,
    pub(super) task: Option<Message>,
    pub(super) event: Option<Message>,
    pub(super) version: bool,
}

impl Field {
    pub(super) fn new(name: &str, element: Element) -> Self {
        Self {
            name: name.to_owned(),
            element,
            list: false,
            optional: false,
            default: None,
            limits: None,
            output_only: false,
            input_only: false,
            immutable: false,
            sensitive: false,
            unique: false,
            filter: false,
            sort: false,
            deprecated: false,
            references: false,
            was: None,
        }
    }

    /// Whether a create that leaves it out is refused.
    pub(super) const fn is_needed(&self) -> bool {
        !self.output_only && !self.optional && !self.list && self.default.is_none()
    }

    fn render(&self, out: &mut String) {
        let mut words: Vec<String> = Vec::new();
        for (is, word) in [
            (self.output_only, "output_only"),
            (self.input_only, "input_only"),
            (self.immutable, "immutable"),
            (self.sensitive, "sensitive"),
            (self.unique, "unique"),
            (self.filter, "filter"),
            (self.sort, "sort"),
            (self.deprecated, "deprecated = \"say another\""),
            (self.references, "references = \"elsewhere.thing.v1.Thing\""),
        ] {
            words.extend(is.then(|| word.to_owned()));
        }
        let default = self.default.and_then(|other| self.element.default(other));
        words.extend(default.map(|default| format!("default = {default}")));
        words.extend(self.was.iter().map(|was| format!("was = \"{was}\"")));
        if let Some((least, most)) = self.limits {
            let rule = if self.element.has_length() && !self.list { "length" } else { "range" };
            words.push(format!("validate({rule}({least}..={most}))"));
        }
        let mut ty = self.element.rust().to_owned();
        if self.list {
            ty = format!("Vec<{ty}>");
        }
        if self.optional {
            ty = format!("Option<{ty}>");
        }
        if !words.is_empty() {
            let _ = writeln!(out, "    #[field({})]", words.join(", "));
        }
        let _ = writeln!(out, "    pub {}: {ty},", self.name);
    }
}

impl Definition {
    /// The name of its proto package.
    pub(super) fn package(&self) -> String {
        format!("old.pair{}.v1", self.nth)
    }

    /// Its text.
    pub(super) fn render(&self) -> String {
        let mut out = "//! A definition.\n\nuse fourfold::prelude::*;\n\n".to_owned();
        self.resource(&mut out);
        out += "#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]\npub enum Status {\n";
        for status in &self.statuses {
            let _ = writeln!(out, "    {status},");
        }
        out += "}\n\n";
        structure("Value", "", "Item", &self.item, &mut out);
        let mut inputs: Vec<&String> =
            self.operations.iter().filter_map(|operation| operation.input.as_ref()).collect();
        inputs.sort();
        inputs.dedup();
        for input in inputs {
            structure("Value", "", input, &self.input(input), &mut out);
        }
        if let Some(task) = &self.task {
            let queue = task.queue.as_ref().map(|queue| format!(", queue = \"{queue}\"")).unwrap_or_default();
            let attribute = format!("#[task(name = \"{}\"{queue})]\n", task.name);
            structure("Task", &attribute, "Remind", &task.fields, &mut out);
            out += "impl Handler for Remind {\n    type Output = ();\n\n    async fn run(self, _: &Context) -> Result<()> {\n        Ok(())\n    }\n}\n\n";
        }
        if let Some(event) = &self.event {
            let attribute = format!("#[event(type = \"{}\")]\n", event.name);
            structure("Event", &attribute, "Delayed", &event.fields, &mut out);
        }
        self.listeners(&mut out);
        out
    }

    /// The fields of an operation's input.
    pub(super) fn input(&self, name: &str) -> Vec<Field> {
        if name == "Remark" { vec![Field::new("remark", Element::Text)] } else { self.reason.clone() }
    }

    fn resource(&self, out: &mut String) {
        let mut words = vec![
            format!("package = \"{}\"", self.package()),
            format!("path = \"{}\"", self.path),
            format!("table = \"{}\"", self.table),
        ];
        let mut task = Vec::new();
        task.extend(self.queue.as_ref().map(|queue| format!("queue = \"{queue}\"")));
        task.extend(self.retries.map(|retries| format!("retries = {retries}")));
        if !task.is_empty() {
            words.push(format!("task({})", task.join(", ")));
        }
        for Operation { name, input, event } in &self.operations {
            let mut said = vec![name.clone()];
            said.extend(input.iter().map(|input| format!("input = {input}")));
            said.extend(event.iter().map(|event| format!("event = \"{event}\"")));
            words.push(format!("operation({})", said.join(", ")));
        }
        let name = &self.name;
        let _ = writeln!(out, "#[derive(Resource)]\n#[resource({})]\npub struct {name} {{", words.join(", "));
        let id = match self.id {
            Id::Uuid => "Uuid",
            Id::I64 => "i64",
            Id::Text => "String",
        };
        let _ = writeln!(out, "    #[field(id)]\n    pub id: {id},");
        for field in &self.fields {
            field.render(out);
        }
        *out += "    #[field(created_at)]\n    pub created_at: Timestamp,\n";
        if self.version {
            *out += "    #[field(version)]\n    pub version: i64,\n";
        }
        *out += "}\n\n";
        if self.operations.is_empty() {
            return;
        }
        let _ = writeln!(out, "impl {name}Operations for {name} {{");
        for operation in &self.operations {
            let input = operation.input.as_ref().map(|input| format!(", _: {input}")).unwrap_or_default();
            let event = self.event.as_ref().filter(|_| operation.name == "ping");
            let (ctx, body) = event.map_or_else(
                || ("_", String::new()),
                |event| {
                    let says = |field: &Field| {
                        let value = field.element.expression().unwrap_or("Default::default()");
                        let value = if field.list { format!("vec![{value}]") } else { value.to_owned() };
                        let value = if field.optional { format!("Some({value})") } else { value };
                        format!("{}: {value}", field.name)
                    };
                    let fields: Vec<String> = event.fields.iter().map(says).collect();
                    ("ctx", format!("        ctx.publish(Delayed {{ {} }});\n", fields.join(", ")))
                },
            );
            let _ = writeln!(
                out,
                "    async fn {}(&mut self, {ctx}: &Context{input}) -> Result<()> {{\n{body}        Ok(())\n    }}",
                operation.name
            );
        }
        *out += "}\n\n";
    }

    /// Who listens, with the types of this definition.
    fn listeners(&self, out: &mut String) {
        let name = &self.name;
        let _ =
            writeln!(out, "async fn heard(_: {name}Event, _: &Context) -> Result<()> {{\n    Ok(())\n}}\n");
        *out += "/// Has a group listen to all that happens.\n#[must_use]\npub fn listening(server: fourfold::Server, group: &str) -> fourfold::Server {\n";
        *out += "    let beginning = fourfold::events::Start::Beginning;\n";
        if self.event.is_some() {
            *out += "    async fn delayed(_: Delayed, _: &Context) -> Result<()> {\n        Ok(())\n    }\n";
            *out += "    let server = server.subscription(fourfold::Subscription::new(format!(\"{group}-own\"), delayed).from(beginning));\n";
        }
        *out += "    server.subscription(fourfold::Subscription::new(group, heard).from(beginning))\n}\n\n";
        let task = if self.task.is_some() { ".task::<Remind>()" } else { "" };
        let _ = writeln!(
            out,
            "/// Serves it.\n#[must_use]\npub fn mounted(server: fourfold::Server) -> fourfold::Server {{\n    server.mount::<{name}>(){task}\n}}"
        );
    }
}

fn structure(derive: &str, attribute: &str, name: &str, fields: &[Field], out: &mut String) {
    let _ = writeln!(out, "#[derive({derive})]\n{attribute}pub struct {name} {{");
    for field in fields {
        field.render(out);
    }
    *out += "}\n\n";
}
