//! The connections, the streams, and the clock of the server.

use std::time::{Duration, Instant};

use async_nats::Client;
use async_nats::connection::State as Connected;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, Info, pull};
use async_nats::jetstream::stream::{Config, DirectGetError, DirectGetErrorKind, Stream};
use async_nats::jetstream::{Context, message::StreamMessage};
use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::place::Place;
use super::wire::Wire;
use crate::events::bus::{BusError, BusOptions};

/// How long an event is remembered by source and id, so that it is taken once. The server keeps those ids in memory.
const REMEMBERED: Duration = Duration::from_mins(10);
/// How long the server keeps a reader that gives no sign of life.
const INACTIVE: Duration = Duration::from_secs(30);
/// From this version on, none is known to lose what it has acknowledged when it is killed.
const SOUND: (i64, i64, i64) = (2, 10, 23);

/// What was there when it was connected for the first time.
pub(super) struct Streams {
    pub(super) events: Stream,
    pub(super) groups: Stream,
    pub(super) dead: Stream,
    clock: Clock,
}

/// The clock of the server, by which leases run: those of several machines differ.
struct Clock {
    then: DateTime<Utc>,
    at: Instant,
}

/// A place in the stream of events, and when the server took what is there: after a loss another event may be in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) seq: u64,
    /// Nanoseconds; 0 where it is not known.
    pub(super) taken: i64,
}

impl Mark {
    pub(super) fn new(seq: u64, taken: DateTime<Utc>) -> Self {
        Self { seq, taken: taken.timestamp_nanos_opt().unwrap_or_default() }
    }

    /// A place alone.
    pub(super) const fn at(seq: u64) -> Self {
        Self { seq, taken: 0 }
    }
}

/// The connections of a bus.
pub(super) struct Line {
    pub(super) place: Place,
    pub(super) patience: Duration,
    wire: Wire,
    reading: OnceCell<Wire>,
    migrate: bool,
    streams: OnceCell<Streams>,
}

/// What was tried again and again for as long as a call may take.
pub(super) fn too_slow(what: &str) -> BusError {
    BusError::Unavailable(format!("NATS: others were always faster in {what}"))
}

pub(super) fn away(error: &impl std::fmt::Display) -> BusError {
    BusError::Unavailable(format!("NATS: {error}"))
}

/// What is not there is `None`.
pub(super) fn there(got: Result<StreamMessage, DirectGetError>) -> Result<Option<StreamMessage>, BusError> {
    match got {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
        Err(error) => Err(away(&error)),
    }
}

impl Line {
    pub(super) async fn open(options: &BusOptions) -> Result<Self, BusError> {
        let place = Place::read(&options.url)?;
        let wire = Wire::open(&place, options.patience, "").await?;
        let (patience, migrate) = (options.patience, options.migrate);
        Ok(Self { place, patience, wire, reading: OnceCell::new(), migrate, streams: OnceCell::new() })
    }

    pub(super) fn client(&self) -> &Client {
        &self.wire.client
    }

    pub(super) fn context(&self) -> &Context {
        &self.wire.context
    }

    /// The connection on which events are read. It has no other use: who waits for an answer would wait behind events.
    pub(super) async fn reading(&self) -> Result<&Wire, BusError> {
        self.reading.get_or_try_init(|| Wire::open(&self.place, self.patience, " reads events")).await
    }

    /// How often the connection has broken.
    pub(super) fn breaks(&self) -> u64 {
        *self.wire.breaks.borrow()
    }

    /// Does something, and is refused as soon as the connection breaks.
    pub(super) async fn unbroken<T>(
        &self,
        work: impl Future<Output = Result<T, BusError>>,
    ) -> Result<T, BusError> {
        self.wire.unbroken(work).await
    }

    pub(super) async fn close(&self) {
        for wire in [Some(&self.wire), self.reading.get()].into_iter().flatten() {
            // Where it is broken there is nothing to close.
            let _ = wire.client.drain().await;
        }
    }

    /// Whether a consumer may have several filters.
    pub(super) fn filters_by_many(&self) -> bool {
        self.wire.client.is_server_compatible(2, 10, 0)
    }

    /// The streams, made where they are missing and that is asked for. Refused while there is no connection: what is sent then
    /// would be done some time later.
    pub(super) async fn streams(&self) -> Result<&Streams, BusError> {
        if self.wire.client.connection_state() != Connected::Connected {
            self.connected().await?;
        }
        self.streams.get_or_try_init(|| self.prepare()).await
    }

