//! One attempt: from a message to the operation core, or to the handler of a task of its own, and back to an outcome.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;

use super::broker::Outcome;
use super::message::{Message, RetryPolicy};
use super::registry::{Does, Registry, Verb};
use super::status::Failure;
use crate::cell::Cell;
use crate::context::{Attempt, Context, Principal};
use crate::core::{self, Change, Core, Preconditions};
use crate::descriptor::{BoxFuture, Descriptor, TaskDescriptor};
use crate::error::{Decision, Error, ErrorKind, Result};
use crate::input::{self, At, Mode, Violations};
use crate::json::{self, View, Wants};
use crate::store::{Record, StoreError, Unit, Write};
use crate::{text, validate};

/// Runs an attempt: the answer is JSON text, where there is one. `otherwise` is in whose name it runs where the message
/// names nobody.
pub(crate) fn attempt<'a>(
    core: &'a Arc<Core>,
    registry: &'a Registry,
    message: &'a Message,
    otherwise: &'a Principal,
) -> BoxFuture<'a, Result<Option<String>>> {
    Box::pin(async move {
        let mut ctx = context(core, message, otherwise);
        let run = AssertUnwindSafe(run(&mut ctx, registry, message)).catch_unwind();
        match tokio::time::timeout(message.retry.timeout, run).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::internal("the task panicked")),
            Err(_) => {
                let sentence = format!("the attempt took longer than {:?}", message.retry.timeout);
                Err(Error::new(ErrorKind::DeadlineExceeded, sentence).called("timeout"))
            }
        }
    })
}

fn context(core: &Arc<Core>, message: &Message, otherwise: &Principal) -> Context {
    let mut ctx = Context::new(Arc::clone(core), message.id.to_string());
    let caller = message.caller.as_ref();
    ctx.principal = caller.map_or(otherwise, |caller| &caller.principal).clone();
    ctx.trace_parent.clone_from(&message.trace_parent);
    ctx.deadline = Instant::now().checked_add(message.retry.timeout);
    let key = caller.and_then(|caller| caller.key.clone());
    ctx.idempotency_key = Some(key.unwrap_or_else(|| message.id.to_string()));
    ctx.attempt = Some(Attempt {
        task: message.id,
        name: message.name.clone(),
        number: message.attempts,
        of: message.retry.attempts,
    });
    ctx
}

/// What is asked for, however the payload is spaced: engines may write it anew.
fn fingerprint(message: &Message) -> i64 {
    let payload = serde_json::from_str::<serde_json::Value>(&message.payload);
    let payload = payload.map_or_else(|_| message.payload.clone(), |payload| payload.to_string());
    text::fnv1a(format!("{}\0{payload}", message.name).as_bytes()).cast_signed()
}

async fn run(ctx: &mut Context, registry: &Registry, message: &Message) -> Result<Option<String>> {
    match registry.get(&message.name) {
        Some(Does::Operation(descriptor, verb)) => {
            if message.caller.as_ref().is_none_or(|caller| caller.key.is_none()) {
                // Under its own id a task is always the same one, however its defaults come out this time.
                ctx.fingerprint = Some(fingerprint(message));
            }
            operation(ctx, descriptor, verb, &message.payload).await
        }
        Some(Does::Own(task)) => own(ctx, task, message).await,
        None => Err(Error::not_found("no task of this name is known here").called("unknown_task").give_up()),
    }
}

/// What can't be read at all can't be read later either.
fn unreadable(violations: Violations) -> Error {
    Error::invalid(violations.into_list()).called("unreadable").give_up()
}

