//! What the build script read is what the compiler saw.

use fourfold::Resource as _;

fourfold::include_generated!();

#[test]
fn the_descriptor_has_what_the_build_knows() {
    let descriptor = order::Order::DESCRIPTOR;
    let contract = descriptor.contract.expect("build.rs has read the resource");
    assert_eq!(contract.fingerprint, descriptor.fingerprint);
    assert!(contract.openapi.contains("/v1/orders"));
    let set = generated::FILE_DESCRIPTOR_SET;
    assert!(set.ends_with(contract.proto), "the set holds the file of the package");
}
