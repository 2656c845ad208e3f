use fourfold::prelude::*;

#[derive(Value)]
pub struct Item {
    pub sku String,
}
