/// How far an order is.
#[derive(Choice)]
pub enum OrderStatus {
    /// Nobody has paid yet.
    Placed,
    Paid,
    #[choice(name = "on_its_way")]
    InTransit,
}
