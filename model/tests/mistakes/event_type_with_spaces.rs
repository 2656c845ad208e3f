#[derive(Event)]
#[event(type = "shop.order.v1.order was delayed", subject = "order")]
struct OrderDelayed {
    days: u32,
}
