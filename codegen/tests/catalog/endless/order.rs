use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    pub tree: Tree,
}

#[derive(Value)]
pub struct Tree {
    pub branches: Vec<Branch>,
}

#[derive(Value)]
pub struct Branch {
    pub name: String,
    pub trees: Vec<Tree>,
}
