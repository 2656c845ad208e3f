#[derive(Event)]
#[event(type = "delayed", subject = "days")]
struct OrderDelayed {
    days: Option<u32>,
}
