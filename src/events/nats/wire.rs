//! A connection, which is made anew by itself.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::watch;

use super::line::away;
use super::place::{Login, Place};
use crate::events::bus::BusError;

/// The longest pause before it is tried to connect again.
const LONGEST_PAUSE: u64 = 1_000;

/// How long to wait before an attempt to connect; the first, after a break as at the start, is 1 and waits for nothing.
fn pause_before(attempt: usize) -> Duration {
    let failures = attempt.saturating_sub(1) as u64;
    Duration::from_millis(failures.saturating_mul(100).min(LONGEST_PAUSE))
}

/// One connection.
pub(super) struct Wire {
    pub(super) client: Client,
    pub(super) context: Context,
    /// How often it has broken.
    pub(super) breaks: watch::Receiver<u64>,
}

impl Wire {
    /// `what` is for who looks at the connections of a server.
    pub(super) async fn open(place: &Place, patience: Duration, what: &str) -> Result<Self, BusError> {
        let (broken, breaks) = watch::channel(0);
        let mut connect = ConnectOptions::new()
            .name(format!("fourfold {}{what}", std::process::id()))
            // What it writes in journals is no news to it.
            .no_echo()
            .retry_on_initial_connect()
            .connection_timeout(patience)
            .request_timeout(Some(patience))
            .reconnect_delay_callback(pause_before)
            .event_callback(move |event| {
                if matches!(event, Event::Disconnected) {
                    broken.send_modify(|breaks| *breaks += 1);
                }
                std::future::ready(())
            });
        connect = match place.login.clone() {
            Some(Login::Password(user, password)) => connect.user_and_password(user, password),
            Some(Login::Token(token)) => connect.token(token),
            None => connect,
        };
        let client = connect.connect(&place.servers[..]).await.map_err(|error| away(&error))?;
        let context = ContextBuilder::new()
            .timeout(patience)
            .ack_timeout(patience)
            .max_ack_inflight(100_000)
            .build(client.clone());
        Ok(Self { client, context, breaks })
    }

    /// Does something, and is refused as soon as the connection breaks: no answer will come to what is underway then, and the
    /// client would wait for it as long as it may.
    pub(super) async fn unbroken<T>(
        &self,
        work: impl Future<Output = Result<T, BusError>>,
    ) -> Result<T, BusError> {
        let mut breaks = self.breaks.clone();
        breaks.mark_unchanged();
        tokio::select! {
            done = work => done,
            // Where nobody tells any more, the client is closed, and what is underway says so.
            Ok(()) = breaks.changed() => Err(BusError::Unavailable("NATS: the connection broke".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_there_is_connected_to_at_once_and_one_that_is_away_ever_less_often() {
        let pauses = [1, 2, 3, 11, 12, usize::MAX].map(|attempt| pause_before(attempt).as_millis());
        assert_eq!(pauses, [0, 100, 200, 1000, 1000, 1000]);
    }
}
