//! The journal of a group: all that it has done, as messages of one subject. Each says which one it follows, and the server
//! takes it only if that is the last. So every process that takes part in a group has the same state, or is told that it
//! has not.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use uuid::Uuid;

use super::entry::Entry;
use super::line::{Line, Streams, away, there};
use super::state::{Applied, State};
use crate::events::bus::BusError;

/// What the message follows: the name that `JetStream` gives it.
const FOLLOWS: &str = "Nats-Expected-Last-Subject-Sequence";
/// Which kind of entry it is.
const ENTRY: &str = "Fourfold-Entry";
/// What the entry is known by: who wrote it, and which one of theirs it is.
pub(super) const ID: &str = "Fourfold-Id";
/// The id of the one that it follows. A server that has lost the end of a journal gives its numbers to others.
const AFTER: &str = "Fourfold-After";
/// A state is written in place of entries that are longer than twice of it, or more than so many bytes, ..
const BYTES: usize = 1024 * 1024;
/// .. or so many entries.
const ENTRIES: usize = 1000;

/// The journal of a group as far as it was read.
pub(super) struct Journal {
    line: Arc<Line>,
    subject: String,
    from: Arc<str>,
    /// The last entry; 0 where there is none.
    last: u64,
    /// What that is known by.
    last_id: String,
    /// How many were written here.
    written: u64,
    state: State,
    /// What came after the last state, and how long that was.
    entries: usize,
    bytes: usize,
    whole: usize,
}

/// What came of writing an entry.
pub(super) enum Appended {
    Applied(Applied),
    /// Another process was faster; its entry has been read.
    Outrun,
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(async_nats::HeaderValue::as_str)
}

impl Journal {
    pub(super) fn new(line: &Arc<Line>, group: &str, from: &Arc<str>) -> Self {
        Self {
            line: Arc::clone(line),
            subject: line.place.group(group),
            from: format!("{from}.{}.", Uuid::new_v4().simple()).into(),
            last: 0,
            last_id: String::new(),
            written: 0,
            state: State::default(),
            entries: 0,
            bytes: 0,
            whole: 0,
        }
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn into_state(self) -> State {
        self.state
    }

    /// Reads what others have written since.
    pub(super) async fn read(&mut self) -> Result<(), BusError> {
        let groups = &self.line.streams().await?.groups;
        let Some(newest) = there(groups.direct_get_last_for_subject(&self.subject).await)? else {
            self.last = 0;
            return Err(BusError::NoGroup);
        };
        // A replica may be behind. Where it is the server that has lost its end, it takes nothing more from here, and says so.
        if newest.sequence < self.last || (newest.sequence == self.last && id(&newest) == self.last_id) {
            return Ok(());
        }
        if is_state(&newest) || (newest.sequence > self.last && self.is_next(&newest)) {
            return self.apply_read(&newest);
        }
        if newest.sequence == self.last || !self.read_to(newest.sequence).await? {
            // It has lost its end and got another one.
            self.last = 0;
            if !self.read_to(newest.sequence).await? {
                return Err(BusError::Internal(format!(
                    "the entries of {} don't follow each other",
                    self.subject
                )));
            }
        }
        Ok(())
    }

    /// Reads on, or from the first state where nothing was read; false where an entry does not follow the one before.
    async fn read_to(&mut self, newest: u64) -> Result<bool, BusError> {
        let mut place = self.last;
        while place < newest {
            let groups = &self.line.streams().await?.groups;
            let next = groups.direct_get_next_for_subject(&self.subject, Some(place + 1)).await;
            let Some(next) = there(next)? else {
                // It was forgotten, or made anew, meanwhile.
                self.last = 0;
                return Err(BusError::NoGroup);
            };
            place = next.sequence;
            if is_state(&next) || self.is_next(&next) {
                self.apply_read(&next)?;
            } else if self.last > 0 {
                return Ok(false);
            }
            // Else it is before the state that the journal begins with, and about to go.
        }
        Ok(self.last > 0)
    }

    fn is_next(&self, message: &StreamMessage) -> bool {
        self.last > 0 && header(&message.headers, AFTER) == Some(&self.last_id)
    }

    fn apply_read(&mut self, message: &StreamMessage) -> Result<(), BusError> {
        let word = header(&message.headers, ENTRY).unwrap_or_default();
        let Some(entry) = Entry::read(word, &message.payload) else {
            return Err(BusError::Internal(format!(
                "`{word}` in {} is not understood: a later version of fourfold works on this group, or others write there",
                self.subject
            )));
        };
        self.apply((message.sequence, id(message)), entry, message.payload.len());
        Ok(())
    }

    fn apply(&mut self, (sequence, id): (u64, &str), entry: Entry, length: usize) -> Applied {
        (self.last, self.last_id) = (sequence, id.to_owned());
        if matches!(entry, Entry::State(_)) {
            (self.entries, self.bytes, self.whole) = (0, 0, length);
        } else {
            self.entries += 1;
            self.bytes += length;
        }
        self.state.apply(entry)
    }

    /// Writes what the group does next.
    pub(super) async fn append(&mut self, entry: Entry) -> Result<Appended, BusError> {
        let (word, body) = entry.write().map_err(|error| BusError::Internal(error.to_string()))?;
        let length = body.len();
        let mut headers = HeaderMap::new();
        headers.insert(FOLLOWS, self.last.to_string().as_str());
        headers.insert(ENTRY, word);
        self.written += 1;
        let id = format!("{}{}", self.from, self.written);
        headers.insert(ID, id.as_str());
        headers.insert(AFTER, self.last_id.as_str());
        self.line.streams().await?;
        let context = self.line.context();
        let sent = context.publish_with_headers(self.subject.clone(), headers, Bytes::from(body)).await;
        let taken = match sent {
            Ok(ack) => ack.await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(ack) => {
                let applied = self.apply((ack.sequence, &id), entry, length);
                self.shorten().await;
                Ok(Appended::Applied(applied))
            }
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                let before = (self.last, self.last_id.clone());
                self.read().await?;
                if (self.last, &self.last_id) == (before.0, &before.1) {
                    // Nothing is newer: the server has lost its end, or a replica is behind.
                    self.last = 0;
                    self.read().await?;
                }
                Ok(Appended::Outrun)
            }
            Err(error) => Err(away(&error)),
        }
    }

