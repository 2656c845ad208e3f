#[derive(Event)]
#[event(typ = "shop.order.v1.order.delayed", name = "delayed", subject, subject = "order", subject = "days")]
struct OrderDelayed {
    #[field(sensitive)]
    order: Uuid,
    #[field(validate(range(1..)), was = "weeks", number = 2, filter, default = 1)]
    days: u32,
}
