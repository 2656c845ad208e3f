//! The operation core: one pipeline for every way in. Nothing here knows about transports or resources' types.

mod etag;
mod read;
mod replay;
mod write;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use chrono::{SubsecRound, Utc};
use tokio::sync::Notify;

use crate::auth::{Authenticator, Credentials, Policy, RowView};
use crate::behavior::OperationKind;
use crate::cell::{Cell, Row};
use crate::context::{Context, Principal};
use crate::descriptor::{Descriptor, Kind, Scalar};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::events::Events;
use crate::query;
use crate::store::{Store, StoreError, Unit};
use crate::tasks::Tasks;
use crate::text;
use crate::watch::Watching;

pub(crate) use etag::{version_of, versions_of};
pub(crate) use read::Page;
pub(crate) use replay::{key_reused, key_text};
pub(crate) use write::{Change, Preconditions, Versions, event_rows, task_rows};

/// What all operations of a service share.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) resources: Vec<&'static Descriptor>,
    pub(crate) authenticator: Option<Arc<dyn Authenticator>>,
    pub(crate) policy: Option<Arc<dyn Policy>>,
    pub(crate) limits: query::Limits,
    pub(crate) events: bool,
    pub(crate) state: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// Where tasks go; `None` where no engine for them is compiled in.
    pub(crate) tasks: Option<Tasks>,
    /// Wakes the relay: there are tasks in the outbox.
    pub(crate) outbox: Notify,
    /// Where events go; `None` where nobody listens, or no engine for them is compiled in.
    pub(crate) bus: Option<Events>,
    /// Wakes the relay of events.
    pub(crate) happened: Notify,
    /// Who hears of changes.
    pub(crate) watching: Watching,
}

/// What an operation answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The row; after a hard delete, as it was.
    pub(crate) row: Row,
    /// Whether it is the first answer again, under an idempotency key.
    pub(crate) replayed: bool,
}

impl Core {
    pub(crate) fn state(&self, id: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        self.state.get(&id).map(|state| &**state)
    }

    /// Commits a unit of work, and wakes the relays of what it has for them.
    pub(crate) async fn commit(&self, unit: Unit) -> std::result::Result<(), StoreError> {
        let (tasks, events) = (!unit.tasks.is_empty(), !unit.events.is_empty());
        let result = self.store.commit(unit).await;
        if tasks && result.is_ok() {
            self.outbox.notify_one();
        }
        if events && result.is_ok() {
            self.happened.notify_one();
            self.watching.wake();
        }
        result
    }

    /// Who calls, by the headers or the metadata of the call.
    pub(crate) async fn authenticate(&self, headers: &http::HeaderMap) -> Result<Principal> {
        match &self.authenticator {
            Some(authenticator) => authenticator.authenticate(Credentials { headers }).await,
            None => Ok(Principal::anonymous()),
        }
    }

    /// Whether the principal may do this at all.
    pub(crate) async fn authorise(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        operation: OperationKind,
    ) -> Result<()> {
        match &self.policy {
            Some(policy) if !policy.may(ctx, descriptor, operation).await? => {
                let (operation, path) = (operation.name(), descriptor.path);
                Err(Error::permission_denied(format!("you may not {operation} {path}")))
            }
            _ => Ok(()),
        }
    }

    /// Whether it may do this to this row.
    pub(crate) async fn may_row(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        operation: OperationKind,
        cells: &[Cell],
    ) -> Result<bool> {
        match &self.policy {
            Some(policy) => policy.may_row(ctx, operation, RowView { descriptor, cells }).await,
            None => Ok(true),
        }
    }

