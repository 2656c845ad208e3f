//! Reads the resources, and writes the client of the user service from its contracts.

fn main() {
    fourfold_codegen::Build::new().resources("src/resources").client("../user/contracts").run();
}
