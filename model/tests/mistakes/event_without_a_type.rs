#[derive(Event)]
struct OrderDelayed {
    days: u32,
}
