/// The order is late.
#[derive(Event)]
#[event(type = "shop.order.v1.order.delayed", subject = "order_id")]
pub struct OrderDelayed {
    pub order_id: Uuid,
    /// How late.
    #[field(default = 1)]
    pub days: u32,
}