    /// The first entry of a new group; false where another process was faster.
    pub(super) async fn begin(&mut self, state: State) -> Result<bool, BusError> {
        (self.last, self.last_id) = (0, String::new());
        let begun = self.append(Entry::State(Box::new(state))).await?;
        Ok(matches!(begun, Appended::Applied(_)))
    }

    /// Puts a state in place of the entries, once there are many.
    async fn shorten(&mut self) {
        if self.entries < ENTRIES && self.bytes < BYTES.max(self.whole.saturating_mul(2)) {
            return;
        }
        let state = Entry::State(Box::new(self.state.clone()));
        // Whoever was faster does it next time; what could not be purged now is then.
        if let Ok(Appended::Applied(_)) = Box::pin(self.append(state)).await {
            let (line, subject, last) = (Arc::clone(&self.line), self.subject.clone(), self.last);
            tokio::spawn(async move {
                let Ok(Streams { groups, .. }) = line.streams().await else { return };
                if let Err(error) = groups.purge().filter(subject).sequence(last).await {
                    tracing::debug!(%error, "a journal of a group stays long");
                }
            });
        }
    }

    /// Forgets the group; false where there is none.
    pub(super) async fn forget(&mut self) -> Result<bool, BusError> {
        let groups = &self.line.streams().await?.groups;
        let purged = groups.purge().filter(self.subject.clone()).await.map_err(|error| away(&error))?;
        self.last = 0;
        Ok(purged.purged > 0)
    }
}

fn id(message: &StreamMessage) -> &str {
    header(&message.headers, ID).unwrap_or_default()
}

fn is_state(message: &StreamMessage) -> bool {
    header(&message.headers, ENTRY) == Some("state")
}
