//! Create, update, replace, delete and custom operations: read, decide, commit as one unit of work.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;

use super::replay::Key;
use super::{Answer, Core, aborted, new_id, now, store_error, version_mismatch};
use crate::behavior::OperationKind;
use crate::cell::{self, Cell, Input, Row};
use crate::context::Context;
use crate::descriptor::{Descriptor, Operation};
use crate::error::{Error, Result};
use crate::events::publish;
use crate::input::{self, At, Violations};
use crate::store::{Event, StoreError, TaskRow, Unit, Write};
use crate::{merge, text, validate};

/// How often an operation that named no version runs again when its row has moved.
const ATTEMPTS: u32 = 64;

/// What a caller expects of the row's version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preconditions {
    /// It must be one of these.
    pub(crate) matches: Option<Versions>,
    /// It must be none of these.
    pub(crate) none_match: Option<Versions>,
}

/// A set of versions.
#[derive(Clone, Debug)]
pub(crate) enum Versions {
    /// Any that exists.
    Any,
    /// These; none where a caller sent only tags that we never gave.
    These(Vec<i64>),
}

impl Versions {
    pub(crate) fn contain(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::These(versions) => versions.contains(&version),
        }
    }
}

impl Preconditions {
    fn hold(&self, version: i64) -> bool {
        self.matches.as_ref().is_none_or(|versions| versions.contain(version))
            && !self.none_match.as_ref().is_some_and(|versions| versions.contain(version))
    }
}

/// What happens to a row that exists.
#[derive(Debug)]
pub(crate) enum Change {
    /// Some fields change.
    Update(Input),
    /// All fields change.
    Replace(Input),
    /// It goes away.
    Delete,
    /// The user's method runs on it.
    Custom(&'static Operation, Cell),
}

impl Change {
    pub(crate) const fn kind(&self) -> OperationKind {
        match self {
            Self::Update(_) => OperationKind::Update,
            Self::Replace(_) => OperationKind::Replace,
            Self::Delete => OperationKind::Delete,
            Self::Custom(operation, _) => OperationKind::Custom(operation.name),
        }
    }

    /// Whether the row that was before is told beside the one that is.
    const fn changes(&self) -> bool {
        !matches!(self, Self::Delete)
    }

    fn event(&self) -> &'static str {
        match self {
            Self::Update(_) | Self::Replace(_) => "updated",
            Self::Delete => "deleted",
            Self::Custom(operation, _) => operation.event.unwrap_or("updated"),
        }
    }
}

impl Core {
    /// A new row.
    pub(crate) async fn create(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        input: Input,
    ) -> Result<Answer> {
        let key = Key::of_create(ctx, descriptor, &input);
        if let Some(answer) = self.replay(descriptor, key.as_ref()).await? {
            return Ok(answer);
        }
        let result = self.create_row(ctx, descriptor, input, key.as_ref()).await;
        self.or_first_answer(descriptor, key.as_ref(), result).await
    }

    async fn create_row(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        input: Input,
        key: Option<&Key>,
    ) -> Result<Answer> {
        let id = new_id(&self.store, descriptor).await?;
        let mut row = new_row(descriptor, input, id);
        let mut violations = Violations::default();
        check_id(descriptor, &mut row, &mut violations);
        validate::fields(descriptor.fields, &row, &At::ROOT, &mut violations);
        violations.check()?;
        if let Some(behavior) = descriptor.behavior {
            behavior.before(ctx, OperationKind::Create, row.clone()).await?;
            let decided = behavior.create(ctx, row.clone()).await?;
            row = keep_managed(descriptor, &row, decided);
            check(descriptor, &row)?;
        }
        if !self.may_row(ctx, descriptor, OperationKind::Create, &row).await? {
            return Err(Error::permission_denied(format!("you may not create this {}", descriptor.noun())));
        }
        let answer = if descriptor.behavior.is_some() || key.is_some() { Some(row.clone()) } else { None };
        let event = self.event(ctx, descriptor, "created", &row, None);
        // Without a second use for the row it moves into the unit, and a copy comes back for the answer.
        let shown = answer.unwrap_or_else(|| row.clone());
        let unit = unit(ctx, descriptor, Write::Insert { descriptor, row }, event, key, &shown);
        match self.commit(unit).await {
            Ok(()) => {}
            Err(StoreError::Repeated) => return self.replay_now(descriptor, key).await,
            Err(error) => return Err(store_error(descriptor, error)),
        }
        after(ctx, descriptor, OperationKind::Create, &shown).await;
        Ok(Answer { row: shown, replayed: false })
    }

