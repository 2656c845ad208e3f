//! The connection, made anew when it is asked for and broken. Calls share it: they go out one after the other without waiting
//! for answers.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, PushInfo, PushKind, RedisError, Script, ServerErrorKind, Value,
};
use tokio::time::{Instant, timeout};

use super::Use;
use super::place::Place;
use super::safety::Safety;
use super::wake::Wakes;

/// How long it is not tried again after a connection could not be made.
const PAUSE: Duration = Duration::from_millis(200);

/// How long opening waits for the server's first answer, at most.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// Why something was not done.
#[derive(Clone, Debug)]
pub(crate) enum Mistake {
    /// The server is away, full or too slow; whether it was done is not known where it was underway.
    Unavailable(String),
    /// It is not what it has to be; the sentence says what to do.
    Unsupported(String),
    /// It refuses, or there is a defect.
    Internal(String),
}

pub(crate) struct Line {
    place: Place,
    patience: Duration,
    used: Use,
    pub(super) wakes: Arc<Wakes>,
    safety: Safety,
    current: tokio::sync::Mutex<Current>,
}

#[derive(Default)]
struct Current {
    open: Option<Arc<Open>>,
    failed: Option<(Instant, Mistake)>,
}

/// A connection.
struct Open {
    connection: MultiplexedConnection,
    down: Arc<AtomicBool>,
    /// Whether hints come on it.
    listens: AtomicBool,
}

impl Open {
    fn is_up(&self) -> bool {
        !self.down.load(Ordering::Acquire)
    }

    fn is_down(&self) {
        self.down.store(true, Ordering::Release);
    }
}

impl Line {
    /// Of a URL. What is wrong with a server that answers is said at once; one that is away is looked for with every call.
    pub(crate) async fn begin(url: &str, patience: Duration, used: Use) -> Result<Self, Mistake> {
        let line = Self {
            place: Place::of(url, used)?,
            patience,
            used,
            wakes: Arc::default(),
            safety: Safety::default(),
            current: tokio::sync::Mutex::default(),
        };
        let what = used.what;
        match timeout(FIRST_LOOK, line.open()).await {
            Ok(Ok(_)) => {}
            Ok(Err(Mistake::Unavailable(why))) => tracing::warn!(why, "{what} wait for Redis"),
            Ok(Err(error)) => return Err(error),
            Err(_) => tracing::warn!("{what} wait for Redis, which does not answer"),
        }
        Ok(line)
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.place.prefix
    }

