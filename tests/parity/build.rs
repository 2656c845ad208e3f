//! Writes the typed clients and the types of events, from the committed contracts.

fn main() {
    fourfold_codegen::Build::new()
        .client("../../examples/user/contracts")
        .client("../../examples/order/contracts")
        .client("../fixture/contracts")
        .events("../../examples/user/contracts")
        .events("../../examples/order/contracts")
        .run();
}
