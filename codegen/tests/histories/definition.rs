//! A definition that can be changed, and the Rust that a user would write for it.

use std::fmt::Write as _;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Resource,
    Value,
    Choice,
}

#[derive(Clone)]
pub(crate) struct Definition {
    pub(crate) package: String,
    pub(crate) items: Vec<Item>,
    /// No name is given twice.
    pub(crate) next: u32,
}

#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The fields after the id, or the variants.
    pub(crate) parts: Vec<Part>,
    pub(crate) operations: Vec<Operation>,
    /// The table, where it is not the usual one.
    pub(crate) table: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// As Rust has it; empty for a variant.
    pub(crate) ty: String,
    pub(crate) was: Option<String>,
    pub(crate) number: Option<u32>,
    /// What else its attribute says.
    pub(crate) words: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) input: Option<String>,
}

impl Part {
    pub(crate) fn new(name: &str, ty: &str) -> Self {
        Self { name: name.to_owned(), ty: ty.to_owned(), was: None, number: None, words: Vec::new() }
    }
}

impl Definition {
    /// A resource that reaches values and choices, and one without.
    pub(crate) fn new(package: String) -> Self {
        let item = |name: &str, kind, parts: &[(&str, &str)]| Item {
            name: name.to_owned(),
            kind,
            parts: parts.iter().map(|(name, ty)| Part::new(name, ty)).collect(),
            operations: Vec::new(),
            table: None,
        };
        let mut order = item(
            "Order",
            Kind::Resource,
            &[
                ("items", "Vec<Line>"),
                ("address", "Address"),
                ("status", "Status"),
                ("speed", "Option<Speed>"),
                ("note", "Option<String>"),
                ("total", "Decimal"),
            ],
        );
        order.operations = vec![
            Operation { name: "cancel".to_owned(), input: Some("Reason".to_owned()) },
            Operation { name: "ship".to_owned(), input: None },
        ];
        let items = vec![
            order,
            item("Parcel", Kind::Resource, &[("weight", "f64"), ("labels", "BTreeMap<String, String>")]),
            item("Line", Kind::Value, &[("sku", "String"), ("count", "u32")]),
            item("Address", Kind::Value, &[("street", "String"), ("city", "String")]),
            item("Reason", Kind::Value, &[("text", "String"), ("speed", "Speed")]),
            item("Status", Kind::Choice, &[("Placed", ""), ("Shipped", ""), ("Cancelled", "")]),
            item("Speed", Kind::Choice, &[("Fast", ""), ("Slow", "")]),
        ];
        Self { package, items, next: 0 }
    }

    pub(crate) fn full(&self, item: &Item) -> String {
        format!("{}.{}", self.package, item.name)
    }

    pub(crate) fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    pub(crate) fn code(&self) -> String {
        self.items.iter().map(|item| self.item(item)).collect()
    }

    fn item(&self, item: &Item) -> String {
        let mut out = String::new();
        let (derive, word) = match item.kind {
            Kind::Resource => ("Resource", "struct"),
            Kind::Value => ("Value", "struct"),
            Kind::Choice => ("Choice", "enum"),
        };
        let _ = writeln!(out, "#[derive({derive})]");
        if item.kind == Kind::Resource {
            let operation = |operation: &Operation| match &operation.input {
                Some(input) => format!(", operation({}, input = {input})", operation.name),
                None => format!(", operation({})", operation.name),
            };
            let operations: String = item.operations.iter().map(operation).collect();
            let table = item.table.as_ref().map(|table| format!(", table = \"{table}\"")).unwrap_or_default();
            let _ = writeln!(out, "#[resource(package = \"{}\"{table}{operations})]", self.package);
        }
        let _ = writeln!(out, "pub {word} {} {{", item.name);
        if item.kind == Kind::Resource {
            out += "    #[field(id)]\n    pub id: Uuid,\n";
        }
        for part in &item.parts {
            let attribute = if item.kind == Kind::Choice { "choice" } else { "field" };
            let was = part.was.iter().map(|was| format!("was = \"{was}\""));
            let number = part.number.map(|number| format!("number = {number}"));
            let words: Vec<String> = was.chain(number).chain(part.words.iter().cloned()).collect();
            if !words.is_empty() {
                let _ = writeln!(out, "    #[{attribute}({})]", words.join(", "));
            }
            let _ = match item.kind {
                Kind::Choice => writeln!(out, "    {},", part.name),
                Kind::Resource | Kind::Value => writeln!(out, "    pub {}: {},", part.name, part.ty),
            };
        }
        out + "}\n\n"
    }
}
