//! One who watches: what comes next, of what it may see and asked for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::change::{Change, Read, Told, unveiled, veiled};
use super::tail::{Entered, Found};
use super::{Place, WatchRequest, gone, token};
use crate::behavior::OperationKind;
use crate::cell::Row;
use crate::context::Context;
use crate::core::{Core, rowless_error};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::input::Violations;
use crate::json::View;
use crate::query::{self, Condition};
use crate::tasks::pause;

/// How many changes are taken at once: more would only wait with the watcher.
const AT_ONCE: usize = 256;

/// Somebody who watches a resource.
#[derive(Debug)]
pub(crate) struct Watcher {
    ctx: Context,
    descriptor: &'static Descriptor,
    filter: Option<Condition>,
    place: Place,
    /// What is to be told next, and up to where there is nothing else.
    queue: VecDeque<Arc<Change>>,
    read_to: crate::store::Position,
    entered: Entered,
    news: watch::Receiver<()>,
    stopped: watch::Receiver<bool>,
    heartbeat: Duration,
    next_heartbeat: Instant,
    ends: Instant,
    failures: u32,
    _permit: OwnedSemaphorePermit,
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Something happened.
    Told(Arc<Told>),
    /// Nothing happened, but this is how far it is.
    Still,
    /// Nothing more comes.
    End(End),
}

/// Why nothing more comes.
#[derive(Debug)]
pub(crate) enum End {
    /// The server stops, or the stream has lasted as long as one may: it goes on from the last token elsewhere.
    ComeAgain,
    /// It can't go on.
    Failed(Error),
}

impl Core {
    /// Begins to watch. `most` is how long the caller wants to, where it says so.
    pub(crate) async fn watch(
        &self,
        mut ctx: Context,
        descriptor: &'static Descriptor,
        request: &WatchRequest,
        most: Option<Duration>,
    ) -> Result<Watcher> {
        self.authorise(&ctx, descriptor, OperationKind::Watch).await?;
        let filter = checked(descriptor, request)?;
        if !self.events {
            return Err(Error::failed_precondition(
                "nothing can be watched here: FOURFOLD_OUTBOX is off, so nobody keeps what happens",
            ));
        }
        let permit = self.watching.place()?;
        let tail = &self.watching.tail;
        let log = tail.log().await.map_err(rowless_error)?;
        let position = if request.resume_token.is_empty() {
            if request.from_beginning { log.start } else { log.end }
        } else {
            let place = token::read(descriptor, &request.resume_token)?;
            // What is ahead of the log is of one that was set back.
            if place.log != log.id || place.position < log.start || place.position > log.end {
                return Err(gone());
            }
            place.position
        };
        let entered = tail.enter(&log);
        let (news, stopped) = tail.news();
        let limits = self.watching.limits;
        let now = Instant::now();
        // It outlives the request that it began with.
        ctx.deadline = None;
        Ok(Watcher {
            ctx,
            descriptor,
            filter,
            place: Place { log: log.id, position },
            queue: VecDeque::new(),
            read_to: position,
            entered,
            news,
            stopped,
            heartbeat: limits.heartbeat,
            // The first token comes at once.
            next_heartbeat: now,
            ends: now + most.map_or(limits.lifetime, |most| most.min(limits.lifetime)),
            failures: 0,
            _permit: permit,
        })
    }
}

/// The filter, over what events hold.
fn checked(descriptor: &'static Descriptor, request: &WatchRequest) -> Result<Option<Condition>> {
    let mut violations = Violations::default();
    if request.from_beginning && !request.resume_token.is_empty() {
        let message = "says where to begin already; leave one of the two out";
        violations.push_named(token::RESUME_TOKEN, "conflict", message);
    }
    let filter = query::filter(descriptor, &request.filter, &mut violations);
    for field in filter.iter().flat_map(Condition::fields).map(|field| &descriptor.fields[field]) {
        if !View::Event.shows(field) {
            let message = format!("{} is in no event, and so can't be filtered by here", field.name);
            violations.push_named("filter", "not_filterable", message);
        }
    }
    violations.check()?;
    Ok(filter)
}

impl Watcher {
    /// The token of what was told last.
    pub(crate) fn token(&self) -> String {
        token::write(self.descriptor, self.place)
    }

    /// The id of the request that it began with.
    pub(crate) fn request_id(&self) -> &str {
        self.ctx.request_id()
    }

