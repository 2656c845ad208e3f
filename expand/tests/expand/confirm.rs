/// Tells the customer that the order is on its way.
#[derive(Task)]
#[task(
    name = "order.confirm",
    queue = "mail",
    retries = 5,
    timeout = "30s",
    cron = "0 3 * * *",
    time_zone = "Europe/Amsterdam",
)]
pub struct ConfirmOrder {
    /// Which one; all of them where it is absent.
    pub order: Option<Uuid>,
    #[field(default = "en", validate(length(2..=2)))]
    pub language: String,
    #[field(sensitive)]
    pub code: Option<String>,
}
