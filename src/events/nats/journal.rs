//! The journal of a group: all that it has done, as messages of one subject. Each says which one it follows, and the server
//! takes it only if that is the last. So every process that takes part in a group has the same state, or is told that it
//! has not.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;

use super::entry::Entry;
use super::line::{Line, Streams, away, there};
use super::state::{Applied, State};
use crate::events::bus::BusError;

/// What the message follows: the name that `JetStream` gives it.
const FOLLOWS: &str = "Nats-Expected-Last-Subject-Sequence";
/// Which kind of entry it is.
const ENTRY: &str = "Fourfold-Entry";
/// Who wrote it.
pub(super) const FROM: &str = "Fourfold-From";
/// A state is written in place of entries that are longer than twice of it, or more than so many bytes, ..
const BYTES: usize = 64 * 1024;
/// .. or so many entries.
const ENTRIES: usize = 1000;

/// The journal of a group as far as it was read.
pub(super) struct Journal {
    line: Arc<Line>,
    subject: String,
    from: Arc<str>,
    /// The last entry; 0 where there is none.
    last: u64,
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
        let (line, subject, from) = (Arc::clone(line), line.place.group(group), Arc::clone(from));
        Self { line, subject, from, last: 0, state: State::default(), entries: 0, bytes: 0, whole: 0 }
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Reads what others have written since.
    pub(super) async fn read(&mut self) -> Result<(), BusError> {
        let groups = &self.line.streams().await?.groups;
        let Some(newest) = there(groups.direct_get_last_for_subject(&self.subject).await)? else {
            self.last = 0;
            return Err(BusError::NoGroup);
        };
        if newest.sequence <= self.last {
            return Ok(());
        }
        let follows = header(&newest.headers, FOLLOWS).and_then(|last| last.parse::<u64>().ok());
        if is_state(&newest) || (self.last > 0 && follows == Some(self.last)) {
            return self.apply_read(&newest);
        }
        let mut begun = self.last > 0;
        while self.last < newest.sequence {
            let groups = &self.line.streams().await?.groups;
            let next = groups.direct_get_next_for_subject(&self.subject, Some(self.last + 1)).await;
            let Some(next) = there(next)? else {
                // It was forgotten, or made anew, meanwhile.
                self.last = 0;
                return Err(BusError::NoGroup);
            };
            begun |= is_state(&next);
            if begun {
                self.apply_read(&next)?;
            } else {
                // Before the state that it begins with: about to go.
                self.last = next.sequence;
            }
        }
        Ok(())
    }

    fn apply_read(&mut self, message: &StreamMessage) -> Result<(), BusError> {
        let word = header(&message.headers, ENTRY).unwrap_or_default();
        let Some(entry) = Entry::read(word, &message.payload) else {
            return Err(BusError::Internal(format!(
                "`{word}` in {} is not understood: a later version of fourfold works on this group, or others write there",
                self.subject
            )));
        };
        self.apply(message.sequence, entry, message.payload.len());
        Ok(())
    }

    fn apply(&mut self, sequence: u64, entry: Entry, length: usize) -> Applied {
        self.last = sequence;
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
        headers.insert(FROM, &*self.from);
        self.line.streams().await?;
        let context = self.line.context();
        let sent = context.publish_with_headers(self.subject.clone(), headers, Bytes::from(body)).await;
        let taken = match sent {
            Ok(ack) => ack.await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(ack) => {
                let applied = self.apply(ack.sequence, entry, length);
                self.shorten().await;
                Ok(Appended::Applied(applied))
            }
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                let before = self.last;
                self.read().await?;
                if self.last == before {
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
        self.last = 0;
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
        if let Ok(Appended::Applied(_)) = Box::pin(self.append(state)).await
            && let Ok(Streams { groups, .. }) = self.line.streams().await
        {
            let purge = groups.purge().filter(self.subject.clone()).sequence(self.last);
            if let Err(error) = purge.await {
                tracing::debug!(%error, "a journal of a group stays long");
            }
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

fn is_state(message: &StreamMessage) -> bool {
    header(&message.headers, ENTRY) == Some("state")
}