    /// A change of a row that exists.
    pub(crate) async fn change(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        id: &Cell,
        change: Change,
        preconditions: &Preconditions,
    ) -> Result<Answer> {
        let key = Key::of_change(ctx, descriptor, id, &change);
        if let Some(answer) = self.replay(descriptor, key.as_ref()).await? {
            return Ok(answer);
        }
        let result = self.change_row(ctx, descriptor, id, change, preconditions, key.as_ref()).await;
        self.or_first_answer(descriptor, key.as_ref(), result).await
    }

    async fn change_row(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        id: &Cell,
        change: Change,
        preconditions: &Preconditions,
        key: Option<&Key>,
    ) -> Result<Answer> {
        let operation = change.kind();
        for attempt in 0..ATTEMPTS {
            let current = self.find(ctx, descriptor, operation, id).await?;
            let expected = descriptor.row_version(&current);
            if !preconditions.hold(expected) {
                return Err(version_mismatch(descriptor));
            }
            ctx.take_statements();
            ctx.take_tasks();
            ctx.take_events();
            let row = decide(ctx, descriptor, &current, &change).await?;
            let before = change.changes().then_some(&current);
            let event = self.event(ctx, descriptor, change.event(), &row, before);
            let write = match change {
                Change::Delete if descriptor.deleted_at.is_none() => {
                    Write::Delete { descriptor, id: id.clone(), expected }
                }
                _ => Write::Update { descriptor, row: row.clone(), expected },
            };
            let unit = unit(ctx, descriptor, write, event, key, &row);
            match self.commit(unit).await {
                Ok(()) => {
                    after(ctx, descriptor, operation, &row).await;
                    return Ok(Answer { row, replayed: false });
                }
                Err(StoreError::Repeated) => return self.replay_now(descriptor, key).await,
                Err(StoreError::LostRace) if preconditions.matches.is_some() => {
                    return Err(version_mismatch(descriptor));
                }
                Err(StoreError::LostRace)
                    if ctx.deadline().is_none_or(|deadline| deadline > Instant::now()) =>
                {
                    pause(attempt).await;
                }
                Err(error) => return Err(store_error(descriptor, error)),
            }
        }
        Err(aborted(descriptor))
    }

    /// The outbox row of a change.
    fn event(
        &self,
        ctx: &Context,
        descriptor: &'static Descriptor,
        happened: &str,
        row: &[Cell],
        before: Option<&Row>,
    ) -> Option<Event> {
        self.events.then(|| publish::row(ctx, descriptor, happened, row, before))
    }
}

/// Losers of a race step aside for a moment that grows, and not all for the same.
async fn pause(attempt: u32) {
    let spread = u64::from(uuid::Uuid::new_v4().as_bytes()[0]);
    let most = 50 << attempt.min(6);
    tokio::time::sleep(std::time::Duration::from_micros(spread * most / 255)).await;
}

/// What the row becomes; on a soft delete too.
async fn decide(
    ctx: &Context,
    descriptor: &'static Descriptor,
    current: &Row,
    change: &Change,
) -> Result<Row> {
    let operation = change.kind();
    let behavior = descriptor.behavior;
    if let Some(behavior) = behavior {
        behavior.before(ctx, operation, current.clone()).await?;
    }
    let mut row = match change {
        Change::Update(input) | Change::Replace(input) => {
            let mut violations = Violations::default();
            let row = merge::apply(descriptor, current, input.clone(), &mut violations);
            validate::fields(descriptor.fields, &row, &At::ROOT, &mut violations);
            violations.check()?;
            match behavior {
                Some(behavior) => {
                    let decided = behavior.update(ctx, operation, current.clone(), row.clone()).await?;
                    let row = keep_managed(descriptor, &row, decided);
                    check(descriptor, &row)?;
                    row
                }
                None => row,
            }
        }
        Change::Delete => {
            if let Some(behavior) = behavior {
                behavior.delete(ctx, current.clone()).await?;
            }
            let mut row = current.clone();
            if let Some(index) = descriptor.deleted_at {
                row[index] = now();
            }
            row
        }
        Change::Custom(operation, input) => {
            let decided = (operation.run)(ctx, current.clone(), input.clone()).await?;
            let row = keep_managed(descriptor, current, decided);
            let mut violations = Violations::default();
            validate::fields(descriptor.fields, &row, &At::ROOT, &mut violations);
            if !violations.is_empty() {
                let sentence = format!("{} would break a rule of the {}", operation.name, descriptor.noun());
                return Err(Error::failed_precondition(sentence).with_violations(violations.into_list()));
            }
            row
        }
    };
    if let Some(index) = descriptor.updated_at {
        row[index] = now();
    }
    set_version(descriptor, &mut row, descriptor.row_version(current) + 1);
    Ok(row)
}

