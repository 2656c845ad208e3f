//! Reads the resources for the compiler, and writes the client of this service that its tests call it with.

fn main() {
    fourfold_codegen::Build::new()
        .resources("src/resources")
        .client("contracts")
        .run();
}
