#[derive(Resource)]
#[resource(
    operation(cancel, task(queue = "Slow", retires = 3, retries = 1001, backoff = "20m")),
    operation(close, task()),
    operation(open, task(create(queue = "a"), cron = "* * * * *", retries = -1)),
    task(
        queue = "1st",
        retries = "5",
        backoff = "1 s",
        backoff_max = "0m",
        timeout = 30,
        create(timeout = "5", create(retries = 1)),
        update = "slow",
        replace(retries = 1),
        delete(backoff = "99999999999999999d", backoff_max = "1w", queue = ""),
        delete(retries = 0),
        queue = "orders",
    ),
    task(queue = "again"),
)]
struct Order {
    #[field(id)]
    id: Uuid,
}
