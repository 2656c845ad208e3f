#[derive(Task)]
#[task(name = "order.confirm", cron = "0 0 3 * * * 2026")]
struct ConfirmOrder {
    order: Uuid,
    note: Option<String>,
    lines: Vec<String>,
    labels: BTreeMap<String, String>,
    #[field(default = 3)]
    count: i32,
    #[field(default = "many")]
    most: i32,
    place: Place,
}
