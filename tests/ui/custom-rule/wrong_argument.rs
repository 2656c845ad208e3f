use fourfold::prelude::*;

#[derive(Value)]
pub struct Address {
    #[field(validate(custom = check_street))]
    pub street: String,
}

fn check_street(street: &u32) -> Result<(), String> {
    if *street == 0 { Err("must not be empty".to_owned()) } else { Ok(()) }
}

fn main() {}