/// The row of a create: what the caller said, defaults, and what the server and the store keep.
fn new_row(descriptor: &'static Descriptor, input: Input, id: Option<Cell>) -> Row {
    let mut row: Row = input
        .into_iter()
        .zip(descriptor.fields)
        .map(|(change, field)| match (change, field.default) {
            (Some(cell::Change::Set(cell)), _) => cell,
            (_, Some(default)) => default(),
            _ => input::blank(field).unwrap_or(Cell::Null),
        })
        .collect();
    if let Some(id) = id {
        row[descriptor.id] = id;
    }
    let now = now();
    for index in [descriptor.created_at, descriptor.updated_at].into_iter().flatten() {
        row[index] = now.clone();
    }
    if let Some(index) = descriptor.deleted_at {
        row[index] = Cell::Null;
    }
    set_version(descriptor, &mut row, 1);
    row
}

/// Puts the row version where the descriptor wants it.
pub(super) fn set_version(descriptor: &Descriptor, row: &mut Row, version: i64) {
    row.truncate(descriptor.width());
    let index = descriptor.version_cell();
    match row.get_mut(index) {
        Some(cell) => *cell = Cell::Int(version),
        None => row.push(Cell::Int(version)),
    }
}

/// The user's code decides about everything but what the server and the store keep.
fn keep_managed(descriptor: &Descriptor, kept: &[Cell], mut decided: Row) -> Row {
    for index in 0..descriptor.fields.len() {
        if index == descriptor.id || descriptor.is_managed(index) {
            decided[index] = kept[index].clone();
        }
    }
    set_version(descriptor, &mut decided, descriptor.row_version(kept));
    decided
}

/// An id that the caller gives is a segment of a path: there must be one, it must fit into a URL and an index, and not
/// be one that clients resolve away.
fn check_id(descriptor: &Descriptor, row: &mut Row, violations: &mut Violations) {
    const MOST: usize = 255;
    let Some(Cell::Text(id)) = row.get(descriptor.id) else { return };
    let at = At::ROOT.key(descriptor.fields[descriptor.id].name);
    if id.is_empty() || id.chars().nth(MOST).is_some() {
        violations.push(&at, "length", format!("is the id: it must have 1 to {MOST} characters"));
        // It is refused; no other rule needs to be checked on what may be a very long text.
        row[descriptor.id] = Cell::Null;
    } else if matches!(id.as_str(), "." | "..") {
        violations.push(&at, "id", "is the id: it may not be . or .., which mean something else in a path");
    }
}

fn check(descriptor: &Descriptor, row: &[Cell]) -> Result<()> {
    let mut violations = Violations::default();
    validate::fields(descriptor.fields, row, &At::ROOT, &mut violations);
    violations.check()
}

fn unit(
    ctx: &Context,
    descriptor: &'static Descriptor,
    write: Write,
    event: Option<Event>,
    key: Option<&Key>,
    answer: &[Cell],
) -> Unit {
    let record = key.map(|key| key.record(answer));
    let own = ctx.take_events();
    let mut events: Vec<Event> = event.into_iter().collect();
    if !own.is_empty() {
        let id = text::format(&descriptor.fields[descriptor.id].ty.kind, &answer[descriptor.id]);
        events.extend(own.into_iter().map(|event| event.row(ctx, Some((descriptor, &id)))));
    }
    Unit { write, events, record, statements: ctx.take_statements(), tasks: task_rows(ctx) }
}

/// The tasks that were added to the unit of work.
pub(crate) fn task_rows(ctx: &Context) -> Vec<TaskRow> {
    ctx.take_tasks().iter().map(|task| TaskRow { id: task.id, message: task.to_json() }).collect()
}

/// The events that were added to a unit of work which is about no row.
pub(crate) fn event_rows(ctx: &Context) -> Vec<Event> {
    ctx.take_events().into_iter().map(|event| event.row(ctx, None)).collect()
}

/// What is done is done: neither an error nor a panic in here changes the answer.
async fn after(ctx: &Context, descriptor: &Descriptor, operation: OperationKind, row: &Row) {
    let Some(behavior) = descriptor.behavior else { return };
    let reaction = AssertUnwindSafe(async { behavior.after(ctx, operation, row.clone()).await });
    let reaction = reaction.catch_unwind().await.unwrap_or_else(|_| Err(Error::internal("a panic")));
    if let Err(error) = reaction {
        let request_id = ctx.request_id();
        tracing::error!(request_id, resource = descriptor.name, operation = operation.name(), %error, "after");
    }
}
