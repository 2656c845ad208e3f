//! The descriptors of google's files, which our contracts import and reflection serves.

use std::fs;
use std::path::Path;

use prost::Message as _;
use prost_types::FileDescriptorSet;

const FILES: [&str; 11] = [
    "google/api/annotations.proto",
    "google/api/field_behavior.proto",
    "google/api/http.proto",
    "google/api/resource.proto",
    "google/protobuf/any.proto",
    "google/protobuf/descriptor.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/wrappers.proto",
];

#[test]
fn the_descriptor_set_is_that_of_the_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("google");
    let mut compiler = protox::Compiler::new([&root]).expect("a compiler");
    compiler
        .include_imports(true)
        .include_source_info(false)
        .open_files(FILES)
        .expect("google's files compile");
    let now = compiler.encode_file_descriptor_set();
    let golden = root.join("google.binpb");
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&golden, &now).expect("the golden is written");
    }
    let then = fs::read(&golden).unwrap_or_default();
    assert!(now == then, "{} is not of today: UPDATE_GOLDENS=1 renews it", golden.display());

    let set = FileDescriptorSet::decode(then.as_slice()).expect("a descriptor set");
    let mut names: Vec<&str> = set.file.iter().map(prost_types::FileDescriptorProto::name).collect();
    names.sort_unstable();
    assert_eq!(names, FILES, "each once, and nothing else");
}

const LATER: [&str; 2] = ["fourfold/tasks/v1/tasks.proto", "google/longrunning/operations.proto"];

#[test]
fn the_descriptors_of_what_runs_later_are_those_of_the_files() {
    let google = Path::new(env!("CARGO_MANIFEST_DIR")).join("google");
    let root = google.join("longrunning");
    let mut compiler = protox::Compiler::new([&root, &google]).expect("a compiler");
    compiler.include_imports(false).include_source_info(false).open_files(LATER).expect("they compile");
    // What else they import is in the other set.
    let more = ["google/api/client.proto", "google/api/launch_stage.proto", "google/rpc/status.proto"];
    compiler.open_files(more).expect("they compile");
    let now = compiler.encode_file_descriptor_set();
    let golden = root.join("later.binpb");
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&golden, &now).expect("the golden is written");
    }
    let then = fs::read(&golden).unwrap_or_default();
    assert!(now == then, "{} is not of today: UPDATE_GOLDENS=1 renews it", golden.display());
}
