#[derive(Resource)]
#[resource(
    task(backoff = "10s", backoff_max = "1m", create(backoff_max = "5s"), update(backoff = "2m")),
    operation(cancel, task(timeout = "1s")),
)]
struct Order {
    #[field(id)]
    id: Uuid,
}