    /// Waits for the first connection; one that breaks later is refused at once.
    async fn connected(&self) -> Result<(), BusError> {
        let deadline = Instant::now() + self.patience;
        loop {
            // Before looking whether there was one: another call may have waited for it too.
            let was_there = self.streams.get().is_some();
            if self.wire.client.connection_state() == Connected::Connected {
                return Ok(());
            }
            if was_there || Instant::now() >= deadline {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(BusError::Unavailable("NATS: there is no connection".to_owned()))
    }

    async fn prepare(&self) -> Result<Streams, BusError> {
        let (major, minor, patch) = SOUND;
        // The client says that it is connected before it says to what.
        let deadline = Instant::now() + self.patience;
        while self.wire.client.server_info().version.is_empty() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if !self.wire.client.is_server_compatible(2, 9, 0) {
            let sentence =
                "FOURFOLD_EVENTS_URL: this NATS is too old; events need 2.9 at least, and 2.10.23 is advised";
            return Err(BusError::Unsupported(sentence.to_owned()));
        }
        if !self.wire.client.is_server_compatible(major, minor, patch) {
            tracing::warn!(
                version = self.wire.client.server_info().version,
                "this NATS may lose events that it has acknowledged when it is killed: use 2.10.23 or later"
            );
        }
        // All three at once, and where several fail it is always the same one of which is told.
        let (events, groups, dead) = tokio::join!(
            self.stream("events", |config| config.duplicate_window = REMEMBERED),
            self.stream("groups", |_| {}),
            self.stream("dead", |config| config.max_messages_per_subject = 1),
        );
        let (events, groups, dead) = (events?, groups?, dead?);
        let before = Instant::now();
        let probed = probe(&events, DeliverPolicy::New, String::new()).await?;
        let at = before + before.elapsed() / 2;
        Ok(Streams { events, groups, dead, clock: Clock { then: probed.created, at } })
    }

    async fn stream(&self, of: &str, set: impl FnOnce(&mut Config)) -> Result<Stream, BusError> {
        let name = self.place.stream(of);
        let mut config = Config {
            name: name.clone(),
            subjects: vec![self.place.subjects(of)],
            num_replicas: self.place.replicas,
            allow_direct: true,
            ..Config::default()
        };
        set(&mut config);
        let stream = if self.migrate {
            self.wire.context.get_or_create_stream(config).await.map_err(|error| away(&error))?
        } else {
            self.wire.context.get_stream(&name).await.map_err(|error| {
                let sentence = "make it, or let FOURFOLD_MIGRATE=on do it";
                BusError::Unavailable(format!("NATS: there is no stream `{name}` ({error}): {sentence}"))
            })?
        };
        if !stream.cached_info().config.allow_direct {
            let sentence = format!("the stream `{name}` of NATS must allow direct reads (`allow_direct`)");
            return Err(BusError::Internal(sentence));
        }
        Ok(stream)
    }
}

impl Streams {
    /// Now, in microseconds.
    pub(super) fn now(&self) -> i64 {
        let since = i64::try_from(self.clock.at.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.clock.then.timestamp_micros().saturating_add(since)
    }

    /// A moment of this process by the clock of the server.
    pub(super) fn moment(&self, moment: DateTime<Utc>) -> i64 {
        let ahead = (moment - Utc::now()).num_microseconds().unwrap_or(i64::MAX);
        self.now().saturating_add(ahead)
    }

    /// The last event before a moment.
    pub(super) async fn before(&self, moment: DateTime<Utc>) -> Result<u64, BusError> {
        let policy = DeliverPolicy::ByStartTime { start_time: moment };
        let probed = probe(&self.events, policy, String::new()).await?;
        Ok(probed.delivered.stream_sequence)
    }

    /// How many events of a subject come after a place.
    pub(super) async fn count(&self, after: u64, filter: String) -> Result<u64, BusError> {
        let policy = DeliverPolicy::ByStartSequence { start_sequence: after + 1 };
        Ok(probe(&self.events, policy, filter).await?.num_pending)
    }

    /// Whether what was once seen at a place is still there, or was before it was forgotten as old.
    pub(super) async fn has(&self, mark: Mark) -> Result<bool, BusError> {
        if mark.seq == 0 {
            return Ok(true);
        }
        Ok(match there(self.events.direct_get(mark.seq).await)? {
            Some(found) => mark.taken == 0 || Mark::new(mark.seq, found.time) == mark,
            None => self.last().await? >= mark.seq,
        })
    }

    /// The last event of the stream.
    pub(super) async fn last(&self) -> Result<u64, BusError> {
        Ok(self.events.get_info().await.map_err(|error| away(&error))?.state.last_sequence)
    }
}

/// What a consumer would begin with; it goes away at once.
async fn probe(
    stream: &Stream,
    deliver_policy: DeliverPolicy,
    filter_subject: String,
) -> Result<Info, BusError> {
    let config = pull::Config {
        deliver_policy,
        filter_subject,
        ack_policy: AckPolicy::None,
        inactive_threshold: INACTIVE,
        memory_storage: true,
        num_replicas: 1,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(|error| away(&error))?;
    let info = consumer.cached_info().clone();
    // Where this fails, the server forgets it soon.
    let _ = stream.delete_consumer(&info.name).await;
    Ok(info)
}