    /// The connection; a new one where there is none.
    async fn open(&self) -> Result<Arc<Open>, Mistake> {
        let mut current = self.current.lock().await;
        if let Some(open) = current.open.as_ref().filter(|open| open.is_up()) {
            return Ok(Arc::clone(open));
        }
        if let Some((since, error)) = &current.failed
            && since.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        current.open = None;
        let made = timeout(self.patience, self.connect()).await.unwrap_or_else(|_| Err(self.silent()));
        match made {
            Ok(open) => {
                let open = Arc::new(open);
                *current = Current { open: Some(Arc::clone(&open)), failed: None };
                Ok(open)
            }
            Err(error) => {
                current.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Open, Mistake> {
        let down = Arc::new(AtomicBool::default());
        let (broken, wakes) = (Arc::clone(&down), Arc::downgrade(&self.wakes));
        let config = AsyncConnectionConfig::new()
            // The patience of each call is the caller's.
            .set_response_timeout(None)
            .set_connection_timeout(Some(self.patience))
            .set_push_sender(move |push: PushInfo| {
                hear(&push, &broken, &wakes);
                Ok::<(), redis::aio::SendError>(())
            });
        let connection = self.place.client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = connection.await.map_err(|error| refused(&error))?;
        self.safety.look(&mut connection, self.used.what).await?;
        Ok(Open { connection, down, listens: AtomicBool::default() })
    }

    /// Has hints come on the connection.
    pub(super) async fn listen(&self) -> Result<(), Mistake> {
        let open = self.open().await?;
        if open.listens.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let channel = format!("{}:{}", self.place.prefix, self.used.channel);
        let mut connection = open.connection.clone();
        match timeout(self.patience, connection.subscribe(channel)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "no hints come: who waits looks by itself"),
            Err(_) => {
                open.is_down();
                return Err(self.silent());
            }
        }
        Ok(())
    }

    /// Runs a script with arguments that are written behind the prefix.
    pub(crate) async fn run(
        &self,
        script: &Script,
        size: (usize, usize),
        write: impl FnOnce(&mut Cmd),
    ) -> Result<Value, Mistake> {
        let mut command = Cmd::with_capacity(4 + size.0, 100 + size.1);
        command.arg("EVALSHA").arg(script.get_hash()).arg(1).arg(self.prefix());
        write(&mut command);
        self.ask(&command, Some(script)).await
    }

    /// Writes, to see whether the server takes anything: one that is full, a replica or without its disk answers too.
    pub(crate) async fn ready(&self, key: &str) -> Result<(), Mistake> {
        let mut command = redis::cmd("SET");
        command.arg(format!("{}:{key}", self.prefix())).arg("");
        self.ask(&command, None).await.map(|_| ())
    }

    /// Asks the server, once: whether it was done is not known where no answer comes.
    pub(crate) async fn ask(&self, command: &Cmd, script: Option<&Script>) -> Result<Value, Mistake> {
        let begin = Instant::now();
        let open = timeout(self.patience, self.open()).await.unwrap_or_else(|_| Err(self.silent()))?;
        let mut connection = open.connection.clone();
        let asked = async {
            let answer = command.query_async(&mut connection).await;
            match script {
                Some(script) if answer.as_ref().is_err_and(is_forgotten) => {
                    script.load_async(&mut connection).await?;
                    command.query_async(&mut connection).await
                }
                _ => answer,
            }
        };
        match timeout(self.patience.saturating_sub(begin.elapsed()), asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if error.is_unrecoverable_error() {
                    open.is_down();
                }
                Err(refused(&error))
            }
            Err(_) => {
                // It may be broken without having said so.
                open.is_down();
                Err(self.silent())
            }
        }
    }

    fn silent(&self) -> Mistake {
        Mistake::Unavailable(format!("Redis did not answer within {:?}", self.patience))
    }

    pub(crate) async fn close(&self) {
        self.current.lock().await.open = None;
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("prefix", &self.place.prefix).finish_non_exhaustive()
    }
}

fn hear(push: &PushInfo, down: &AtomicBool, wakes: &Weak<Wakes>) {
    let Some(wakes) = wakes.upgrade() else { return };
    match (&push.kind, &push.data[..]) {
        (PushKind::Message, [_, Value::BulkString(name)]) => wakes.wake(&String::from_utf8_lossy(name)),
        (PushKind::Disconnection, _) => {
            down.store(true, Ordering::Release);
            wakes.all();
        }
        _ => {}
    }
}

fn is_forgotten(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// What a server says that will be able to at another time: it reads its files, runs another script, is a replica, is full,
/// can't write to its disk, lacks replicas, or is about to change.
const LATER: [&str; 9] =
    ["LOADING", "BUSY", "READONLY", "OOM", "MISCONF", "NOREPLICAS", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN"];

pub(crate) fn refused(error: &RedisError) -> Mistake {
    let text = match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    };
    // Before version 7 the code of what a command within a script said is in the text alone.
    let says = |word: &str| text.starts_with(&format!("{word} ")) || text.contains(&format!("-{word} "));
    let later = LATER.into_iter().any(says);
    match error.kind() {
        _ if later => Mistake::Unavailable(format!("Redis: {text}")),
        ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask | ServerErrorKind::CrossSlot) => {
            Mistake::Internal(format!(
                "Redis Cluster is not spoken to; name the node that has the keys: {text}"
            ))
        }
        ErrorKind::RESP3NotSupported => Mistake::Unsupported(
            "Redis has to be version 6 or newer, or what speaks RESP3 as it does".to_owned(),
        ),
        ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::AuthenticationFailed => {
            Mistake::Internal(format!("Redis refuses: {text}"))
        }
        _ => Mistake::Unavailable(format!("Redis: {text}")),
    }
}
