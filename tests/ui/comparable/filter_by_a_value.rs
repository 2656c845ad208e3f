use fourfold::prelude::*;

#[derive(Value)]
pub struct Point {
    pub x: f64,
}

#[derive(Resource)]
#[resource(package = "geo.city.v1", path = "cities")]
pub struct City {
    #[field(id)]
    pub id: Uuid,
    #[field(filter)]
    pub at: Point,
}

fn main() {}
