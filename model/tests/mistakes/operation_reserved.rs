#[derive(Resource)]
#[resource(
    operation(get),
    operation(list),
    operation(create),
    operation(update),
    operation(replace),
    operation(delete),
    operation(watch),
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    a: i32,
}
