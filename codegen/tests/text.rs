//! What a compiler of `.proto` files makes of our text is the descriptor that we built, options and comments included.
#![cfg(feature = "files")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fourfold_codegen::lock::Lock;
use fourfold_codegen::proto::descriptor::{FileDescriptorProto, Location};
use fourfold_codegen::{google, proto, source};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, Value};

/// A proto root with google's files and ours.
fn proto_root(name: &str, files: &[FileDescriptorProto]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&root));
    let ours: Vec<(&str, String)> =
        files.iter().map(|file| (file.name.as_str(), proto::text(file))).collect();
    let google = google::files().iter().map(|(path, text)| (*path, (*text).to_owned()));
    for (path, text) in google.chain(ours) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    root
}

fn comments(file: &FileDescriptorProto) -> BTreeMap<Vec<i32>, String> {
    let locations = file.source_code_info.clone().unwrap_or_default().location;
    let with = |location: Location| Some((location.path, location.leading_comments?));
    locations.into_iter().filter_map(with).collect()
}

/// What a compiler makes of one of the files: its descriptor as that of `descriptor.proto`, extensions included.
fn compile(root: &Path, file: &str) -> (DynamicMessage, MessageDescriptor) {
    let mut compiler = protox::Compiler::new([root]).expect("a compiler");
    if let Err(error) = compiler.include_source_info(true).open_file(file) {
        panic!("{file}: {error:?}\n{}", fs::read_to_string(root.join(file)).unwrap_or_default());
    }
    let pool = compiler.descriptor_pool();
    let set = pool.get_message_by_name("google.protobuf.FileDescriptorSet").expect("descriptor.proto");
    let set = DynamicMessage::decode(set, compiler.encode_file_descriptor_set().as_slice()).expect("a set");
    let files = set.get_field_by_name("file").expect("files").into_owned();
    let Some([Value::Message(file)]) = files.as_list() else { panic!("{files:?}") };
    (file.clone(), file.descriptor())
}

/// That compiling the text of the files gives the files.
fn check(name: &str, files: &[FileDescriptorProto]) {
    let root = proto_root(name, files);
    for ours in files {
        let (mut theirs, descriptor) = compile(&root, &ours.name);
        let known = FileDescriptorProto::decode(theirs.encode_to_vec().as_slice()).expect("a descriptor");
        assert_eq!(comments(&known), comments(ours), "the comments of {}", ours.name);
        theirs.clear_field_by_name("source_code_info");
        let ours = DynamicMessage::decode(descriptor, proto::encode(ours).as_slice()).expect("ours");
        assert!(theirs == ours, "compiled:\n{theirs:#?}\nbuilt:\n{ours:#?}");
    }
}

#[test]
fn the_text_compiles_to_the_descriptor() {
    for path in common::sources() {
        let (files, _) = common::files(&common::catalog(&path), &Lock::default());
        check(&path.file_stem().expect("a name").to_string_lossy(), &files);
    }
}

const BEFORE: &str = r#"
#[derive(Resource)]
#[resource(package = "test.history.v1")]
pub struct Thing {
    #[field(id)]
    pub id: Uuid,
    pub gone: String,
    pub called: String,
    pub also_gone: Option<i64>,
    pub kind: Kind,
}
#[derive(Choice)]
pub enum Kind {
    One,
    Two,
    Three,
}
"#;

const AFTER: &str = r#"
#[derive(Resource)]
#[resource(package = "test.history.v1")]
pub struct Thing {
    #[field(id)]
    pub id: Uuid,
    #[field(was = "called")]
    pub known_as: String,
    pub kind: Kind,
    pub new: bool,
}
#[derive(Choice)]
pub enum Kind {
    Three,
    Four,
}
"#;

#[test]
fn what_went_away_is_reserved() {
    let (_, lock) = common::files(&source::read_text(BEFORE), &Lock::default());
    let (files, _) = common::files(&source::read_text(AFTER), &lock);
    check("history", &files);

    let text = proto::text(&files[0]);
    for line in [
        "  reserved 2, 4;\n  reserved \"gone\", \"also_gone\", \"called\";\n",
        "  optional string known_as = 3 [",
        "  optional bool new = 7 [",
        "  reserved 1, 2;\n  reserved \"KIND_ONE\", \"KIND_TWO\";\n",
        "  KIND_FOUR = 4;\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_comment_says_what_the_rules_say() {
    let path = &common::sources()[0];
    let (files, _) = common::files(&common::catalog(path), &Lock::default());
    let text = proto::text(&files[0]);
    for comment in [
        "  // Length 1 to 50 characters.\n  // Unique.\n",
        "  // Range -5 to 5.\n  // Default -1.\n",
        "  // Range 0 to less than 100.\n",
        "  // Range 1 to 60 seconds.\n",
        "  // A decimal number such as 19.90.\n  // Range 0.01 or more.\n",
        "  // Length up to 16 bytes.\n",
        "  // Matches `^[A-Z]{3}\\d\"$`.\n  // The service checks it further.\n",
        "  // Default COLOUR_DARK_RED.\n",
        "  // Default \"none\".\n",
        "  // Each is a UUID.\n",
    ] {
        assert!(text.contains(comment), "{comment}\n{text}");
    }
}
