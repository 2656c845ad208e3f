//! A group that this process takes part in.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::ahead::{Ahead, STEP};
use super::entry::{Ending, Entry};
use super::journal::{Appended, ID, Journal};
use super::letters;
use super::line::{Line, too_slow};
use super::state::{Applied, State};
use crate::events::bus::{BusError, Delivery, Take};
use crate::events::order::place;
use crate::events::turns::{Turns, until};
use crate::tasks::{Finish, Lease, Outcome};

/// How long others may do something unnoticed, where their hint is lost.
const POLL: Duration = Duration::from_secs(1);

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
    /// How often the connection had broken when the journal was read: a server that was started again may have lost its end.
    breaks: u64,
    ahead: Ahead,
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
            breaks: 0,
            ahead: Ahead::default(),
        };
        Self { name: name.to_owned(), line: Arc::clone(line), inner: Mutex::new(inner), stale, wake, hints }
    }

    /// Reads what others have done, where they may have done something.
    async fn catch_up(&self, inner: &mut Inner) -> Result<(), BusError> {
        let breaks = self.line.breaks();
        let stale = self.stale.swap(false, Ordering::AcqRel);
        if stale || inner.breaks != breaks || inner.read_at.elapsed() > POLL {
            // Until it has been read, whatever becomes of this.
            self.stale.store(true, Ordering::Release);
            inner.journal.read().await?;
            self.stale.store(false, Ordering::Release);
            (inner.read_at, inner.breaks) = (Instant::now(), breaks);
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

    /// Writes what is to be done as the group is now, again where another process was faster; `None` where there is nothing to
    /// be done.
    async fn write(
        &self,
        inner: &mut Inner,
        entry: impl Fn(&Inner) -> Option<Entry>,
    ) -> Result<Option<Applied>, BusError> {
        let deadline = Instant::now() + self.line.patience;
        while let Some(entry) = entry(inner) {
            if let Appended::Applied(applied) = self.append(inner, entry).await? {
                return Ok(Some(applied));
            }
            self.is_in_time(deadline)?;
        }
        Ok(None)
    }

    fn is_in_time(&self, deadline: Instant) -> Result<(), BusError> {
        if Instant::now() < deadline { Ok(()) } else { Err(too_slow(&format!("the group {}", self.name))) }
    }

    /// Does something once, whoever else does something meanwhile.
    async fn does(&self, entry: impl Fn() -> Entry) -> Result<(), BusError> {
        let mut inner = self.inner.lock().await;
        inner.journal.read().await?;
        self.write(&mut inner, |_| Some(entry())).await?;
        drop(inner);
        self.wake.notify_waiters();
        Ok(())
    }

    /// How it stands now.
    pub(super) async fn state(&self) -> Result<State, BusError> {
        let mut inner = self.inner.lock().await;
        inner.journal.read().await?;
        Ok(inner.journal.state().clone())
    }

    pub(super) async fn seek(&self, position: u64) -> Result<(), BusError> {
        self.does(|| Entry::Seek(position)).await
    }

    pub(super) async fn types(&self, types: &[String]) -> Result<(), BusError> {
        self.does(|| Entry::Types(types.to_vec())).await
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
        let deadline = Instant::now() + self.line.patience;
        let mut inner = self.inner.lock().await;
        loop {
            self.catch_up(&mut inner).await?;
            let Inner { journal, ahead, .. } = &mut *inner;
            if !ahead.read(&self.line, &self.wake, journal.state()) {
                tracing::warn!(group = self.name, "the stream of events has lost what the group had come to");
                self.append(&mut inner, Entry::Lost).await?;
                continue;
            }
            let now = streams.now();
            let Some((entry, count)) = ahead.entry(journal.state(), take, now) else {
                let next = journal.state().turns.next_moment();
                let pause = next.map_or(POLL, |next| {
                    Duration::from_micros(u64::try_from(next - now).unwrap_or_default().max(1000)).min(POLL)
                });
                return Ok((Vec::new(), pause));
            };
            if let Appended::Applied(applied) = self.append(&mut inner, entry).await? {
                let Inner { journal, ahead, .. } = &mut *inner;
                ahead.come_to(count, journal.state());
                if !applied.given.is_empty() {
                    let round = journal.state().round;
                    return Ok((ahead.deliver(streams, applied.given, round).await, Duration::ZERO));
                }
            } else {
                self.is_in_time(deadline)?;
                // The others have to get on, too.
                tokio::task::yield_now().await;
            }
        }
    }

    pub(super) async fn extend(&self, leases: &[Lease], lease: Duration) -> Result<Vec<bool>, BusError> {
        let streams = self.line.streams().await?;
        let mut inner = self.inner.lock().await;
        self.catch_up(&mut inner).await?;
        let until = until(streams.now(), lease);
        let extend = |inner: &Inner| {
            let turns = &inner.journal.state().turns;
            let held = leases.iter().filter(|lease| turns.holds(seq(lease), lease.token));
            let leases: Vec<(u64, i64)> = held.map(|lease| (seq(lease), lease.token)).collect();
            (!leases.is_empty()).then_some(Entry::Extend { until, leases })
        };
        self.write(&mut inner, extend).await?;
        let turns = &inner.journal.state().turns;
        let is_held = |(seq, token)| turns.holds(seq, token) || turns.is_promised(seq, token);
        Ok(leases.iter().map(|lease| is_held((seq(lease), lease.token))).collect())
    }

    pub(super) async fn finish(&self, finishes: &[Finish]) -> Result<Vec<bool>, BusError> {
        let streams = self.line.streams().await?;
        let deadline = Instant::now() + self.line.patience;
        let mut inner = self.inner.lock().await;
        self.catch_up(&mut inner).await?;
        loop {
            let held = held(&inner.journal.state().turns, finishes);
            let ended = || finishes.iter().zip(&held).filter(|(_, held)| **held).map(|(finish, _)| finish);
            if !held.contains(&true) {
                return Ok(held);
            }
            self.letters(&inner, ended()).await?;
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
            let entry = Entry::Finish { now: streams.now(), endings };
            if let Appended::Applied(_) = self.append(&mut inner, entry).await? {
                drop(inner);
                self.wake.notify_waiters();
                return Ok(held);
            }
            self.is_in_time(deadline)?;
        }
    }

    /// Writes the letters of what is given up, and deletes those that a process which died may have left of what ends well.
    async fn letters<'a>(
        &self,
        inner: &Inner,
        finishes: impl Iterator<Item = &'a Finish>,
    ) -> Result<(), BusError> {
        for finish in finishes {
            let seq = seq(&finish.lease);
            let Some(open) = inner.journal.state().turns.open().get(&seq).cloned() else { continue };
            match &finish.outcome {
                Outcome::Failed(failure) => {
                    letters::write(&self.line, &self.name, (seq, &open), failure).await?;
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
        let deadline = Instant::now() + self.line.patience;
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
                    self.is_in_time(deadline)?;
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

/// Which ends of deliveries count, one after the other.
fn held(turns: &Turns<u64, u64>, finishes: &[Finish]) -> Vec<bool> {
    // For good, or not.
    let mut ended = HashMap::with_capacity(finishes.len());
    let holds = |finish: &Finish| {
        let seq = seq(&finish.lease);
        let is_free = |before| ended.get(&before) == Some(&true);
        let holds = turns.holds_after(seq, finish.lease.token, is_free) && !ended.contains_key(&seq);
        if holds {
            ended.insert(seq, finish.outcome.is_final());
        }
        holds
    };
    finishes.iter().map(holds).collect()
}

fn seq(lease: &Lease) -> u64 {
    u64::try_from(place(lease.id)).unwrap_or_default()
}

/// Notices what other processes do.
async fn listen(line: Arc<Line>, subject: String, from: Arc<str>, stale: Arc<AtomicBool>, wake: Arc<Notify>) {
    // Where it can't be listened, it is looked for once in a while.
    let Ok(mut hints) = line.client().subscribe(subject).await else { return };
    while let Some(hint) = hints.next().await {
        let id = hint.headers.as_ref().and_then(|headers| headers.get(ID));
        if id.is_none_or(|id| !id.as_str().starts_with(&*from)) {
            stale.store(true, Ordering::Release);
            wake.notify_waiters();
        }
    }
}
