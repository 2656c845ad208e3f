//! Files as other people write them: the structs are compared with what was written before, and the contract that comes out
//! of them with the file that they came from, message by message and in bytes.

use std::fs;
use std::path::{Path, PathBuf};

use protox::prost_reflect::prost::Message as _;
use protox::prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};

use crate::schemas::{golden, package, told};
use crate::support::Project;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/protos")
}

fn compiled(file: &Path, include: &[PathBuf]) -> DescriptorPool {
    let mut compiler = protox::Compiler::new(include).expect("a compiler");
    compiler.include_imports(true);
    compiler.open_file(file).unwrap_or_else(|error| panic!("{error:?}"));
    compiler.descriptor_pool()
}

/// Imports a file, and gives back its pool, and that of the contract that came out.
fn imported(name: &str, contract: &str) -> (Project, DescriptorPool, DescriptorPool) {
    let project = package(&format!("import {name}"));
    let path = folder().join(format!("{name}.proto"));
    let ran = project.run(&["import", path.to_str().expect("a path")]).succeeds();
    let (structs, said) = told(&project, &ran);
    golden(&format!("{name}.proto.rs"), &structs);
    golden(&format!("{name}.proto.txt"), &said);
    let lock = project.read("contracts/fourfold.lock");
    golden(&format!("{name}.lock"), &lock);
    project.run(&["generate", "--check"]).succeeds();
    // Google's files, for those which import them.
    let google = project.path("contracts/proto");
    let client = google.join("google/api/client.proto");
    fs::write(&client, include_str!("../../src/import/proto/client.proto")).expect("a file");
    let theirs = compiled(&path, &[folder(), google.clone()]);
    let ours = compiled(&google.join(contract), std::slice::from_ref(&google));
    fs::remove_file(client).expect("it goes");
    (project, theirs, ours)
}

/// A value of every kind that is not its zero.
fn sample(field: &FieldDescriptor, ours: Option<&FieldDescriptor>) -> Value {
    let single = |kind: &Kind, ours: Option<Kind>| match kind {
        Kind::Double => Value::F64(1.5),
        Kind::Float => Value::F32(2.5),
        Kind::Int32 => Value::I32(-7),
        Kind::Int64 => Value::I64(i64::MIN),
        Kind::Uint32 => Value::U32(u32::MAX),
        Kind::Uint64 => Value::U64(u64::MAX),
        Kind::Bool => Value::Bool(true),
        Kind::String => Value::String("text".to_owned()),
        Kind::Bytes => Value::Bytes(vec![0, 255].into()),
        Kind::Enum(one) => {
            Value::EnumNumber(one.values().map(|value| value.number()).max().expect("a value"))
        }
        Kind::Message(message) => {
            let Some(Kind::Message(ours)) = ours else {
                panic!("{} is no message of ours", message.full_name())
            };
            Value::Message(filled(message, &ours))
        }
        other => panic!("{other:?} has to be left out"),
    };
    if field.is_map() {
        let (Kind::Message(entry), Some(Kind::Message(own))) =
            (field.kind(), ours.map(FieldDescriptor::kind))
        else {
            panic!("a map is one");
        };
        let value = single(&entry.map_entry_value_field().kind(), Some(own.map_entry_value_field().kind()));
        return Value::Map([(MapKey::String("key".to_owned()), value)].into());
    }
    let one = single(&field.kind(), ours.map(FieldDescriptor::kind));
    if field.is_list() { Value::List(vec![one.clone(), one]) } else { one }
}

/// A message with all fields that the other one has under the same numbers.
fn filled(message: &MessageDescriptor, other: &MessageDescriptor) -> DynamicMessage {
    let mut filled = DynamicMessage::new(message.clone());
    let mut chosen = Vec::new();
    for field in message.fields() {
        if let Some(other) = other.get_field(field.number()) {
            // Of a choice between fields one is there, whichever side has it.
            let one = [&field, &other]
                .iter()
                .find_map(|field| field.containing_oneof().filter(|one| !one.is_synthetic()));
            if let Some(one) = one {
                if chosen.contains(&one.full_name().to_owned()) {
                    continue;
                }
                chosen.push(one.full_name().to_owned());
            }
            filled.set_field(&field, sample(&field, Some(&other)));
        }
    }
    filled
}

/// What one wrote, read and written by the other, is what it was, and nothing of it was unknown on the way.
fn bytes_agree(theirs: &MessageDescriptor, ours: &MessageDescriptor) {
    for (from, to) in [(theirs, ours), (ours, theirs)] {
        let message = filled(from, to);
        let read =
            DynamicMessage::decode(to.clone(), message.encode_to_vec().as_slice()).expect("it is read");
        assert_eq!(read.unknown_fields().count(), 0, "{}", to.full_name());
        let again =
            DynamicMessage::decode(from.clone(), read.encode_to_vec().as_slice()).expect("it is read");
        assert_eq!(again, message, "{}", from.full_name());
    }
}