async fn operation(
    ctx: &Context,
    descriptor: &'static Descriptor,
    verb: Verb,
    payload: &str,
) -> Result<Option<String>> {
    let core = &ctx.core;
    core.authorise(ctx, descriptor, verb.kind()).await?;
    let wants = wants(descriptor, verb);
    let mut violations = Violations::default();
    let Some(read) = json::envelope(wants, payload, &mut violations) else {
        return Err(unreadable(violations));
    };
    let data = At::ROOT.key("data");
    if let Some(input) = &read.data
        && (!violations.is_empty() || matches!(verb, Verb::Custom(_)))
        && let Some((_, fields)) = wants.data
    {
        validate::changes(fields, input, &data, &mut violations);
    }
    let preconditions = preconditions(read.etag.as_deref(), &mut violations);
    violations.check()?;
    let said = read.data.unwrap_or_default();
    let change = match verb {
        Verb::Create => {
            let created = core.create(ctx, descriptor, said).await.map_err(|error| error.inside("data"))?;
            return Ok(Some(shown(descriptor, &created.row)));
        }
        Verb::Update => Change::Update(said),
        Verb::Replace => Change::Replace(said),
        Verb::Delete => Change::Delete,
        Verb::Custom(operation) if operation.input.is_some() => {
            Change::Custom(operation, Cell::Value(input::into_cells(said)))
        }
        Verb::Custom(operation) => Change::Custom(operation, Cell::Null),
    };
    let id = core::parse_id(descriptor, &read.id.unwrap_or_default())?;
    let changed = core.change(ctx, descriptor, &id, change, &preconditions).await;
    match verb {
        Verb::Delete => changed.map(|_| None),
        // What a custom operation breaks are rules of the row, not of what was sent.
        Verb::Custom(_) => Ok(Some(shown(descriptor, &changed?.row))),
        _ => {
            let changed = changed.map_err(|error| error.inside("data"))?;
            Ok(Some(shown(descriptor, &changed.row)))
        }
    }
}

fn wants(descriptor: &'static Descriptor, verb: Verb) -> Wants {
    let data = match verb {
        Verb::Create => Some((Mode::Create(descriptor), descriptor.fields)),
        Verb::Update => Some((Mode::Update, descriptor.fields)),
        Verb::Replace => Some((Mode::Replace(descriptor), descriptor.fields)),
        Verb::Delete => None,
        Verb::Custom(operation) => Some((Mode::Value, operation.input.map_or(&[][..], |input| input.fields))),
    };
    let row = !matches!(verb, Verb::Create);
    Wants { row, data, data_needed: !matches!(verb, Verb::Delete | Verb::Custom(_)) }
}

fn preconditions(etag: Option<&str>, violations: &mut Violations) -> Preconditions {
    let Some(etag) = etag else { return Preconditions::default() };
    let matches = core::versions_of(etag);
    if matches.is_none() {
        let message = "must be an etag as it was given, such as \"7\" with the double quotes, or *";
        violations.push(&At::ROOT.key("etag"), "syntax", message);
    }
    Preconditions { matches, none_match: None }
}

fn shown(descriptor: &Descriptor, row: &[Cell]) -> String {
    let mut out = Vec::with_capacity(256);
    json::encode_row(&mut out, descriptor.fields, row, View::Caller);
    String::from_utf8_lossy(&out).into_owned()
}

/// A task of the user's own. What it adds to the unit of work is committed with the mark of its id, so once.
async fn own(ctx: &Context, task: &'static TaskDescriptor, message: &Message) -> Result<Option<String>> {
    let fields = task.input.fields;
    let mut violations = Violations::default();
    let Some(input) = json::object(Mode::Value, fields, message.payload.as_bytes(), &mut violations) else {
        return Err(unreadable(violations));
    };
    let cells = input::into_cells(input);
    validate::fields(fields, &cells, &At::ROOT, &mut violations);
    violations.check()?;

    let key = || core::key_text(&ctx.principal, ctx.idempotency_key.as_deref().unwrap_or_default());
    // The first attempt finds out when it commits, if it was not the first after all.
    if message.attempts > 1
        && let Some(record) = ctx.core.store.record(&key()).await.map_err(core::rowless_error)?
    {
        return first_answer(record, fingerprint(message));
    }
    let answer = (task.run)(ctx, cells).await?;
    let (statements, tasks, events) = (ctx.take_statements(), core::task_rows(ctx), core::event_rows(ctx));
    if !message.keep && statements.is_empty() && tasks.is_empty() && events.is_empty() {
        return Ok(answer);
    }
    let (key, fingerprint) = (key(), fingerprint(message));
    let record = Record {
        key: key.clone(),
        fingerprint,
        operation: format!("task/{}", task.name),
        answer: answer.clone().unwrap_or_default(),
        created_at: Utc::now(),
    };
    let unit = Unit { write: Write::Nothing, events, record: Some(record), statements, tasks };
    match ctx.core.commit(unit).await {
        Ok(()) => Ok(answer),
        Err(StoreError::Repeated) => match ctx.core.store.record(&key).await.map_err(core::rowless_error)? {
            Some(record) => first_answer(record, fingerprint),
            None => Err(core::rowless_error(StoreError::Repeated)),
        },
        Err(error) => Err(core::rowless_error(error)),
    }
}

