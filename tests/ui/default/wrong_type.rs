use fourfold::prelude::*;

#[derive(Choice)]
pub enum Size {
    Small,
    Large,
}

#[derive(Value)]
pub struct Shirt {
    #[field(default = 3)]
    pub size: Size,
}

fn main() {}
