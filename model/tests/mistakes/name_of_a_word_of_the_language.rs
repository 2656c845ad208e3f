#[derive(Resource)]
#[resource(operation(Move), operation(self_))]
struct Order {
    #[field(id)]
    id: Uuid,
    self_: String,
    where_: String,
    Type: String,
    Super: String,
}
