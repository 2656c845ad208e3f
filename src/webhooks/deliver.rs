//! One event to one endpoint: a task, so that it is kept, tried again and seen like any other.
//!
//! The task holds the event and what the endpoint is known by. Where that is and what is signed with is asked for again with
//! each attempt, so nothing that is stored holds a secret.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::client::{Letter, Trouble};
use super::endpoint::Endpoint;
use super::gate::Closed;
use super::webhooks::{GivenUp, Reason, Webhooks};
use super::{Hooks, Ready};
use crate::context::Context;
use crate::core;
use crate::error::{Decision, Error, ErrorKind, Result};
use crate::events::{CloudEvent, Data};
use crate::store::{Unit, Write};
use crate::{Handler, Task};

/// The queue of deliveries.
pub(crate) const QUEUE: &str = "webhooks";
/// What an attempt may take beside its request: asking for the endpoint, waiting for its turn, telling that it was given up.
const BESIDE: Duration = Duration::from_secs(30);
/// How long an endpoint may ask to be left alone.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

/// Sends an event to somebody outside.
#[derive(Task)]
#[task(name = "webhook.deliver", queue = "webhooks")]
pub(crate) struct Deliver {
    /// The name of the webhooks.
    webhooks: String,
    /// What the endpoint is known by.
    endpoint: String,
    /// The event, structured.
    #[field(sensitive)]
    event: String,
}

/// Adds a delivery for each endpoint to the unit of work of the subscriber.
pub(super) async fn enqueue(webhooks: &Webhooks, event: &CloudEvent, ctx: &Context) -> Result<()> {
    let endpoints = (webhooks.find)(event, ctx).await?;
    let mut known = HashSet::new();
    for endpoint in endpoints {
        let endpoint = endpoint.known_by();
        if !known.insert(endpoint.clone()) {
            tracing::warn!(webhooks = webhooks.name, endpoint, "an endpoint is named twice: it is told once");
            continue;
        }
        let deliver = Deliver { webhooks: webhooks.name.clone(), endpoint, event: event.to_json() };
        let retries = u32::try_from(webhooks.retries.len()).unwrap_or(u32::MAX);
        let timeout = webhooks.client.timeout.saturating_add(BESIDE);
        ctx.enqueue(deliver).retries(retries).timeout(timeout).await?;
    }
    Ok(())
}

impl Handler for Deliver {
    /// What came of it, for people.
    type Output = String;

    async fn run(self, ctx: &Context) -> Result<String> {
        let known = |sentence: &'static str| Error::not_found(sentence).called("unknown_webhooks").give_up();
        let event = CloudEvent::from_json(&self.event).map_err(|why| unreadable(why.to_string()))?;
        let hooks = ctx.state::<Hooks>().ok_or_else(|| known("there are no webhooks here"))?;
        let ready = hooks.find(&self.webhooks, &event.kind);
        let ready =
            ready.ok_or_else(|| known("no webhooks of this name are for events of this type here"))?;
        let (number, of) = ctx.attempt().map_or((1, 1), |attempt| (attempt.number, attempt.of));
        let attempt = Attempt {
            ready,
            event: Arc::new(event),
            endpoint: &self.endpoint,
            number,
            last: number >= of,
            ctx,
        };
        attempt.run().await
    }
}

struct Attempt<'a> {
    ready: &'a Ready,
    event: Arc<CloudEvent>,
    /// What it is known by.
    endpoint: &'a str,
    number: u32,
    last: bool,
    ctx: &'a Context,
}

/// Why an endpoint did not get it this time.
struct Failed {
    error: Error,
    /// What to say where it is given up.
    reason: Reason,
    then: Then,
}

/// What comes after an attempt that failed.
enum Then {
    /// Nothing.
    End,
    /// Another one when it is due, and not before so long.
    Again(Duration),
    /// The same one after so long: it was none.
    Postpone(Duration),
}

