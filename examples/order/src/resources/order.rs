//! An order placed by a user.

use fourfold::prelude::*;

use crate::confirmation::ConfirmOrder;
use crate::generated::clients::shop::user::v1::UserClient;
use crate::users::must_exist;

/// An order placed by a user.
#[derive(Resource)]
#[resource(
    package = "shop.order.v1",
    path = "orders",
    operation(cancel, input = CancelOrder, event = "cancelled"),
    behavior
)]
pub struct Order {
    /// Made by the server.
    #[field(id)]
    pub id: Uuid,
    /// Who placed it.
    #[field(references = "shop.user.v1.User", filter, immutable)]
    pub user_id: Uuid,
    /// What they want.
    #[field(validate(length(1..=50)))]
    pub items: Vec<Item>,
    /// What it comes to; the service adds it up.
    #[field(filter, sort, output_only, default = Decimal::ZERO)]
    pub total: Decimal,
    /// Where it stands.
    #[field(filter, output_only)]
    pub status: OrderStatus,
    /// Anything the customer wants to say.
    #[field(validate(length(..=500)))]
    pub note: Option<String>,
    /// When it was placed.
    #[field(created_at, filter, sort)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[field(updated_at)]
    pub updated_at: Timestamp,
    /// Counts the changes.
    #[field(version)]
    pub version: i64,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Value)]
pub struct Item {
    /// The article's number.
    #[field(validate(pattern("^[A-Z0-9-]{3,20}$")))]
    pub sku: String,
    /// How many of it.
    #[field(default = 1, validate(range(1..=100)))]
    pub quantity: u32,
    /// What one costs.
    #[field(validate(range("0.01"..="99999.99")))]
    pub price: Decimal,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum OrderStatus {
    /// Nothing has been done about it yet.
    Placed,
    /// It is on its way.
    Shipped,
    /// It will not be sent.
    Cancelled,
}

/// What a caller says to cancel an order.
#[derive(Value)]
pub struct CancelOrder {
    /// Why.
    #[field(validate(length(1..=200)))]
    pub reason: String,
}

impl Order {
    fn add_up(&mut self) {
        self.total = self.items.iter().map(|item| item.price * Decimal::from(item.quantity)).sum();
    }
}

impl Behavior for Order {
    async fn create(mut self, ctx: &Context) -> Result<Self> {
        let users =
            ctx.state::<UserClient>().ok_or_else(|| Error::internal("main gave the server no UserClient"))?;
        must_exist(&users.within(ctx), self.user_id).await?;
        self.add_up();
        // In the transaction of the order: there is no order without its confirmation, and no confirmation without one.
        ctx.enqueue(ConfirmOrder { order_id: self.id }).await?;
        Ok(self)
    }

    async fn update(mut self, _ctx: &Context, before: Self) -> Result<Self> {
        if before.status != OrderStatus::Placed {
            return Err(Error::failed_precondition(
                "an order can be changed until it is shipped or cancelled",
            ));
        }
        self.add_up();
        Ok(self)
    }
}

impl OrderOperations for Order {
    async fn cancel(&mut self, _ctx: &Context, input: CancelOrder) -> Result<()> {
        match self.status {
            OrderStatus::Placed => {
                self.status = OrderStatus::Cancelled;
                self.note = Some(input.reason);
                Ok(())
            }
            OrderStatus::Shipped => Err(Error::failed_precondition("the order has been shipped")),
            OrderStatus::Cancelled => Err(Error::failed_precondition("the order is cancelled already")),
        }
    }
}
