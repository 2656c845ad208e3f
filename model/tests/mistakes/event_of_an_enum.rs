#[derive(Event)]
#[event(type = "shop.order.v1.order.delayed")]
enum OrderDelayed {
    Days,
}
