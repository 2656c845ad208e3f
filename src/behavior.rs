//! The one way to change what an operation does, on all ways in at once.

use std::fmt;
use std::marker::PhantomData;

use crate::cell::Row;
use crate::context::Context;
use crate::descriptor::BoxFuture;
use crate::error::Result;
use crate::resource::Resource;

/// Which operation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// Read one.
    Get,
    /// Read many.
    List,
    /// Hear of all changes.
    Watch,
    /// Make one.
    Create,
    /// Change some fields of one.
    Update,
    /// Change all fields of one.
    Replace,
    /// Take one away.
    Delete,
    /// A custom operation, by name.
    Custom(&'static str),
}

impl OperationKind {
    /// The operation's name, `get` or `cancel`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Custom(name) => name,
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::List | Self::Watch)
    }
}

/// What the operations of a resource do beside what its attributes say.
///
/// Every method has a default that changes nothing, so a service overrides only what it means. The derive implements
/// the trait empty; with `#[resource(behavior)]` the implementation is yours:
///
/// ```
/// use fourfold::prelude::*;
///
/// /// A city.
/// #[derive(Resource)]
/// #[resource(package = "geo.city.v1", path = "cities", behavior)]
/// struct City {
///     #[field(id)]
///     id: Uuid,
///     name: String,
/// }
///
/// impl Behavior for City {
///     async fn create(mut self, _ctx: &Context) -> Result<Self> {
///         self.name = self.name.trim().to_owned();
///         Ok(self)
///     }
/// }
/// ```
///
/// All methods run before the unit of work is committed, except [`after`](Behavior::after), and none of them inside a
/// transaction: a method may wait for something outside without holding a lock. A write is committed only if the row
/// has not moved since it was read; if it has, the method runs again on the new row, so a method decides and does not
/// act on the world.
#[diagnostic::on_unimplemented(
    message = "the behavior of `{Self}` is not written",
    label = "`Behavior` is not implemented for it",
    note = "write `impl Behavior for {Self} {{ .. }}` with the methods that change something, or leave `behavior` out of `#[resource(..)]`"
)]
pub trait Behavior: Resource {
    /// Decides what a caller sees of a row that was read by get or list.
    fn get(self, ctx: &Context) -> impl Future<Output = Result<Self>> + Send {
        let _ = ctx;
        async { Ok(self) }
    }

    /// Decides the row that a create stores. `self` has its id and defaults, and has passed validation.
    fn create(self, ctx: &Context) -> impl Future<Output = Result<Self>> + Send {
        let _ = ctx;
        async { Ok(self) }
    }

    /// Decides the row that an update stores. `self` is the row as the caller wants it, `before` as it is.
    fn update(self, ctx: &Context, before: Self) -> impl Future<Output = Result<Self>> + Send {
        let _ = (ctx, before);
        async { Ok(self) }
    }

    /// Decides the row that a replace stores; by default what [`update`](Behavior::update) decides.
    fn replace(self, ctx: &Context, before: Self) -> impl Future<Output = Result<Self>> + Send {
        self.update(ctx, before)
    }

    /// Decides whether a row may be deleted.
    fn delete(self, ctx: &Context) -> impl Future<Output = Result<()>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// Runs before every operation on one row, with the row as it is; on create, with the row to be. An error ends
    /// the operation.
    fn before(&self, ctx: &Context, operation: OperationKind) -> impl Future<Output = Result<()>> + Send {
        let _ = (ctx, operation);
        async { Ok(()) }
    }

    /// Runs after a write is committed, with the row as stored (on delete: as it was). It can't undo the write: an
    /// error is logged and the answer stays.
    fn after(&self, ctx: &Context, operation: OperationKind) -> impl Future<Output = Result<()>> + Send {
        let _ = (ctx, operation);
        async { Ok(()) }
    }
}

/// [`Behavior`] over rows, for the table. Written once for every resource that has one.
pub trait ErasedBehavior: Send + Sync {
    /// [`Behavior::get`].
    fn get<'a>(&'a self, ctx: &'a Context, row: Row) -> BoxFuture<'a, Result<Row>>;
    /// [`Behavior::create`].
    fn create<'a>(&'a self, ctx: &'a Context, row: Row) -> BoxFuture<'a, Result<Row>>;
    /// [`Behavior::update`], or [`Behavior::replace`].
    fn update<'a>(
        &'a self,
        ctx: &'a Context,
        operation: OperationKind,
        before: Row,
        row: Row,
    ) -> BoxFuture<'a, Result<Row>>;
    /// [`Behavior::delete`].
    fn delete<'a>(&'a self, ctx: &'a Context, row: Row) -> BoxFuture<'a, Result<()>>;
    /// [`Behavior::before`].
    fn before<'a>(
        &'a self,
        ctx: &'a Context,
        operation: OperationKind,
        row: Row,
    ) -> BoxFuture<'a, Result<()>>;
    /// [`Behavior::after`].
    fn after<'a>(&'a self, ctx: &'a Context, operation: OperationKind, row: Row)
    -> BoxFuture<'a, Result<()>>;
}

impl fmt::Debug for dyn ErasedBehavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Behavior")
    }
}

/// Carries a resource's [`Behavior`] into its descriptor.
#[derive(Debug)]
pub struct Erased<R>(PhantomData<fn() -> R>);

impl<R> Erased<R> {
    /// For the derive macro: `behavior: Some(&Erased::<Order>::NEW)`.
    pub const NEW: Self = Self(PhantomData);
}

impl<R: Behavior> ErasedBehavior for Erased<R> {
    fn get<'a>(&'a self, ctx: &'a Context, row: Row) -> BoxFuture<'a, Result<Row>> {
        Box::pin(async move { Ok(R::from_row(row)?.get(ctx).await?.into_row()) })
    }

    fn create<'a>(&'a self, ctx: &'a Context, row: Row) -> BoxFuture<'a, Result<Row>> {
        Box::pin(async move { Ok(R::from_row(row)?.create(ctx).await?.into_row()) })
    }

    fn update<'a>(
        &'a self,
        ctx: &'a Context,
        operation: OperationKind,
        before: Row,
        row: Row,
    ) -> BoxFuture<'a, Result<Row>> {
        Box::pin(async move {
            let (before, row) = (R::from_row(before)?, R::from_row(row)?);
            let decided = match operation {
                OperationKind::Replace => row.replace(ctx, before).await?,
                _ => row.update(ctx, before).await?,
            };
            Ok(decided.into_row())
        })
    }

    fn delete<'a>(&'a self, ctx: &'a Context, row: Row) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { R::from_row(row)?.delete(ctx).await })
    }

    fn before<'a>(
        &'a self,
        ctx: &'a Context,
        operation: OperationKind,
        row: Row,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { R::from_row(row)?.before(ctx, operation).await })
    }

    fn after<'a>(
        &'a self,
        ctx: &'a Context,
        operation: OperationKind,
        row: Row,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { R::from_row(row)?.after(ctx, operation).await })
    }
}
