//! The configuration of buf for the contracts.

/// `contracts/buf.yaml`: which rules hold for the `.proto` files, and why some don't.
#[must_use]
pub fn buf_yaml() -> String {
    include_str!("../../templates/proto/buf.yaml").to_owned()
}
