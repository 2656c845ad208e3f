//! Tried again or given up, and when.

use chrono::{DateTime, Utc};

use super::super::{backoff, outcome};
use super::message;
use crate::prelude::*;
use crate::tasks::broker::Outcome;
use crate::{ErrorKind, Violation};

fn now() -> DateTime<Utc> {
    "2026-11-24T10:00:00Z".parse().expect("a time")
}

/// How long until it is tried again; `None` where it is given up.
fn pause(error: Error, attempt: u32) -> Option<Duration> {
    let mut message = message("parcel.create", "{}");
    message.attempts = attempt;
    match outcome(Err(error), &message, now()) {
        Outcome::Retry(at, _) => Some((at - now()).to_std().expect("later")),
        Outcome::Failed(_) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_kind_of_an_error_decides_whether_a_task_is_tried_again() {
    let again = [
        ErrorKind::Aborted,
        ErrorKind::RequestTimeout,
        ErrorKind::ResourceExhausted,
        ErrorKind::Unavailable,
        ErrorKind::DeadlineExceeded,
        ErrorKind::Internal,
    ];
    for kind in ErrorKind::ALL {
        assert_eq!(kind.retries(), again.contains(&kind), "{kind:?}");
        assert_eq!(pause(Error::new(kind, "no"), 1).is_some(), kind.retries(), "{kind:?}");
        assert_eq!(pause(Error::new(kind, "no"), 3), None, "{kind:?}: no attempts are left");
        assert_eq!(pause(Error::new(kind, "no").give_up(), 1), None, "{kind:?}");
        let soon = Duration::from_millis(70);
        assert_eq!(pause(Error::new(kind, "no").try_again(Some(soon)), 1), Some(soon), "{kind:?}");
        assert!(pause(Error::new(kind, "no").try_again(None), 2).is_some(), "{kind:?}");
        assert_eq!(pause(Error::new(kind, "no").try_again(Some(soon)), 3), None, "{kind:?}");
    }
}

#[test]
fn pauses_double_up_to_the_longest_and_half_of_them_is_chance() {
    let mut message = message("parcel.create", "{}");
    message.retry.backoff_max = Duration::from_secs(5);
    for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (4, 5), (40, 5), (u32::MAX, 5)] {
        message.attempts = attempt;
        let whole = Duration::from_secs(seconds);
        assert_eq!(backoff(&message, 0.0), whole / 2);
        assert_eq!(backoff(&message, 1.0), whole);
    }
    for _ in 0..100 {
        let pause = pause(Error::internal("no"), 2).expect("again");
        assert!((Duration::from_secs(1)..=Duration::from_secs(2)).contains(&pause), "{pause:?}");
    }
    let told = pause(Error::unavailable("no").retry_after(90), 1);
    assert_eq!(told, Some(Duration::from_secs(90)), "who is away says how long");
    assert!(pause(Error::internal("no").try_again(Some(Duration::MAX)), 1).is_some());
}

#[test]
fn a_failure_says_what_a_caller_may_know() {
    let message = message("parcel.create", "{}");
    let violation =
        Violation { pointer: "/data/name".to_owned(), code: "length", message: "too long".into() };
    let Outcome::Failed(failure) = outcome(Err(Error::invalid(vec![violation])), &message, now()) else {
        panic!("it is given up");
    };
    assert_eq!(failure.code, "invalid_argument");
    assert_eq!(failure.violations, [("/data/name".to_owned(), "length".to_owned(), "too long".to_owned())]);
    let Outcome::Retry(_, failure) = outcome(Err(Error::internal("s3cret")), &message, now()) else {
        panic!("it is tried again");
    };
    assert!(!format!("{failure:?}").contains("s3cret"), "{failure:?}");
    let answer = Some("7".to_owned());
    assert_eq!(outcome(Ok(answer.clone()), &message, now()), Outcome::Succeeded(answer));
}
