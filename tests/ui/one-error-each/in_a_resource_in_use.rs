use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(cancel, input = CancelOrder), behavior)]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    #[field(uniqe)]
    pub number: String,
    pub note: Option<String>,
}

#[derive(Value)]
pub struct CancelOrder {
    pub reason: String,
}

impl OrderOperations for Order {
    async fn cancel(&mut self, _ctx: &Context, input: CancelOrder) -> Result<()> {
        self.note = Some(input.reason);
        Ok(())
    }
}

impl Behavior for Order {
    async fn create(mut self, _ctx: &Context) -> Result<Self> {
        self.note = None;
        Ok(self)
    }
}

fn serve<R: Resource>() {}

fn get<R: Resource>(_id: R::Id) {}

fn make<R: Resource>(_create: R::Create) {}

fn change<R: Resource>(_update: R::Update) {}

fn main() {
    serve::<Order>();
    get::<Order>(Uuid::now_v7());
    make::<Order>(OrderCreate { number: "A1".to_owned(), note: None });
    change::<Order>(OrderUpdate { note: Patch::Set(None), ..OrderUpdate::default() });
}
