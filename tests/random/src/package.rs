//! The package of the definitions, with a caller that is generated from its contracts alone.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::definition::Definition;

const BUILD: &str = "//! Reads the definitions.\n\nfn main() {\n    fourfold_codegen::Build::new().resources(\"src/resources\").messages(true).run();\n}\n";
const CALLER_BUILD: &str = "//! Reads the contracts.\n\nfn main() {\n    fourfold_codegen::Build::new().client(\"../service/contracts\").events(\"../service/contracts\").run();\n}\n";
const CALLER: &str = "//! The clients of the service, and its events.\n\nfourfold::include_generated!();\n";

/// What clippy says about the names and comments of the definitions themselves.
const LINTS: &str = r#"
[lints.rust]
warnings = "deny"
missing_docs = "deny"
unreachable_pub = "deny"

[lints.clippy]
pedantic = { level = "deny", priority = -1 }
doc_lazy_continuation = "allow"
doc_link_with_quotes = "allow"
doc_markdown = "allow"
duplicated_attributes = "allow"
empty_structs_with_brackets = "allow"
enum_variant_names = "allow"
needless_pass_by_ref_mut = "allow"
struct_excessive_bools = "allow"
struct_field_names = "allow"
tabs_in_doc_comments = "allow"
too_long_first_doc_paragraph = "allow"
upper_case_acronyms = "allow"
zero_sized_map_values = "allow"
"#;

const SERVES: &str = include_str!("serves.rs.txt");

/// How many definitions are one package: rustc takes them one after another, and packages side by side.
const BATCH: usize = 50;

/// Writes them into `folder`, a service and its caller for each batch. The clone of fourfold is at `root`.
pub(crate) fn write(folder: &Path, root: &Path, definitions: &[Definition]) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let batches: Vec<Batch<'_>> = definitions
        .chunks(BATCH)
        .enumerate()
        .map(|(number, definitions)| Batch { number, definitions, root })
        .collect();
    let mut files = vec![("Cargo.toml".to_owned(), workspace(&batches))];
    files.extend(batches.iter().flat_map(Batch::files));
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map(drop)
}

fn workspace(batches: &[Batch<'_>]) -> String {
    let members =
        batches.iter().map(|Batch { number, .. }| format!("\"service-{number}\", \"caller-{number}\""));
    let members = members.collect::<Vec<_>>().join(", ");
    format!("[workspace]\nmembers = [{members}]\nresolver = \"3\"\n")
}

/// Definitions that are one package.
struct Batch<'a> {
    number: usize,
    definitions: &'a [Definition],
    root: &'a Path,
}

impl Batch<'_> {
    /// Their texts, by path.
    fn files(&self) -> Vec<(String, String)> {
        let (service, caller) = (format!("service-{}", self.number), format!("caller-{}", self.number));
        let mut files = vec![
            (format!("{service}/Cargo.toml"), self.service(&service)),
            (format!("{service}/build.rs"), BUILD.to_owned()),
            (format!("{service}/src/lib.rs"), self.library()),
            (format!("{service}/tests/serves.rs"), SERVES.replace("random_service", &self.krate())),
            (format!("{caller}/Cargo.toml"), self.caller(&caller)),
            (format!("{caller}/build.rs"), CALLER_BUILD.replace("service", &service)),
            (format!("{caller}/src/lib.rs"), CALLER.to_owned()),
        ];
        let mut resources = "//! The definitions.\n\n".to_owned();
        for Definition { nth, code, .. } in self.definitions {
            files.push((format!("{service}/src/resources/d{nth}.rs"), code.clone()));
            let _ = writeln!(resources, "pub mod d{nth};");
        }
        files.push((format!("{service}/src/resources/mod.rs"), resources));
        files
    }

    fn krate(&self) -> String {
        format!("random_service_{}", self.number)
    }

    fn head(&self, name: &str, features: &str) -> String {
        format!(
            "[package]\nname = \"random-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n{LINTS}\n\
             [lib]\ndoctest = false\n\n[dependencies]\nfourfold = {{ path = \"{}\", features = [{features}] }}\n",
            self.root.display()
        )
    }

    fn service(&self, name: &str) -> String {
        format!(
            "{}\n[dev-dependencies]\nserde_json = {{ version = \"1\", default-features = false, features = [\"std\"] }}\n\
             tokio = {{ version = \"1\", features = [\"net\", \"rt-multi-thread\", \"macros\", \"io-util\"] }}\n\n\
             [build-dependencies]\nfourfold-codegen = {{ path = \"{}/codegen\", features = [\"messages\"] }}\n",
            self.head(name, "\"client\", \"postgres\""),
            self.root.display()
        )
    }

    fn caller(&self, name: &str) -> String {
        format!(
            "{}\n[build-dependencies]\nfourfold-codegen = {{ path = \"{}/codegen\", features = [\"client\"] }}\n",
            self.head(name, "\"client\""),
            self.root.display()
        )
    }

    /// The servers: names of tasks are made of those of structs, and have to be one struct's in each of them.
    fn library(&self) -> String {
        let mut servers: Vec<String> = Vec::new();
        for (at, Definition { nth, resource, .. }) in self.definitions.iter().enumerate() {
            let before = self.definitions[..at].iter().filter(|other| other.resource == *resource).count();
            if servers.len() == before {
                servers.push(String::new());
            }
            let _ = writeln!(servers[before], "        .mount::<resources::d{nth}::{resource}>()");
        }
        let names: Vec<String> = (0..servers.len()).map(|number| format!("server_{number}")).collect();
        let mut text = format!(
            "//! Random definitions, as services.\n\npub mod resources;\n\nfourfold::include_generated!();\n\n\
             /// What gives a server a part of them.\npub type Mount = fn(fourfold::Server) -> fourfold::Server;\n\n\
             /// All of them.\npub const SERVERS: &[Mount] = &[{}];\n",
            names.join(", ")
        );
        for (name, mounted) in names.iter().zip(servers) {
            let _ = write!(
                text,
                "\nfn {name}(server: fourfold::Server) -> fourfold::Server {{\n    server\n{mounted}}}\n"
            );
        }
        text
    }
}
