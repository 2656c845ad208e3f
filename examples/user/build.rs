//! Reads the resources for the compiler.

fn main() {
    fourfold_codegen::build("src/resources");
}