fn first_answer(record: Record, fingerprint: i64) -> Result<Option<String>> {
    if record.fingerprint != fingerprint {
        return Err(core::key_reused());
    }
    Ok(Some(record.answer).filter(|answer| !answer.is_empty()))
}

/// What becomes of a task after an attempt: done, tried again or given up, by the kind of the error or by what whoever
/// made it decided.
///
/// The pause doubles with each attempt up to the policy's longest. Half of it is sure and half is chance, so that tasks
/// that failed together don't come back together, and none comes back at once. It is never shorter than what the error
/// says.
pub(crate) fn outcome(result: Result<Option<String>>, message: &Message, now: DateTime<Utc>) -> Outcome {
    let error = match result {
        Ok(answer) => return Outcome::Succeeded(answer),
        Err(error) => error,
    };
    let failure = Failure::of(&error);
    let (retries, said) = match error.decision() {
        Some(Decision::GiveUp) => (false, None),
        Some(Decision::TryAgain(after)) => (true, after),
        Some(Decision::Postpone(after)) => return Outcome::Postponed(later(now, after), failure),
        None => (error.kind().retries(), None),
    };
    let (task_id, task, attempt) = (message.id, message.name.as_str(), message.attempts);
    if !retries || attempt >= message.retry.attempts {
        if error.kind().retries() {
            tracing::error!(%task_id, task, attempt, code = error.code(), %error, "task given up");
        } else {
            tracing::info!(%task_id, task, attempt, code = error.code(), "task given up");
        }
        return Outcome::Failed(failure);
    }
    let pause = pause(&message.retry, attempt, &error, said);
    tracing::warn!(%task_id, task, attempt, code = error.code(), ?pause, %error, "task to be tried again");
    Outcome::Retry(later(now, pause), failure)
}

/// How long until the next attempt; `said` is what whoever made the error decided.
fn pause(policy: &RetryPolicy, attempt: u32, error: &Error, said: Option<Duration>) -> Duration {
    let least = Duration::from_secs(error.retry_after_seconds().unwrap_or_default().into());
    said.unwrap_or_else(|| backoff(policy, attempt, chance()).max(least))
}

/// When something that failed is tried again.
pub(crate) fn next_attempt(
    policy: &RetryPolicy,
    attempt: u32,
    error: &Error,
    said: Option<Duration>,
) -> DateTime<Utc> {
    later(Utc::now(), pause(policy, attempt, error, said))
}

/// When a task is tried again after an attempt that came to no outcome.
pub(crate) fn next(policy: &RetryPolicy, attempt: u32, now: DateTime<Utc>) -> DateTime<Utc> {
    later(now, backoff(policy, attempt, chance()))
}

fn later(now: DateTime<Utc>, pause: Duration) -> DateTime<Utc> {
    let moment = TimeDelta::from_std(pause).ok().and_then(|pause| now.checked_add_signed(pause));
    moment.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The pause after an attempt; `chance` is from 0 to 1.
fn backoff(policy: &RetryPolicy, attempt: u32, chance: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let whole = policy.backoff.saturating_mul(doubled).min(policy.backoff_max);
    let half = whole / 2;
    half + half.mul_f64(chance)
}

/// From 0 to 1.
pub(crate) fn chance() -> f64 {
    let [.., high, low] = *uuid::Uuid::new_v4().as_bytes();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
}

#[cfg(all(test, feature = "derive", feature = "rest", feature = "sqlite"))]
mod tests;
