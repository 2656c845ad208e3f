use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "geo.city.v1", path = "cities")]
pub struct City {
    #[field(id)]
    pub id: Uuid,
}

impl Behavior for City {}

fn main() {}
