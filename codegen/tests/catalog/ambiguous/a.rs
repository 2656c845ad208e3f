use fourfold::prelude::*;

#[derive(Value)]
pub struct Item {
    pub sku: String,
}

#[derive(Value)]
pub struct Address {
    pub line: String,
}
