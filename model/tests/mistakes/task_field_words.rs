#[derive(Task)]
#[task(name = "order.confirm")]
#[field(sensitive)]
struct ConfirmOrder {
    #[field(was = "order_id", number = 3)]
    order: Uuid,
    #[field(unique, task(queue = "a"))]
    note: Option<String>,
    #[task(queue = "a")]
    lines: Vec<HashMap<String, String>>,
    #[field(validate(email))]
    count: i32,
    task: ConfirmOrder,
}
