//! What the servers of these tests serve.

use fourfold::prelude::*;

/// A purse. Its id is the caller's, so that the caller can look for it where no answer came.
#[derive(Resource)]
#[resource(package = "test.purse.v1", path = "purses", operation(deposit, input = Deposit, event = "deposited"))]
pub(crate) struct Purse {
    #[field(id)]
    pub id: String,
    pub owner: String,
    #[field(output_only, default = 0)]
    pub balance: i64,
    #[field(version)]
    pub version: i64,
}

/// Money that comes in.
#[derive(Value)]
pub(crate) struct Deposit {
    pub amount: i64,
}

impl PurseOperations for Purse {
    async fn deposit(&mut self, _ctx: &Context, input: Deposit) -> Result<()> {
        self.balance += input.amount;
        Ok(())
    }
}

/// A ticket, whose number the database makes.
#[derive(Resource)]
#[resource(package = "test.ticket.v1", path = "tickets")]
pub(crate) struct Ticket {
    #[field(id)]
    pub id: i64,
    #[field(filter)]
    pub label: String,
}

pub(crate) fn all(server: fourfold::Server) -> fourfold::Server {
    server.mount::<Purse>().mount::<Ticket>()
}
