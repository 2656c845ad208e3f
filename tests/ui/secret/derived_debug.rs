use fourfold::prelude::*;

#[derive(Debug, Resource)]
#[resource(package = "shop.user.v1", path = "users")]
pub struct User {
    #[field(id)]
    pub id: Uuid,
    #[field(input_only)]
    pub password: String,
}

fn main() {}
