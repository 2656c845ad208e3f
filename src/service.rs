//! The operations for Rust callers: typed, in process, through the same pipeline.

use std::sync::Arc;

use crate::behavior::OperationKind;
use crate::context::{Context, Principal};
use crate::core::{Answer, Change, Core, Preconditions, event_rows, rowless_error};
use crate::error::{Error, Result};
use crate::events::{Events, Publish};
use crate::query::ListRequest;
use crate::resource::{FieldType, IntoInput, Resource};
use crate::store::{Unit, Write};
use crate::tasks::Tasks;
use crate::{cell, input};

/// A service's operations for Rust callers: typed, in process, through the same pipeline as every other way in.
#[derive(Clone, Debug)]
pub struct Service {
    pub(crate) core: Arc<Core>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct List<R> {
    /// The resources in the order that was asked for.
    pub items: Vec<R>,
    /// The token of the next page; empty where this is the last.
    pub next_page_token: String,
}

impl Service {
    /// A context for calls that come from the program itself.
    #[must_use]
    pub fn context(&self, principal: Principal) -> Context {
        let mut ctx = Context::new(Arc::clone(&self.core), uuid::Uuid::now_v7().to_string());
        ctx.principal = principal;
        ctx
    }

    /// Where tasks go. A build without an engine for the URL of the tasks has none: then the error says so.
    pub fn tasks(&self) -> Result<&Tasks> {
        self.core.tasks.as_ref().ok_or_else(|| {
            Error::failed_precondition("this service has no tasks: no engine for their URL is compiled in")
        })
    }

    /// The event bus. Where nobody listens and no place for events is said there is none; then the error says so.
    pub fn events(&self) -> Result<&Events> {
        self.core.bus.as_ref().ok_or_else(|| {
            Error::failed_precondition(
                "this service has no event bus: nobody listens in it, and FOURFOLD_EVENTS_URL says no place",
            )
        })
    }

    /// Publishes an event of your own from outside of an operation: it is committed to the outbox, and relayed from there.
    pub async fn publish<E: Publish>(&self, ctx: &Context, event: E) -> Result<()> {
        if !self.core.events {
            return Err(Error::failed_precondition("FOURFOLD_OUTBOX is off: this service publishes nothing"));
        }
        let ctx = ctx.nested();
        ctx.publish(event);
        let unit = Unit {
            write: Write::Nothing,
            events: event_rows(&ctx),
            record: None,
            statements: Vec::new(),
            tasks: Vec::new(),
        };
        self.core.commit(unit).await.map_err(rowless_error)
    }

    /// One resource by id.
    pub async fn get<R: Resource>(&self, ctx: &Context, id: R::Id) -> Result<R> {
        let answer = self.core.get(&ctx.nested(), R::DESCRIPTOR, &id.into_cell()).await?;
        R::from_row(answer.row)
    }

    /// A page of resources. `filter` is AIP-160 and `order_by` AIP-132, both may be empty; so may be `page_token`.
    pub async fn list<R: Resource>(
        &self,
        ctx: &Context,
        filter: &str,
        order_by: &str,
        page_size: u32,
        page_token: &str,
    ) -> Result<List<R>> {
        let request = ListRequest {
            page_size: Some(i64::from(page_size)),
            page_token: page_token.to_owned(),
            filter: filter.to_owned(),
            order_by: order_by.to_owned(),
            equals: Vec::new(),
        };
        let page = self.core.list(&ctx.nested(), R::DESCRIPTOR, &request).await?;
        let items = page.rows.into_iter().map(R::from_row).collect::<Result<_>>()?;
        Ok(List { items, next_page_token: page.next_page_token })
    }

    /// A new resource.
    pub async fn create<R: Resource>(&self, ctx: &Context, create: R::Create) -> Result<R> {
        let (ctx, descriptor) = (&ctx.nested(), R::DESCRIPTOR);
        self.core.authorise(ctx, descriptor, OperationKind::Create).await?;
        let mut input = create.into_input();
        let mut violations = input::Violations::default();
        let mode = input::Mode::Create(descriptor);
        input::complete(mode, descriptor.fields, &mut input, &input::At::ROOT, &mut violations);
        violations.check()?;
        R::from_row(self.core.create(ctx, descriptor, input).await?.row)
    }

    /// A change of some fields.
    pub async fn update<R: Resource>(&self, ctx: &Context, id: R::Id, update: R::Update) -> Result<R> {
        let answer = self.change::<R>(ctx, id, Change::Update(update.into_input())).await?;
        R::from_row(answer.row)
    }

    /// The end of a resource.
    pub async fn delete<R: Resource>(&self, ctx: &Context, id: R::Id) -> Result<()> {
        self.change::<R>(ctx, id, Change::Delete).await.map(|_| ())
    }

    async fn change<R: Resource>(&self, ctx: &Context, id: R::Id, change: Change) -> Result<Answer> {
        let ctx = &ctx.nested();
        self.core.authorise(ctx, R::DESCRIPTOR, change.kind()).await?;
        let id: cell::Cell = id.into_cell();
        self.core.change(ctx, R::DESCRIPTOR, &id, change, &Preconditions::default()).await
    }
}