    /// The row, if it exists and the principal may do this to it.
    async fn find(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        operation: OperationKind,
        id: &Cell,
    ) -> Result<Row> {
        let row = self.store.get(descriptor, id).await.map_err(|error| store_error(descriptor, error))?;
        match row {
            Some(row) if self.may_row(ctx, descriptor, operation, &row).await? => Ok(row),
            _ => Err(no_such(descriptor)),
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The id of a row by its text in a path.
pub(crate) fn parse_id(descriptor: &Descriptor, text: &str) -> Result<Cell> {
    // An id that can't be one belongs to nothing: 404, not 400.
    let kind = &descriptor.fields[descriptor.id].ty.kind;
    text::parse(kind, text).ok_or_else(|| no_such(descriptor))
}

pub(crate) fn no_such(descriptor: &Descriptor) -> Error {
    Error::not_found(format!("there is no such {}", descriptor.noun()))
}

fn now() -> Cell {
    Cell::Timestamp(Utc::now().trunc_subsecs(6))
}

/// What a caller learns of a store's failure; what it does not learn goes to the log.
pub(crate) fn store_error(descriptor: &Descriptor, error: StoreError) -> Error {
    let at = |field: usize, code, message: String| {
        let pointer =
            descriptor.fields.get(field).map_or_else(String::new, |field| format!("/{}", field.name));
        vec![Violation { pointer, code, message: message.into() }]
    };
    match error {
        StoreError::Unique { field } => {
            let name = descriptor.fields.get(field).map_or("", |field| field.name);
            let sentence = format!("another {} has this {name} already", descriptor.noun());
            Error::new(ErrorKind::AlreadyExists, sentence.clone())
                .with_violations(at(field, "unique", sentence))
        }
        StoreError::MissingReference { field } => {
            let target = descriptor.fields.get(field).and_then(|field| field.references).unwrap_or_default();
            let target = target.rsplit('.').next().unwrap_or_default();
            let sentence = format!("points to a {target} that does not exist");
            let name = descriptor.fields.get(field).map_or("", |field| field.name);
            Error::failed_precondition(format!("{name} {sentence}")).with_violations(at(
                field,
                "reference",
                sentence,
            ))
        }
        StoreError::StillReferenced => {
            Error::failed_precondition(format!("other resources still point to this {}", descriptor.noun()))
        }
        StoreError::LostRace => aborted(descriptor),
        error => rowless_error(error),
    }
}

/// What a caller learns of a failure that is not about a row.
pub(crate) fn rowless_error(error: StoreError) -> Error {
    match error {
        StoreError::Repeated => Error::internal("an idempotency record vanished between two looks"),
        StoreError::Unavailable(detail) => {
            Error::unavailable("the store is not available at the moment").with_detail(detail)
        }
        StoreError::Unknown(detail) => Error::unavailable(
            "the connection to the store broke before it answered: the request may have been carried out; \
             a repeat is safe with the same Idempotency-Key",
        )
        .with_detail(detail),
        StoreError::Internal(detail) => Error::internal(detail),
        StoreError::Unique { .. }
        | StoreError::MissingReference { .. }
        | StoreError::StillReferenced
        | StoreError::LostRace => Error::internal(format!("a unit without a row met {error:?}")),
    }
}

fn aborted(descriptor: &Descriptor) -> Error {
    let name = descriptor.noun();
    Error::new(ErrorKind::Aborted, format!("the {name} kept changing under the request; try again"))
        .retry_after(1)
}

fn version_mismatch(descriptor: &Descriptor) -> Error {
    let name = descriptor.noun();
    Error::new(ErrorKind::VersionMismatch, format!("the {name} is not the version that the request names"))
}

/// The id that the server gives to a new row, where it gives one.
async fn new_id(store: &Store, descriptor: &'static Descriptor) -> Result<Option<Cell>> {
    match descriptor.fields[descriptor.id].ty.kind {
        Kind::Scalar(Scalar::Uuid) => Ok(Some(Cell::Uuid(uuid::Uuid::now_v7()))),
        Kind::Scalar(Scalar::I64) => {
            let id = store.next_id(descriptor).await.map_err(|error| store_error(descriptor, error))?;
            Ok(Some(Cell::Int(id)))
        }
        _ => Ok(None),
    }
}
