//! Get and list.

use super::{Answer, Core, store_error};
use crate::behavior::OperationKind;
use crate::cell::{Cell, Row};
use crate::context::Context;
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::query::{self, ListRequest};

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// Empty where this is the last.
    pub(crate) next_page_token: String,
}

/// How many pages on end that are hidden from a caller are passed over before it gets an empty one.
const HIDDEN_PAGES: usize = 20;

/// What a query found.
struct Found {
    rows: Vec<Row>,
    /// The row after which the next page begins, where there is one.
    last: Option<Row>,
}

impl Core {
    /// One row.
    pub(crate) async fn get(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        id: &Cell,
    ) -> Result<Answer> {
        self.authorise(ctx, descriptor, OperationKind::Get).await?;
        let row = self.find(ctx, descriptor, OperationKind::Get, id).await?;
        let row = self.shown(ctx, descriptor, OperationKind::Get, row).await?;
        Ok(Answer { row, replayed: false })
    }

    /// A page of rows.
    pub(crate) async fn list(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        request: &ListRequest,
    ) -> Result<Page> {
        self.authorise(ctx, descriptor, OperationKind::List).await?;
        let mut select = query::plan(descriptor, request, &self.limits)?;
        let mut pages = 0;
        loop {
            let page = self.page(ctx, &select).await?;
            pages += 1;
            match page.last {
                Some(last) if page.rows.is_empty() && pages < HIDDEN_PAGES => {
                    select.after = Some(select.key(&last));
                }
                last => {
                    let next = last.map(|last| query::next_page_token(&select, &last));
                    return Ok(Page { rows: page.rows, next_page_token: next.unwrap_or_default() });
                }
            }
        }
    }

    /// What is found at once, without what the policy hides.
    async fn page(&self, ctx: &Context, select: &query::Select) -> Result<Found> {
        let descriptor = select.descriptor;
        let mut found = self.store.list(select).await.map_err(|error| store_error(descriptor, error))?;
        let more = found.len() > select.page_size();
        found.truncate(select.page_size());
        let mut last = found.last().filter(|_| more).cloned();
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            if self.may_row(ctx, descriptor, OperationKind::List, &row).await? {
                // A page token tells where it begins: after a row that the caller was shown, not after a hidden one.
                if more && self.policy.is_some() {
                    last = Some(row.clone());
                }
                rows.push(self.shown(ctx, descriptor, OperationKind::List, row).await?);
            }
        }
        Ok(Found { rows, last })
    }

    /// The row as the user's `Behavior` shows it.
    async fn shown(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        operation: OperationKind,
        row: Row,
    ) -> Result<Row> {
        let Some(behavior) = descriptor.behavior else { return Ok(row) };
        let version = descriptor.row_version(&row);
        if operation == OperationKind::Get {
            behavior.before(ctx, operation, row.clone()).await?;
        }
        let mut row = behavior.get(ctx, row).await?;
        super::write::set_version(descriptor, &mut row, version);
        Ok(row)
    }
}
