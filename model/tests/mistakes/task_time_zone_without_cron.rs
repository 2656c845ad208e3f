#[derive(Task)]
#[task(name = "order.confirm", time_zone = "Europe/Amsterdam", cron_ = "0 3 * * *")]
struct ConfirmOrder {
    order: Uuid,
}
