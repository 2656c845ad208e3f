//! Reads the resources and the event of the user service, and writes the client of that from its contracts.

fn main() {
    fourfold_codegen::Build::new()
        .resources("src/resources")
        .resources("src/departures.rs")
        .client("../user/contracts")
        .events("../user/contracts")
        .run();
}
