#[allow(missing_docs)]
pub type OrderCreate = <[(); ::core::compile_error! {
    "no field is marked as the id\nhelp: write `#[field(id)]` on one field of type `Uuid` (made by the server), `i64` (made by the database) or `String` (given by the caller)"
}] as ::fourfold::Resource>::Create;
#[allow(missing_docs)]
pub type OrderUpdate = OrderCreate;
::core::compile_error! {
    "unknown word `uniqe` in `#[field(..)]`\nhelp: did you mean `unique`?"
}
/// The operations of [`Order`] beside the standard ones.
#[diagnostic::on_unimplemented(
    message = "the operations of `Order` are not written",
    label = "`OrderOperations` is not implemented for it",
    note = "write:\nimpl OrderOperations for Order {{\n    async fn cancel(&mut self, ctx: &Context) -> Result<()> {{ .. }}\n}}"
)]
pub trait OrderOperations {
    /// Runs `cancel`: `self` is the row as it is, and what becomes of it is stored.
    fn cancel(
        &mut self,
        ctx: &::fourfold::Context,
    ) -> impl ::core::future::Future<
        Output = ::fourfold::Result<()>,
    > + ::core::marker::Send;
}
/// Enqueues the operations of [`Order`] as tasks: `Order::tasks(..)`, over a broker or inside an operation.
///
/// Each method gives a task that is enqueued when it is awaited.
#[allow(missing_debug_implementations)]
#[derive(::core::clone::Clone, ::core::marker::Copy)]
pub struct OrderTasks<'a>(::fourfold::tasks::TaskSink<'a>);
#[allow(missing_docs, dead_code)]
pub type OrderEvent = OrderCreate;
#[allow(missing_docs, dead_code)]
pub type OrderCreated = OrderCreate;
#[allow(missing_docs, dead_code)]
pub type OrderUpdated = OrderCreate;
#[allow(missing_docs, dead_code)]
pub type OrderDeleted = OrderCreate;
#[allow(deprecated)]
const _: () = {
    use ::fourfold::generated as __fourfold;
    #[automatically_derived]
    impl __fourfold::Resource for Order {
        const DESCRIPTOR: &'static __fourfold::Descriptor = &__fourfold::NO_RESOURCE;
        type Id = OrderCreate;
        type Create = OrderCreate;
        type Update = OrderCreate;
        type Tasks<'a> = OrderTasks<'a>;
        fn tasks<'a>(
            __to: impl ::core::convert::Into<__fourfold::TaskSink<'a>>,
        ) -> OrderTasks<'a> {
            OrderTasks(::core::convert::Into::into(__to))
        }
        fn into_row(self) -> __fourfold::Row {
            __fourfold::Vec::new()
        }
        fn from_row(_: __fourfold::Row) -> __fourfold::Result<Self> {
            __fourfold::Err(__fourfold::Error::internal("not compiled"))
        }
    }
    #[allow(dead_code, private_interfaces)]
    impl<'a> OrderTasks<'a> {
        /// A create of [`Order`] as a task.
        pub fn create(self, __input: OrderCreate) -> __fourfold::Enqueue<'a> {
            __fourfold::no_task(self.0)
        }
        /// An update of [`Order`] as a task.
        pub fn update(
            self,
            __id: OrderCreate,
            __update: OrderUpdate,
        ) -> __fourfold::Enqueue<'a> {
            __fourfold::no_task(self.0)
        }
        /// A delete of [`Order`] as a task.
        pub fn delete(self, __id: OrderCreate) -> __fourfold::Enqueue<'a> {
            __fourfold::no_task(self.0)
        }
        /// `cancel` of [`Order`] as a task.
        pub fn cancel(self, __id: OrderCreate) -> __fourfold::Enqueue<'a> {
            __fourfold::no_task(self.0)
        }
    }
};
