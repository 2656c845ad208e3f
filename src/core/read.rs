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
        let select = query::plan(descriptor, request, &self.limits)?;
        let mut found = self.store.list(&select).await.map_err(|error| store_error(descriptor, error))?;
        let more = found.len() > select.page_size();
        found.truncate(select.page_size());
        // The next page begins after a row that the caller was shown: a token says where in the order that row is, and
        // should not say it of another. Only where all of a page is hidden there is none.
        let mut next_page_token = match found.last() {
            Some(last) if more => query::next_page_token(&select, last),
            _ => String::new(),
        };
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            if self.may_row(ctx, descriptor, OperationKind::List, &row).await? {
                if more && self.policy.is_some() {
                    next_page_token = query::next_page_token(&select, &row);
                }
                rows.push(self.shown(ctx, descriptor, OperationKind::List, row).await?);
            }
        }
        Ok(Page { rows, next_page_token })
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
