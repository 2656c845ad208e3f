//! A group that this process takes part in.

use std::collections::{HashMap, HashSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::entry::{Ending, Entry, Opened};
use super::journal::{Appended, FROM, Journal};
use super::letters;
use super::line::{Line, Streams, there};
use super::message::Arrived;
use super::state::{Applied, WINDOW};
use super::tail::{Next, Tail};
use crate::events::bus::{BusError, Delivery, Received, Take};
use crate::events::cloud::Unreadable;
use crate::events::order::{lease_id, place};
use crate::tasks::{Finish, Lease, Outcome};

/// How long others may do something unnoticed, where their hint is lost.
const POLL: Duration = Duration::from_secs(1);
/// How many events it comes to at once at most.
const STEP: usize = 500;
/// How many bodies are kept for when they are given out.
const KEPT: usize = 2_000;

/// A group.
pub(super) struct Group {
    name: String,
    line: Arc<Line>,
    inner: Mutex<Inner>,
    /// Another process may have done something.
    stale: Arc<AtomicBool>,
    /// Somebody may have something to do.
    wake: Arc<Notify>,
    hints: JoinHandle<()>,
}

struct Inner {
    journal: Journal,
    read_at: Instant,
    tail: Option<Tail>,
    /// What was read ahead and is not come to.
    ahead: VecDeque<(u64, Arrived)>,
    /// What it has come to here and is not ended.
    bodies: HashMap<u64, Arrived>,
}

impl Drop for Group {
    fn drop(&mut self) {
        self.hints.abort();
    }
}

impl Group {
    pub(super) fn new(line: &Arc<Line>, name: &str, from: &Arc<str>) -> Self {
        let (stale, wake) = (Arc::new(AtomicBool::new(true)), Arc::new(Notify::new()));
        let hints = tokio::spawn(listen(
            Arc::clone(line),
            line.place.group(name),
            Arc::clone(from),
            Arc::clone(&stale),
            Arc::clone(&wake),
        ));
        let inner = Inner {
            journal: Journal::new(line, name, from),
            read_at: Instant::now(),
            tail: None,
            ahead: VecDeque::new(),
            bodies: HashMap::new(),
        };
        Self { name: name.to_owned(), line: Arc::clone(line), inner: Mutex::new(inner), stale, wake, hints }
    }

    /// Reads what others have done, where they may have done something.
    async fn catch_up(&self, inner: &mut Inner) -> Result<(), BusError> {
        if self.stale.swap(false, Ordering::AcqRel) || inner.read_at.elapsed() > POLL {
            if let Err(error) = inner.journal.read().await {
                self.stale.store(true, Ordering::Release);
                return Err(error);
            }
            inner.read_at = Instant::now();
        }
        Ok(())
    }

    /// Writes an entry. Where it is not known whether it was taken, that is read first the next time.
    async fn append(&self, inner: &mut Inner, entry: Entry) -> Result<Appended, BusError> {
        self.stale.store(true, Ordering::Release);
        let appended = inner.journal.append(entry).await?;
        self.stale.store(false, Ordering::Release);
        Ok(appended)
    }

    /// Does something once, whoever else does something meanwhile.
    async fn does(&self, entry: impl Fn(&Inner, &Streams) -> Entry) -> Result<Applied, BusError> {
        let streams = self.line.streams().await?;
        let mut inner = self.inner.lock().await;
        inner.journal.read().await?;
        loop {
            let entry = entry(&inner, streams);
            if let Appended::Applied(applied) = self.append(&mut inner, entry).await? {
                drop(inner);
                self.wake.notify_waiters();
                return Ok(applied);
            }
        }
    }

    pub(super) async fn seek(&self, position: u64) -> Result<(), BusError> {
        self.does(|_, _| Entry::Seek(position)).await.map(|_| ())
    }

    pub(super) async fn types(&self, types: &[String]) -> Result<(), BusError> {
        self.does(|_, _| Entry::Types(types.to_vec())).await.map(|_| ())
    }

    pub(super) async fn take(&self, take: Take<'_>) -> Result<Vec<Delivery>, BusError> {
        let begin = Instant::now();
        let deadline = begin.checked_add(take.wait).unwrap_or(begin + POLL);
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut notified = pin!(self.wake.notified());
            notified.as_mut().enable();
            let (given, next) = self.claim(&take).await?;
            if !given.is_empty() || Instant::now() >= deadline {
                return Ok(given);
            }
            let until = deadline.min(Instant::now() + next);
            tokio::select! {
                () = notified => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// Claims what is due and what comes next; says how long there is nothing else to do.
    async fn claim(&self, take: &Take<'_>) -> Result<(Vec<Delivery>, Duration), BusError> {
        let streams = self.line.streams().await?;
        let mut inner = self.inner.lock().await;
        loop {
            self.catch_up(&mut inner).await?;
            if let Some(last) = inner.read_ahead(&self.line, &self.wake) {
                tracing::warn!(
                    group = self.name,
                    last,
                    "the stream of events ends before where the group was"
                );
                self.append(&mut inner, Entry::Lost).await?;
                continue;
            }
            let now = streams.now();
            let Some((entry, count)) = inner.next_entry(take, now) else {
                let next = inner.journal.state().next_moment();
                let pause = next.map_or(POLL, |next| {
                    Duration::from_micros(u64::try_from(next - now).unwrap_or_default().max(1000)).min(POLL)
                });
                return Ok((Vec::new(), pause));
            };
            match self.append(&mut inner, entry).await? {
                Appended::Applied(applied) => {
                    inner.come_to(count);
                    if applied.given.is_empty() {
                        continue;
                    }
                    let round = inner.journal.state().round;
                    let deliveries = inner.deliver(streams, applied.given, round).await;
                    return Ok((deliveries, Duration::ZERO));
                }
                // The others have to get on, too.
                Appended::Outrun => tokio::task::yield_now().await,
            }
        }
    }

    pub(super) async fn extend(&self, leases: &[Lease], lease: Duration) -> Result<Vec<bool>, BusError> {
        let streams = self.line.streams().await?;
        let mut inner = self.inner.lock().await;
        self.catch_up(&mut inner).await?;
        loop {
            let held = |held: &Lease| {
                let seq = seq(held);
                inner.journal.state().holds(seq, held.token).then_some((seq, held.token))
            };
            let wanted: Vec<Option<(u64, i64)>> = leases.iter().map(held).collect();
            let leases: Vec<(u64, i64)> = wanted.iter().flatten().copied().collect();
            if leases.is_empty() {
                return Ok(vec![false; wanted.len()]);
            }
            let until = streams.now().saturating_add(micros(lease));
            if let Appended::Applied(_) = self.append(&mut inner, Entry::Extend { until, leases }).await? {
                return Ok(wanted.iter().map(Option::is_some).collect());
            }
        }
    }

    pub(super) async fn finish(&self, finishes: &[Finish]) -> Result<Vec<bool>, BusError> {
        let streams = self.line.streams().await?;
        let mut inner = self.inner.lock().await;
        self.catch_up(&mut inner).await?;
        loop {
            let mut seen = HashSet::new();
            let holds = |finish: &Finish| {
                let seq = seq(&finish.lease);
                inner.journal.state().holds(seq, finish.lease.token) && seen.insert(seq)
            };
            let held: Vec<bool> = finishes.iter().map(holds).collect();
            let ended = || finishes.iter().zip(&held).filter(|(_, held)| **held).map(|(finish, _)| finish);
            if !held.contains(&true) {
                return Ok(held);
            }
            self.letters(&mut inner, streams, ended()).await?;
            let ending = |finish: &Finish| {
                let ending = match &finish.outcome {
                    Outcome::Succeeded(_) | Outcome::Expired | Outcome::Failed(_) => Ending::Done,
                    Outcome::Retry(moment, _) | Outcome::Postponed(moment, _) => {
                        Ending::Retry(streams.moment(*moment))
                    }
                    Outcome::Returned => Ending::Returned,
                };
                (seq(&finish.lease), finish.lease.token, ending)
            };
            let endings: Vec<_> = ended().map(ending).collect();
            let done: Vec<u64> = endings
                .iter()
                .filter(|(_, _, ending)| *ending == Ending::Done)
                .map(|(seq, ..)| *seq)
                .collect();
            let entry = Entry::Finish { now: streams.now(), endings };
            if let Appended::Applied(_) = self.append(&mut inner, entry).await? {
                for seq in done {
                    inner.bodies.remove(&seq);
                }
                drop(inner);
                self.wake.notify_waiters();
                return Ok(held);
            }
        }
    }

    /// Writes the letters of what is given up, and deletes those that a process which died may have left of what ends well.
    async fn letters<'a>(
        &self,
        inner: &mut Inner,
        streams: &Streams,
        finishes: impl Iterator<Item = &'a Finish>,
    ) -> Result<(), BusError> {
        for finish in finishes {
            let seq = seq(&finish.lease);
            let Some(open) = inner.journal.state().open().get(&seq).cloned() else { continue };
            match &finish.outcome {
                Outcome::Failed(failure) => {
                    let body = inner.body(streams, seq).await?;
                    letters::write(&self.line, &self.name, (seq, &open), &body, failure).await?;
                }
                Outcome::Succeeded(_) | Outcome::Expired if open.attempts > 1 || open.again => {
                    letters::purge(&self.line, &self.name, Some(seq)).await?;
                }
                Outcome::Succeeded(_)
                | Outcome::Expired
                | Outcome::Retry(..)
                | Outcome::Postponed(..)
                | Outcome::Returned => {}
            }
        }
        Ok(())
    }

    pub(super) async fn revive(&self, ids: Option<&[String]>) -> Result<u64, BusError> {
        let streams = self.line.streams().await?;
        let (mut count, mut after) = (0, 0);
        loop {
            let mut inner = self.inner.lock().await;
            inner.journal.read().await?;
            let (mut found, last) =
                letters::list(&self.line, &self.name, inner.journal.state(), STEP, after).await?;
            if found.is_empty() {
                return Ok(count);
            }
            found.retain(|found| ids.is_none_or(|ids| ids.contains(&found.shown.id)));
            let letters: Vec<_> = found.iter().map(|letter| (letter.seq, letter.key, letter.token)).collect();
            if !letters.is_empty() {
                let entry = Entry::Revive { now: streams.now(), letters };
                if let Appended::Outrun = self.append(&mut inner, entry).await? {
                    continue;
                }
            }
            drop(inner);
            letters::delete(&self.line, &found).await?;
            count += found.len() as u64;
            after = last;
            self.wake.notify_waiters();
        }
    }
}

fn seq(lease: &Lease) -> u64 {
    u64::try_from(place(lease.id)).unwrap_or_default()
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl Inner {
    /// Follows the stream for what the group listens to now. Where the stream ends before the group, says where.
    fn read_ahead(&mut self, line: &Arc<Line>, wake: &Arc<Notify>) -> Option<u64> {
        let state = self.journal.state();
        if self
            .tail
            .as_ref()
            .is_none_or(|tail| tail.began != state.first_token() || tail.types != state.types)
        {
            self.ahead.clear();
            self.tail = Some(Tail::start(line, wake, &state.types, state.first_token(), state.position));
        }
        while self.ahead.front().is_some_and(|(seq, _)| *seq <= state.position) {
            self.ahead.pop_front();
        }
        let Some(tail) = &mut self.tail else { return None };
        while self.ahead.len() < STEP {
            match tail.next.try_recv() {
                Ok(Next::Event(seq, arrived)) if seq > state.position => {
                    self.ahead.push_back((seq, *arrived));
                }
                Ok(Next::EndsAt(last)) if last < state.position => return Some(last),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        None
    }

    /// What the group does next, and how much of what was read ahead it comes to; `None` where there is nothing to do.
    fn next_entry(&self, take: &Take<'_>, now: i64) -> Option<(Entry, usize)> {
        let state = self.journal.state();
        let mut given = state.due(now, take.limit);
        let (mut opened, mut keys, mut count) = (Vec::new(), HashSet::new(), 0);
        let mut position = state.position;
        for (seq, arrived) in &self.ahead {
            if given >= take.limit || state.open().len() + opened.len() >= WINDOW {
                break;
            }
            (position, count) = (*seq, count + 1);
            // What says another type than its subject is not for the group.
            if arrived.event.as_ref().is_ok_and(|event| !state.types.contains(&event.kind)) {
                continue;
            }
            let key = arrived.key();
            if !state.open().contains_key(seq) && key.is_none_or(|key| state.is_free(key) && keys.insert(key))
            {
                given += 1;
            }
            opened.push(Opened { seq: *seq, key });
        }
        if given == 0 && count == 0 {
            return None;
        }
        let lease = micros(take.lease);
        Some((Entry::Take { now, lease, limit: take.limit, position, opened }, count))
    }

    /// Keeps the bodies of what it has come to.
    fn come_to(&mut self, count: usize) {
        for (seq, arrived) in self.ahead.drain(..count) {
            if self.bodies.len() < KEPT && self.journal.state().open().contains_key(&seq) {
                self.bodies.insert(seq, arrived);
            }
        }
        if self.bodies.len() >= KEPT {
            let state = self.journal.state();
            self.bodies.retain(|seq, _| state.open().contains_key(seq));
        }
    }

    async fn body(&self, streams: &Streams, seq: u64) -> Result<Arrived, BusError> {
        if let Some(arrived) = self.bodies.get(&seq) {
            return Ok(arrived.clone());
        }
        if let Some(message) = there(streams.events.direct_get(seq).await)? {
            return Ok(Arrived::new(message.headers, message.payload));
        }
        let event = Err(Unreadable("the bus does not remember it any more".to_owned()));
        Ok(Arrived { event, headers: async_nats::HeaderMap::new(), payload: bytes::Bytes::new() })
    }

    /// What can't be read at the moment stays claimed, and comes again when its lease has run out.
    async fn deliver(&self, streams: &Streams, given: Vec<(u64, i64, u32)>, round: i64) -> Vec<Delivery> {
        let bodies = join_all(given.iter().map(|(seq, ..)| self.body(streams, *seq))).await;
        let deliver = |((seq, token, attempts), body): ((u64, i64, u32), Result<Arrived, BusError>)| {
            let lease = Lease { id: lease_id(i64::try_from(seq).ok()?), token };
            let event = body.ok()?.event.map_err(|why| Received { why });
            Some(Delivery { lease, attempts, round, event })
        };
        given.into_iter().zip(bodies).filter_map(deliver).collect()
    }
}

/// Notices what other processes do.
async fn listen(line: Arc<Line>, subject: String, from: Arc<str>, stale: Arc<AtomicBool>, wake: Arc<Notify>) {
    // Where it can't be listened, it is looked for once in a while.
    let Ok(mut hints) = line.client().subscribe(subject).await else { return };
    while let Some(hint) = hints.next().await {
        let who = hint.headers.as_ref().and_then(|headers| headers.get(FROM));
        if who.is_none_or(|who| who.as_str() != &*from) {
            stale.store(true, Ordering::Release);
            wake.notify_waiters();
        }
    }
}
