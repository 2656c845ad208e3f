use fourfold::prelude::*;

#[derive(Choice)]
pub enum Role {
    Guest,
}

#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users")]
pub struct User {
    #[field(id)]
    pub id: Uuid,
    #[field(input_only)]
    pub password: String,
    pub role: Role,
}

fn show(user: &User) -> String {
    format!("{user:?}")
}

fn main() {}