fn message(pool: &DescriptorPool, name: &str) -> MessageDescriptor {
    pool.get_message_by_name(name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn a_library_keeps_its_numbers() {
    let (_project, theirs, ours) = imported("library", "example/library/v1/library.proto");
    for (name, own) in [("Book", "Book"), ("Shelf", "Shelf"), ("Book.Chapter", "BookChapter")] {
        let theirs = message(&theirs, &format!("example.library.v1.{name}"));
        let ours = message(&ours, &format!("example.library.v1.{own}"));
        bytes_agree(&theirs, &ours);
        for field in theirs.fields() {
            let kept = ours.get_field(field.number()).is_some();
            let reserved = ours.reserved_ranges().any(|range| range.contains(&field.number()));
            assert!(kept != reserved, "{}", field.full_name());
        }
    }
    let book = message(&ours, "example.library.v1.Book");
    for number in [4, 11, 16, 20, 22, 26, 27] {
        assert!(book.reserved_ranges().any(|range| range.contains(&number)), "{number}");
    }
    assert_eq!(book.get_field(99).expect("an etag").name(), "etag");
    let binding = ours.get_enum_by_name("example.library.v1.BookBinding").expect("an enum");
    assert_eq!(binding.get_value(5).expect("a value").name(), "BOOK_BINDING_SOFT");
    assert!(binding.reserved_ranges().any(|range| range.contains(&3)));
}

#[test]
fn a_greeter_gets_a_version_and_only_what_has_an_id_is_a_resource() {
    let (project, theirs, ours) = imported("greeter", "helloworld/v1/helloworld.proto");
    bytes_agree_without(
        &message(&theirs, "helloworld.Greeting"),
        &message(&ours, "helloworld.v1.Greeting"),
        "id",
    );
    let text = project.read("src/resources/greeter.rs");
    assert!(!text.contains("HelloRequest"), "{text}");
}

/// The id is an int64 there, so its kind is another one with the same bytes.
fn bytes_agree_without(theirs: &MessageDescriptor, ours: &MessageDescriptor, id: &str) {
    let mut message = filled(theirs, ours);
    message.set_field_by_name(id, Value::I32(7));
    let read = DynamicMessage::decode(ours.clone(), message.encode_to_vec().as_slice()).expect("it is read");
    assert_eq!(read.get_field_by_name(id).expect("it has one").as_i64(), Some(7));
    let again = DynamicMessage::decode(theirs.clone(), read.encode_to_vec().as_slice()).expect("it is read");
    assert_eq!(again, message);
}

#[test]
fn proto2_is_read_too() {
    let (_project, theirs, ours) = imported("old", "legacy/v1/legacy.proto");
    bytes_agree(&message(&theirs, "legacy.v1.Person"), &message(&ours, "legacy.v1.Person"));
    bytes_agree(&message(&theirs, "legacy.v1.Address"), &message(&ours, "legacy.v1.Address"));
}

#[test]
fn mistakes_are_shown_where_they_are_and_nothing_is_written() {
    let project = package("import wrong protos");
    let before = project.files("").len();
    project.write("wrong.proto", "syntax = \"proto3\";\npackage a.v1;\nmessage A {\n  string id = ;\n}\n");
    project.write("lost.proto", "syntax = \"proto3\";\nimport \"nowhere.proto\";\n");
    project.write("none.proto", "syntax = \"proto3\";\npackage a.v1;\nmessage A {\n  string text = 1;\n}\n");
    project.write(
        "self.proto",
        "syntax = \"proto3\";\npackage a.v1;\nmessage A {\n  string id = 1;\n  A parent = 2;\n}\n",
    );
    let ran = project.run(&["import", "wrong.proto"]).fails(1);
    assert!(ran.err.contains("wrong.proto:4:") && ran.err.contains("string id = ;"), "{}", ran.err);
    let ran = project.run(&["import", "lost.proto"]).fails(1);
    assert!(ran.err.contains("nowhere.proto") && ran.err.contains("-I"), "{}", ran.err);
    let ran = project.run(&["import", "none.proto"]).fails(1);
    assert!(ran.err.contains("no message looks like a resource"), "{}", ran.err);
    let ran = project.run(&["import", "none.proto", "--messages", "A,B"]).fails(1);
    assert!(
        ran.err.contains("there is no message `B`") && ran.err.contains("A: no field of it can be the id"),
        "{}",
        ran.err
    );
    let ran = project.run(&["import", "self.proto", "--tables", "a"]).fails(2);
    assert!(ran.err.contains("--tables means nothing"), "{}", ran.err);
    assert_eq!(project.files("").len(), before + 4);
    let ran = project.run(&["import", "self.proto"]).succeeds();
    assert!(ran.err.contains("A.parent: a.v1.A holds itself"), "{}", ran.err);
    assert!(project.read("contracts/fourfold.lock").contains("a.v1.A.parent = 2 bytes reserved"));
}

#[test]
fn numbers_that_contradict_the_lock_are_refused() {
    let project = package("import again");
    let text = "syntax = \"proto3\";\npackage a.v1;\nmessage A {\n  string id = 1;\n  string text = 2;\n}\n";
    project.write("a.proto", text);
    project.run(&["import", "a.proto"]).succeeds();
    project.run(&["import", "a.proto", "--force"]).succeeds();
    project.write("a.proto", &text.replace("text = 2", "text = 3"));
    let ran = project.run(&["import", "a.proto", "--force"]).fails(1);
    assert!(ran.err.contains("a.v1.A.text is `2 string` in the lock, and `3 string` there"), "{}", ran.err);
}

#[test]
fn a_file_without_a_package_gets_that_of_the_service() {
    let project = package("import bare");
    project.write(
        "mod.proto",
        "syntax = \"proto3\";\nmessage HTTPRoute {\n  string id = 1;\n  int64 weight = 2;\n}\n",
    );
    let ran = project.run(&["import", "mod.proto"]).succeeds();
    assert!(!ran.err.contains("full name"), "{}", ran.err);
    let text = project.read("src/resources/mod_file.rs");
    assert!(text.contains("package = \"shop.v1\"") && text.contains("pub struct HTTPRoute"), "{text}");
    assert!(project.read("contracts/fourfold.lock").contains("shop.v1.HTTPRoute.weight = 2 int64"));
}
