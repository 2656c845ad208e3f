use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "geo.city.v1", path = "cities", behavior)]
pub struct City {
    #[field(id)]
    pub id: Uuid,
}

fn main() {}