    /// Waits for what comes next. After the end nothing comes.
    pub(crate) async fn next(&mut self) -> Step {
        match self.step().await {
            Ok(step) => step,
            Err(error) => Step::End(End::Failed(error)),
        }
    }

    async fn step(&mut self) -> Result<Step> {
        loop {
            if *self.stopped.borrow() || self.ends <= Instant::now() {
                return Ok(Step::End(End::ComeAgain));
            }
            if self.next_heartbeat <= Instant::now() {
                self.next_heartbeat = Instant::now() + self.heartbeat;
                return Ok(Step::Still);
            }
            if let Some(change) = self.queue.pop_front() {
                self.place.position = change.position;
                if let Some(told) = self.seen(&change).await? {
                    self.next_heartbeat = Instant::now() + self.heartbeat;
                    return Ok(Step::Told(told));
                }
                continue;
            }
            self.place.position = self.read_to;
            self.news.mark_unchanged();
            if !self.fill().await? {
                self.wait().await;
            }
        }
    }

    /// Looks for more; says whether there is, or was something to be passed over.
    async fn fill(&mut self) -> Result<bool> {
        let (log, position) = (self.place.log, self.place.position);
        let tail = Arc::clone(self.entered.tail());
        let mut found = tail.after(log, position, self.descriptor, AT_ONCE);
        if matches!(found, Found::Elsewhere) {
            match tail.read(log, position, self.descriptor).await {
                Ok(read) => {
                    self.failures = 0;
                    found = read;
                }
                Err(why) => {
                    self.failures += 1;
                    tracing::warn!(?why, "a watcher that is behind can't go on for the moment");
                    sleep(pause(self.failures)).await;
                    return Ok(true);
                }
            }
        }
        match found {
            Found::Here(changes, end) => {
                self.queue.extend(changes);
                self.read_to = end;
                Ok(!self.queue.is_empty() || end > position)
            }
            Found::Elsewhere => Ok(true),
            Found::Gone => Err(gone()),
        }
    }

    async fn wait(&mut self) {
        let until = self.next_heartbeat.min(self.ends);
        tokio::select! {
            // The sender lives as long as the tail, which this watcher holds.
            _ = self.news.changed() => {}
            _ = self.stopped.changed() => {}
            () = sleep_until(until) => {}
        }
    }

    /// What of a change the watcher sees: what happened, or that a row is no longer among those that it sees.
    async fn seen(&self, change: &Change) -> Result<Option<Arc<Told>>> {
        let told = match change.read() {
            Read::Told(told) => told,
            Read::Nothing => return Ok(None),
            Read::Unreadable => return Err(gone()),
        };
        let (is, was) = (
            self.sees(&told.row).await?,
            match &told.before {
                Some(before) => self.sees(before).await?,
                None => false,
            },
        );
        let hides_before = told.before.is_some() && !was;
        match (is, was) {
            (true, _) if !hides_before && self.descriptor.behavior.is_none() => Ok(Some(Arc::clone(told))),
            (true, _) => {
                let before = match &told.before {
                    Some(before) if was => Some(self.shown(before).await?),
                    _ => None,
                };
                let changed = if hides_before { Vec::new() } else { told.changed.clone() };
                let row = self.shown(&told.row).await?;
                Ok(Some(Arc::new(Told::new(told.happened.clone(), row, before, changed))))
            }
            (false, true) => {
                let Some(before) = &told.before else { return Ok(None) };
                let row = self.shown(before).await?;
                Ok(Some(Arc::new(Told::new("deleted".to_owned(), row, None, Vec::new()))))
            }
            (false, false) => Ok(None),
        }
    }

    /// Whether a row is one of those that were asked for, and that the principal may see.
    async fn sees(&self, row: &Row) -> Result<bool> {
        if self.filter.as_ref().is_some_and(|filter| !filter.holds(self.descriptor, row)) {
            return Ok(false);
        }
        self.ctx.core.may_row(&self.ctx, self.descriptor, OperationKind::Watch, row).await
    }

    /// The row as the user's `Behavior` shows it.
    async fn shown(&self, row: &Row) -> Result<Row> {
        let Some(behavior) = self.descriptor.behavior else { return Ok(row.clone()) };
        let row = behavior.get(&self.ctx, unveiled(self.descriptor, row.clone())).await?;
        Ok(veiled(self.descriptor, row))
    }
}
