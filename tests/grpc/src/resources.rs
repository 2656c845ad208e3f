//! Resources with all that a call can meet.

use fourfold::prelude::*;

/// An order.
#[derive(Resource)]
#[resource(
    package = "test.order.v1",
    path = "orders",
    behavior,
    operation(cancel, input = CancelOrder, event = "cancelled")
)]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    #[field(unique, filter, validate(length(1..=20)))]
    pub number: String,
    #[field(filter, sort, default = 1)]
    pub total: i64,
    #[field(validate(length(1..=200)))]
    pub items: Vec<Item>,
    pub labels: BTreeMap<String, String>,
    #[field(filter, output_only)]
    pub status: Status,
    pub note: Option<String>,
    pub address: Option<Address>,
    #[field(input_only)]
    pub secret: Option<String>,
    #[field(references = "test.counter.v1.Counter")]
    pub counter_id: Option<i64>,
    #[field(created_at)]
    pub created_at: Timestamp,
    #[field(updated_at)]
    pub updated_at: Timestamp,
}

/// What is ordered.
#[derive(Clone, PartialEq, Value)]
pub struct Item {
    #[field(validate(length(1..=20)))]
    pub sku: String,
    #[field(default = 1, validate(range(1..=99)))]
    pub count: i64,
}

/// Where it goes.
#[derive(Clone, PartialEq, Value)]
pub struct Address {
    pub street: String,
    pub city: Option<String>,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Status {
    Placed,
    Cancelled,
}

/// Why an order is cancelled.
#[derive(Value)]
pub struct CancelOrder {
    #[field(validate(length(1..=100)))]
    pub reason: String,
}

impl Behavior for Order {
    async fn create(self, _ctx: &Context) -> Result<Self> {
        use fourfold::ErrorKind::{Aborted, ResourceExhausted};
        match self.note.as_deref() {
            Some("panic") => panic!("s3cret inner detail"),
            Some("defect") => Err("s3cret".parse::<i64>().unwrap_err().into()),
            Some("slow") => {
                tokio::time::sleep(Duration::from_mins(1)).await;
                Ok(self)
            }
            Some("exhausted") => Err(Error::new(ResourceExhausted, "not so many orders").retry_after(7)),
            Some("unavailable") => Err(Error::unavailable("the warehouse does not answer")),
            Some("aborted") => Err(Error::new(Aborted, "again, please")),
            _ => Ok(self),
        }
    }
}

impl OrderOperations for Order {
    async fn cancel(&mut self, _ctx: &Context, input: CancelOrder) -> Result<()> {
        if self.status == Status::Cancelled {
            return Err(Error::failed_precondition("the order is cancelled already"));
        }
        self.status = Status::Cancelled;
        self.note = Some(input.reason);
        Ok(())
    }
}

/// Something that counts, with a number for an id.
#[derive(Resource)]
#[resource(package = "test.counter.v1", path = "counters", operation(raise))]
pub struct Counter {
    #[field(id)]
    pub id: i64,
    pub name: Option<String>,
    #[field(default = 0)]
    pub count: i32,
    #[field(sensitive)]
    pub whim: Option<String>,
}

impl CounterOperations for Counter {
    async fn raise(&mut self, _ctx: &Context) -> Result<()> {
        self.count += 1;
        Ok(())
    }
}

/// Has no contract, and so no gRPC.
#[derive(Resource)]
#[resource(package = "test.plain.v1", path = "plains")]
pub struct Plain {
    #[field(id)]
    pub id: Uuid,
}

pub(crate) fn all(server: fourfold::Server) -> fourfold::Server {
    server.mount::<Order>().mount::<Counter>().mount::<Plain>()
}
