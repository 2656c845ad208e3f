#[derive(Task)]
#[task(name = "order.confirm", retry = 3, event = "confirmed", queue, create(retries = 1), cron = "@daily", time_zone = "Amsterdam, NL")]
struct ConfirmOrder {
    #[field(default = 1)]
    count: i32,
}
