use fourfold::prelude::*;

pub struct Point {
    pub x: f64,
}

#[derive(Value)]
pub struct Shape {
    pub outline: Vec<Point>,
    pub centre: Option<Point>,
}

fn main() {}
