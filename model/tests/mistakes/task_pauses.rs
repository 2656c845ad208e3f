#[derive(Resource)]
#[resource(
    task(backoff = "11m", create(backoff = "2m", backoff_max = "1m"), update(backoff_max = "999ms")),
    operation(cancel, task(backoff = "24h")),
    operation(close, task(backoff = "1h", backoff_max = "1h")),
)]
struct Order {
    #[field(id)]
    id: Uuid,
}
