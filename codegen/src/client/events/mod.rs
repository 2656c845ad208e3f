//! The events of other services as Rust, from their committed contracts: a struct for each type, and an enum over those of a
//! resource. What they hold is read from `asyncapi.json`, which knows more than proto of what a text is; the numbers are those
//! of `proto/`.

mod emit;
mod shape;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fourfold_model::types::Scalar;
use prost::Message as _;
use serde_json::Value;

use self::shape::Shapes;
use super::contracts::{Contracts, MAKE};
use super::names;
use crate::catalog;
use crate::report::{Report, shown};

/// The events of some services.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// The packages, by name.
    pub packages: BTreeMap<String, Package>,
}

/// The events of a package.
#[derive(Clone, Debug)]
pub struct Package {
    /// The folder of the contracts that it is from.
    folder: PathBuf,
    /// The types, each with its message.
    pub types: Vec<(String, String)>,
    /// The fields that are strings or bytes in proto and hold more than that.
    pub texts: Vec<(String, Scalar)>,
    /// The values of enums that are called otherwise in JSON than their names tell.
    pub values: Vec<(String, String)>,
    /// The proto file, encoded.
    pub proto: Vec<u8>,
    /// The structs.
    rust: String,
}

/// One event as the document tells it.
struct Told<'d> {
    kind: &'d str,
    /// What it is called in Rust, and its message in proto.
    name: &'d str,
    doc: &'d str,
    payload: &'d Value,
}

/// The events of all services in some folders of contracts. The paths begin at `root`.
///
/// # Errors
///
/// All that is wrong, a report each.
pub fn events(root: &Path, folders: &[PathBuf]) -> Result<Events, Vec<Report>> {
    let mut reports = Vec::new();
    let mut events = Events::default();
    for folder in folders {
        match of_folder(root, folder) {
            Err(wrong) => reports.extend(wrong),
            Ok(packages) => {
                for (name, package) in packages {
                    if let Some(before) = events.packages.get(&name) {
                        let (one, other) = (shown(&before.folder), shown(folder));
                        let message = format!("the events of `{name}` are in `{one}` and in `{other}`");
                        reports.push(Report::catalog(message).help("leave one of the folders out"));
                    } else {
                        events.packages.insert(name, package);
                    }
                }
            }
        }
    }
    if reports.is_empty() { Ok(events) } else { Err(reports) }
}

fn of_folder(root: &Path, folder: &Path) -> Result<BTreeMap<String, Package>, Vec<Report>> {
    let file = folder.join("asyncapi.json");
    let wrong = |error: String| vec![Report::catalog(format!("`{}`: {error}", shown(&file))).help(MAKE)];
    let text = std::fs::read_to_string(root.join(&file)).map_err(|error| wrong(error.to_string()))?;
    let document: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let set = Contracts::read(root, folder)?.into_set();
    let mut told: BTreeMap<&str, Vec<Told<'_>>> = BTreeMap::new();
    for event in published(&document) {
        let packages = set.file.iter().map(prost_types::FileDescriptorProto::package);
        // What it publishes begins with a package of its own.
        let Some(package) = catalog::publisher(packages, event.kind) else { continue };
        told.entry(package).or_default().push(event);
    }
    let mut packages = BTreeMap::new();
    for (name, events) in told {
        let file = set.file.iter().find(|file| file.package() == name).cloned().unwrap_or_default();
        let proto = prost_types::FileDescriptorProto { source_code_info: None, ..file }.encode_to_vec();
        let schemas = &document["components"]["schemas"];
        let shapes = Shapes::of(schemas, &events).map_err(wrong)?;
        let package = Package {
            folder: folder.to_owned(),
            types: events.iter().map(|event| (event.kind.to_owned(), event.name.to_owned())).collect(),
            texts: shapes.texts(),
            values: shapes.unusual_values(),
            proto,
            rust: emit::file(&shapes),
        };
        packages.insert(name.to_owned(), package);
    }
    Ok(packages)
}

/// What the service of a document publishes, by type.
fn published(document: &Value) -> Vec<Told<'_>> {
    let messages = |channel: &Value| -> Vec<String> {
        let messages = channel["messages"].as_object().into_iter().flatten();
        messages.map(|(name, _)| name.clone()).collect()
    };
    let mut told = Vec::new();
    for operation in document["operations"].as_object().into_iter().flat_map(|all| all.values()) {
        let channel = operation["channel"]["$ref"].as_str().and_then(|path| path.strip_prefix("#/channels/"));
        let (Some("send"), Some(channel)) = (operation["action"].as_str(), channel) else { continue };
        let channel = &document["channels"][channel];
        let Some(kind) = channel["address"].as_str() else { continue };
        // Where two structs tell one type, its message is the first by name.
        let Some(message) = messages(channel).into_iter().min() else { continue };
        let message = &document["components"]["messages"][message];
        let Some(name) = message["title"].as_str() else { continue };
        let doc = message["description"].as_str().unwrap_or_default();
        told.push(Told { kind, name, doc, payload: resolved(document, &message["payload"]) });
    }
    told.sort_by(|one, other| one.kind.cmp(other.kind));
    told
}

/// What a schema refers to, or itself.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let name = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/"));
    name.map_or(schema, |name| &document["components"]["schemas"][name])
}

impl Events {
    /// The package that publishes a type.
    #[must_use]
    pub fn package(&self, event_type: &str) -> Option<(&str, &Package)> {
        let has = |package: &Package| package.types.iter().any(|(kind, _)| kind == event_type);
        self.packages.iter().find(|(_, package)| has(package)).map(|(name, package)| (name.as_str(), package))
    }

    /// The files of the structs, by the name that [`module`](Self::module) includes each by.
    pub fn files(&self) -> impl Iterator<Item = (String, &str)> {
        self.packages.iter().map(|(name, package)| (file(name), package.rust.as_str()))
    }

    /// The module `events`: in it one for each segment of the packages' names.
    #[must_use]
    pub fn module(&self) -> String {
        let mut root = Branch::default();
        for (name, package) in &self.packages {
            let below = |branch, segment| Branch::below(branch, segment);
            name.split('.').fold(&mut root, below).package = Some((name, package));
        }
        let mut out = String::from("/// The events of other services.\npub mod events {\n");
        root.write(&mut out, "    ");
        out.push_str("}\n");
        out
    }
}

fn file(package: &str) -> String {
    format!("heard/{package}.rs")
}

#[derive(Default)]
struct Branch<'a> {
    package: Option<(&'a str, &'a Package)>,
    branches: BTreeMap<&'a str, Branch<'a>>,
}

impl<'a> Branch<'a> {
    fn below<'b>(&'b mut self, segment: &'a str) -> &'b mut Self {
        self.branches.entry(segment).or_default()
    }

    fn write(&self, out: &mut String, indent: &str) {
        if let Some((name, _)) = self.package {
            out.push_str(&format!("{indent}::core::include!(\"{}\");\n", file(name)));
        }
        for (segment, branch) in &self.branches {
            let head = match branch.package {
                Some((name, package)) => format!(
                    "{indent}/// The events of `{name}`, by its contracts in `{}`.\n\
                     {indent}#[allow(clippy::doc_markdown, clippy::struct_excessive_bools, reason = \"the other service says so\")]\n",
                    shown(&package.folder)
                ),
                None => format!("{indent}/// Packages that begin with `{segment}`.\n"),
            };
            out.push_str(&head);
            out.push_str(&format!("{indent}pub mod {} {{\n", names::snake(segment)));
            branch.write(out, &format!("{indent}    "));
            out.push_str(&format!("{indent}}}\n"));
        }
    }
}