impl Attempt<'_> {
    async fn run(self) -> Result<String> {
        let webhooks = &self.ready.webhooks;
        let named = (webhooks.find)(&self.event, self.ctx).await.map_err(|error| self.later(error))?;
        let Some(endpoint) = named.into_iter().find(|it| it.known_by() == self.endpoint) else {
            return Ok("not sent: the endpoint is not named any more".to_owned());
        };
        let failed = match self.send(&endpoint).await {
            Ok(status) => return Ok(format!("{} answered {status}", endpoint.origin())),
            Err(failed) => failed,
        };
        let least = match failed.then {
            Then::Postpone(pause) => return Err(failed.error.postpone(spread(pause, 1.0))),
            Then::Again(least) if !self.last => Some(least),
            Then::Again(_) | Then::End => None,
        };
        if let Some(least) = least {
            return Err(failed.error.try_again(Some(self.pause().max(least))));
        }
        if let Err(error) = self.give_up(endpoint, failed.reason).await {
            let (webhooks, number) = (&webhooks.name, self.number);
            tracing::error!(webhooks, endpoint = self.endpoint, number, %error, "can't tell that it was given up");
            if !self.last {
                return Err(self.later(error));
            }
        }
        Err(failed.error.give_up())
    }

    /// Sends it, if it is the endpoint's turn; gives the status.
    async fn send(&self, endpoint: &Endpoint) -> Result<u16, Failed> {
        let origin = endpoint.origin();
        let Ready { webhooks, client, gate } = self.ready;
        let refused = |error: Error| Failed { error, reason: Reason::Refused, then: Then::End };
        let target = endpoint.target(client.private).map_err(|error| refused(error.called("endpoint")))?;
        let body = body(&self.event).map_err(refused)?;
        let id = id(&self.event, &webhooks.name, self.endpoint);
        let known_by = format!("{} {}", webhooks.name, self.endpoint);
        let pass = match gate.enter(&known_by, self.last).await {
            Ok(pass) => pass,
            Err(Closed::Rests(rest)) => {
                let sentence =
                    format!("{origin} did not answer others a moment ago, or asked to be left alone");
                return Err(again(sentence, "resting", None, rest));
            }
            Err(Closed::Busy(pause)) => {
                let sentence =
                    format!("{origin} is slow or asked for time: there is no place for another request");
                let failed = again(sentence, "busy", None, Duration::ZERO);
                return Err(Failed { then: Then::Postpone(pause), ..failed });
            }
        };
        let answer = match client.send(&target, Letter { id: &id, body }).await {
            Ok(answer) => answer,
            Err(trouble @ Trouble::Forbidden(_)) => {
                pass.answered();
                let error = Error::failed_precondition(format!("{origin}: {trouble}")).called("endpoint");
                return Err(refused(error));
            }
            Err(trouble) => {
                pass.failed();
                return Err(again(format!("{origin}: {trouble}"), trouble.code(), None, Duration::ZERO));
            }
        };
        let status = answer.status;
        let asked = answer.retry_after.filter(|_| matches!(status.as_u16(), 429 | 503));
        let asked = asked.map(|asked| asked.min(LONGEST_PAUSE));
        match asked {
            Some(asked) => pass.asked_for(asked),
            None => pass.answered(),
        }
        if status.is_success() {
            return Ok(status.as_u16());
        }
        let number = status.as_u16();
        if number == 410 {
            let error = Error::failed_precondition(format!("{origin} answered 410: it wants nothing more"));
            let error = error.called("gone");
            return Err(Failed { error, reason: Reason::Gone, then: Then::End });
        }
        let hint = match number {
            300..=399 => {
                ": redirects are not followed, so the endpoint's URL has to be the one that it leads to"
            }
            _ => "",
        };
        let sentence = format!("{origin} answered {number}{hint}");
        Err(again(sentence, "answer", Some(number), asked.unwrap_or_default()))
    }

    /// Tells the user, and commits what that adds to the unit of work.
    async fn give_up(&self, endpoint: Endpoint, reason: Reason) -> Result<()> {
        let Some(hook) = &self.ready.webhooks.hook else { return Ok(()) };
        let given_up = GivenUp {
            webhooks: self.ready.webhooks.name.clone(),
            endpoint,
            event: Arc::clone(&self.event),
            reason,
            attempts: self.number,
        };
        // The task ends as failed, which commits nothing.
        let own = self.ctx.nested();
        hook(given_up, &own).await?;
        let (statements, tasks, events) =
            (own.take_statements(), core::task_rows(&own), core::event_rows(&own));
        if statements.is_empty() && tasks.is_empty() && events.is_empty() {
            return Ok(());
        }
        let unit = Unit { write: Write::Nothing, events, record: None, statements, tasks };
        self.ctx.core.commit(unit).await.map_err(core::rowless_error)
    }

    /// An error of the user's own, to be tried again when an attempt is due, unless it says otherwise itself.
    fn later(&self, error: Error) -> Error {
        match error.decision() {
            Some(Decision::TryAgain(None)) => error.try_again(Some(self.pause())),
            None if error.kind().retries() => error.try_again(Some(self.pause())),
            _ => error,
        }
    }

    /// Until the next attempt, with up to a quarter more, so that what failed together does not come back together.
    fn pause(&self) -> Duration {
        let retries = &self.ready.webhooks.retries;
        let index = usize::try_from(self.number.saturating_sub(1)).unwrap_or(usize::MAX);
        let pause = retries.get(index).or(retries.last()).copied().unwrap_or_default();
        spread(pause, 0.25)
    }
}

/// A pause, and up to such a part of it more.
fn spread(pause: Duration, part: f64) -> Duration {
    pause.saturating_add(pause.mul_f64(crate::tasks::chance() * part))
}

impl Trouble {
    const fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "endpoint",
            Self::TimedOut(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
        }
    }
}

fn again(sentence: String, code: &'static str, status: Option<u16>, pause: Duration) -> Failed {
    let error = Error::new(ErrorKind::Unavailable, sentence).called(code);
    Failed { error, reason: Reason::Exhausted(status), then: Then::Again(pause) }
}

fn unreadable(why: String) -> Error {
    Error::failed_precondition(why).called("unreadable").give_up()
}

/// The same for each attempt and each repeat, and another for each endpoint. Neither of them shows from outside, and it has
/// no dot, which ends it where it is signed.
fn id(event: &CloudEvent, webhooks: &str, endpoint: &str) -> String {
    let name = format!("{}\0{}\0{webhooks}\0{endpoint}", event.source, event.id);
    format!("msg_{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).simple())
}

/// What is sent: what happened, when, and what there is to say of it.
fn body(event: &CloudEvent) -> Result<Bytes> {
    let data = match &event.data {
        Data::Json(text) => text.as_str(),
        Data::None => "null",
        Data::Bytes(_) => {
            return Err(unreadable("the event's data is not JSON, which alone is sent".to_owned()));
        }
    };
    let kind = serde_json::Value::from(event.kind.as_str());
    let time = event.attribute("time").map(|time| serde_json::Value::from(time.into_owned()));
    let time = time.unwrap_or_default();
    // The data goes in as it is: reading it could only lose digits.
    Ok(Bytes::from(format!("{{\"type\":{kind},\"timestamp\":{time},\"data\":{data}}}")))
}
