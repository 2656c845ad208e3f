/// An order placed by a user.
///
/// It can be cancelled until it ships.
#[derive(Resource)]
#[resource(
    package = "shop.order.v1",
    path = "orders",
    operation(cancel, input = CancelOrder, event = "cancelled", task(queue = "slow", backoff = "5s")),
    operation(touch, deprecated = "update it"),
    task(queue = "orders", retries = 3, backoff = "500ms", backoff_max = "5m", timeout = "30s", create(retries = 0)),
)]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    /// Who placed it.
    #[field(references = "shop.user.v1.User", filter, immutable)]
    pub user_id: Uuid,
    #[field(validate(length(1..=50)))]
    pub items: Vec<Item>,
    #[field(filter, sort, output_only)]
    pub status: OrderStatus,
    #[field(validate(length(..=500)))]
    pub note: Option<String>,
    #[field(unique, validate(pattern("^[A-Z]{2}[0-9]+$"), custom = check_number))]
    pub number: String,
    #[field(default = 1, validate(range(1..=99)))]
    pub priority: i32,
    #[field(default = "0.00", filter, sort)]
    pub discount: Decimal,
    /// What it is about.
    #[field(deprecated = "the items say it")]
    pub labels: BTreeMap<String, String>,
    #[field(created_at)]
    pub created_at: Timestamp,
    #[field(updated_at)]
    pub updated_at: Timestamp,
    #[field(version)]
    pub version: i64,
}
