//! Reads the resources.

fn main() {
    fourfold_codegen::build("src");
}
