//! Writes the contracts and the typed messages from files that were written by hand: what callers may rely on is said
//! there, and not derived from what is tested.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message as _;

const FILES: [&str; 2] = ["test/order/v1/order.proto", "test/counter/v1/counter.proto"];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=src/resources.rs");
    let set = protox::compile(FILES, ["proto"]).expect("the files are valid");
    contracts(&set, &out);
    prost_build::Config::new().out_dir(&out).compile_fds(set).expect("the messages are written");
}

fn contracts(set: &prost_types::FileDescriptorSet, out: &Path) {
    let folder = out.join("fourfold");
    fs::create_dir_all(&folder).expect("a folder");
    let text = fs::read_to_string("src/resources.rs").expect("the resources");
    let catalog = fourfold_codegen::source::read_text(&text);
    for (package, resource) in catalog.resources() {
        let Some(file) = set.file.iter().find(|file| file.package() == package.name) else { continue };
        let binary = folder.join(format!("{}.binpb", package.name));
        fs::write(&binary, file.encode_to_vec()).expect("written");
        let mut contract = String::new();
        write!(
            contract,
            "__fourfold::Contract {{ fingerprint: {}, proto: include_bytes!(\"{}\"), openapi: \"{{}}\", asyncapi: \"{{}}\", events: &__fourfold::EventMessages {{ proto: &[], types: &[], texts: &[], values: &[] }} }}",
            fourfold_model::fingerprint(&resource.model),
            binary.display(),
        )
        .expect("written");
        let name = format!("{}.{}.rs", package.name, resource.model.name);
        fs::write(folder.join(name), contract).expect("written");
    }
}
