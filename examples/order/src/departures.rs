//! What becomes of a user's orders when the user leaves.

use fourfold::prelude::*;

use crate::resources::order::{CancelOrder, Order};

/// A user has left: what the user service says of it, as far as it is of interest here.
#[derive(Event)]
#[event(type = "shop.user.v1.user.deleted")]
pub struct UserLeft {
    /// Who it was.
    pub user: Leaver,
}

/// A user who has left.
#[derive(Value)]
pub struct Leaver {
    /// As in an order's `user_id`.
    pub id: Uuid,
}

/// How many orders are looked at at once.
const PAGE: u32 = 100;

/// Cancels the orders of a user that are not on their way yet, each by a task that is enqueued once, however often the event
/// arrives.
pub async fn cancel_orders(event: UserLeft, ctx: &Context) -> Result<()> {
    let filter = format!("user_id = \"{}\" AND status = placed", event.user.id);
    let mut page_token = String::new();
    loop {
        let page = ctx.service().list::<Order>(ctx, &filter, "", PAGE, &page_token).await?;
        for order in page.items {
            let reason = "The customer has left".to_owned();
            Order::tasks(ctx).cancel(order.id, CancelOrder { reason }).await?;
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}
