//! What happens once an order is placed.

use fourfold::prelude::*;

use crate::resources::order::Order;

/// Confirms an order to whoever placed it.
#[derive(Task)]
#[task(name = "order.confirm", queue = "mail", retries = 8, backoff = "2s", timeout = "20s")]
pub struct ConfirmOrder {
    /// The order.
    pub order_id: Uuid,
}

impl Handler for ConfirmOrder {
    /// What was said.
    type Output = String;

    async fn run(self, ctx: &Context) -> Result<String> {
        let order: Order = ctx.service().get(ctx, self.order_id).await?;
        let lines = order.items.len();
        let letter = format!("Thank you for order {}: {lines} lines, {} in total.", order.id, order.total);
        // Here a mail would go out, with the id of the task so that a second attempt is known as one.
        tracing::info!(user = %order.user_id, task = ?ctx.attempt().map(|attempt| attempt.task), letter);
        Ok(letter)
    }
}
