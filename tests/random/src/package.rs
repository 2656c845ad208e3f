//! The package of the definitions, with a caller that is generated from its contracts alone.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::definition::Definition;

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
empty_structs_with_brackets = "allow"
enum_variant_names = "allow"
needless_pass_by_ref_mut = "allow"
struct_excessive_bools = "allow"
struct_field_names = "allow"
tabs_in_doc_comments = "allow"
too_long_first_doc_paragraph = "allow"
upper_case_acronyms = "allow"
"#;

const SERVES: &str = include_str!("serves.rs.txt");

/// Writes it into `folder`. The clone of fourfold is at `root`.
pub(crate) fn write(folder: &Path, root: &Path, definitions: &[Definition]) -> io::Result<()> {
    let root = root.display();
    let put = |path: &str, text: &str| {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            Ok(())
        } else {
            fs::write(path, text)
        }
    };
    let _ = fs::remove_dir_all(folder.join("service/src/resources"));
    put("Cargo.toml", "[workspace]\nmembers = [\"service\", \"caller\"]\nresolver = \"3\"\n")?;
    fs::copy(format!("{root}/Cargo.lock"), folder.join("Cargo.lock"))?;
    let head = |name: &str| {
        format!(
            "[package]\nname = \"random-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n{LINTS}\n[lib]\ndoctest = false\n"
        )
    };
    let service = format!(
        "{}\n[dependencies]\nfourfold = {{ path = \"{root}\", features = [\"client\", \"postgres\"] }}\n\n\
         [dev-dependencies]\nserde_json = {{ version = \"1\", default-features = false, features = [\"std\"] }}\n\
         tokio = {{ version = \"1\", features = [\"net\", \"rt-multi-thread\", \"macros\", \"io-util\"] }}\n\n\
         [build-dependencies]\nfourfold-codegen = {{ path = \"{root}/codegen\", features = [\"messages\"] }}\n",
        head("service")
    );
    put("service/Cargo.toml", &service)?;
    let build = "//! Reads the definitions.\n\nfn main() {\n    fourfold_codegen::Build::new().resources(\"src/resources\").messages(true).run();\n}\n";
    put("service/build.rs", build)?;
    let mut resources = "//! The definitions.\n\n".to_owned();
    let mut mounted = String::new();
    for (nth, definition) in definitions.iter().enumerate() {
        put(&format!("service/src/resources/d{nth}.rs"), &definition.code)?;
        let _ = writeln!(resources, "pub mod d{nth};");
        let _ = writeln!(mounted, "        .mount::<resources::d{nth}::{}>()", definition.resource);
    }
    put("service/src/resources/mod.rs", &resources)?;
    let library = format!(
        "//! Random definitions, as a service.\n\npub mod resources;\n\nfourfold::include_generated!();\n\n\
         /// A server of all of them.\n#[must_use]\npub fn mounted(server: fourfold::Server) -> fourfold::Server {{\n    server\n{mounted}}}\n"
    );
    put("service/src/lib.rs", &library)?;
    put("service/tests/serves.rs", SERVES)?;
    let caller = format!(
        "{}\n[dependencies]\nfourfold = {{ path = \"{root}\", features = [\"client\"] }}\n\n\
         [build-dependencies]\nfourfold-codegen = {{ path = \"{root}/codegen\", features = [\"client\"] }}\n",
        head("caller")
    );
    put("caller/Cargo.toml", &caller)?;
    let build = "//! Reads the contracts.\n\nfn main() {\n    fourfold_codegen::Build::new().client(\"../service/contracts\").run();\n}\n";
    put("caller/build.rs", build)?;
    put("caller/src/lib.rs", "//! The clients of the service.\n\nfourfold::include_generated!();\n")
}
