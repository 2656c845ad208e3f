use fourfold::prelude::*;

#[derive(Value)]
pub struct Address {
    #[field(validate(custom = check_street))]
    pub street: String,
}

fn check_street(street: &str) -> bool {
    !street.is_empty()
}

fn main() {}
