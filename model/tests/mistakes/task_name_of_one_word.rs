#[derive(Task)]
#[task(name = "confirm")]
struct ConfirmOrder {
    order: Uuid,
}
