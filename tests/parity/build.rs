//! Writes the typed clients, from the committed contracts.

fn main() {
    fourfold_codegen::Build::new()
        .client("../../examples/user/contracts")
        .client("../../examples/order/contracts")
        .client("../fixture/contracts")
        .run();
}
