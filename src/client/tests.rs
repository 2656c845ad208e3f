//! What a client does about attempts that fail, over a transport that answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message as _;

use super::{Attempt, Call, CallOptions, Client, ClientBuilder, RemoteError, Transport};
use crate::descriptor::BoxFuture;
use crate::error::ErrorKind;

const GET: &str = "/shop.user.v1.UserService/GetUser";
const CREATE: &str = "/shop.user.v1.UserService/CreateUser";

/// What an attempt comes to.
enum Then {
    Answer(&'static str),
    Fail(RemoteError),
    Silence,
}

/// Plays its script, and keeps what it was asked.
#[derive(Clone, Default)]
struct Script {
    then: Arc<Mutex<VecDeque<Then>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

struct Asked {
    request_id: String,
    timeout: Duration,
    authorization: Option<String>,
}

impl Transport for Script {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Bytes, RemoteError>> {
        self.asked.lock().unwrap().push(Asked {
            request_id: attempt.call.request_id().to_owned(),
            timeout: attempt.timeout,
            authorization: attempt.authorization.clone(),
        });
        let then = self.then.lock().unwrap().pop_front().expect("an attempt that the script has");
        Box::pin(async move {
            match then {
                Then::Answer(text) => Ok(text.to_owned().encode_to_vec().into()),
                Then::Fail(error) => Err(error),
                Then::Silence => std::future::pending().await,
            }
        })
    }
}

fn fail(kind: ErrorKind) -> Then {
    Then::Fail(RemoteError::new(kind, "as the script says"))
}

fn quick() -> ClientBuilder {
    Client::builder("a script").backoff(Duration::from_millis(1), Duration::from_millis(1))
}

fn play(builder: ClientBuilder, then: impl IntoIterator<Item = Then>) -> (Client, Script) {
    let script = Script::default();
    script.then.lock().unwrap().extend(then);
    (builder.over(script.clone()), script)
}

impl Script {
    fn attempts(&self) -> usize {
        assert!(self.then.lock().unwrap().is_empty(), "all of the script was played");
        self.asked.lock().unwrap().len()
    }
}

#[tokio::test]
async fn what_is_away_is_asked_again() {
    let (client, script) = play(quick(), [fail(ErrorKind::Unavailable), Then::Answer("Ada")]);
    let answer: String = client.call(Call::read(GET, &())).await.unwrap();
    assert_eq!(answer, "Ada");
    assert_eq!(script.attempts(), 2);
}

#[tokio::test]
async fn after_the_last_attempt_the_error_says_who_and_how_often() {
    let away = || fail(ErrorKind::Unavailable);
    let (client, script) = play(quick(), [away(), away(), away()]);
    let error = client.call::<String>(Call::read(GET, &())).await.unwrap_err();
    assert_eq!((script.attempts(), error.attempts()), (3, 3));
    assert_eq!(error.service(), "shop.user.v1.UserService");
    let said = "shop.user.v1.UserService/GetUser at a script: as the script says (unavailable, 3 attempts)";
    assert_eq!(error.to_string(), said);
}

#[tokio::test]
async fn all_attempts_of_a_write_have_one_request_id() {
    let (client, script) = play(quick(), [fail(ErrorKind::Unavailable), Then::Answer("Ada")]);
    let call = Call::write(CREATE, &(), &client.request_id());
    client.call::<String>(call).await.unwrap();
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked[0].request_id, asked[1].request_id);
    assert!(asked[0].request_id.parse::<uuid::Uuid>().is_ok());
}

#[tokio::test]
async fn a_write_without_a_request_id_is_tried_once() {
    let (client, script) = play(quick(), [fail(ErrorKind::Unavailable)]);
    assert!(client.call::<String>(Call::write(CREATE, &(), "")).await.is_err());
    assert_eq!(script.attempts(), 1);
}

#[tokio::test]
async fn an_answer_that_another_attempt_would_not_change_is_the_last() {
    for kind in [ErrorKind::NotFound, ErrorKind::Aborted, ErrorKind::Internal, ErrorKind::ResourceExhausted] {
        let (client, script) = play(quick(), [fail(kind)]);
        assert_eq!(client.call::<String>(Call::read(GET, &())).await.unwrap_err().kind(), kind);
        assert_eq!(script.attempts(), 1);
    }
}

#[tokio::test]
async fn silence_ends_with_the_attempt_and_then_with_the_call() {
    let builder = quick().attempt_timeout(Duration::from_millis(5));
    let (client, script) = play(builder.clone(), [Then::Silence, Then::Answer("Ada")]);
    client.call::<String>(Call::read(GET, &())).await.unwrap();
    assert_eq!(script.attempts(), 2);

    let (client, script) = play(builder.attempts(1000).deadline(Duration::ZERO), []);
    let error = client.call::<String>(Call::read(GET, &())).await.unwrap_err();
    assert_eq!((error.kind(), script.attempts()), (ErrorKind::DeadlineExceeded, 0));
}

#[tokio::test]
async fn nobody_waits_longer_than_the_deadline_for_who_asks_for_a_pause() {
    let later = RemoteError::new(ErrorKind::ResourceExhausted, "").later(Duration::from_hours(1));
    let (client, script) = play(quick(), [Then::Fail(later)]);
    let began = Instant::now();
    let error = client.call::<String>(Call::read(GET, &())).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    assert_eq!(script.attempts(), 1);
    assert!(began.elapsed() < Duration::from_hours(1));
}

#[tokio::test]
async fn an_attempt_has_no_more_than_is_left_of_the_deadline() {
    let builder = quick().deadline(Duration::from_mins(1)).attempt_timeout(Duration::from_mins(2));
    let (client, script) = play(builder, [Then::Answer("Ada"), Then::Answer("Ada")]);
    client.call::<String>(Call::read(GET, &())).await.unwrap();
    let hurried = client.with(CallOptions::new().deadline(Duration::from_secs(3)));
    hurried.call::<String>(Call::read(GET, &())).await.unwrap();
    let asked = script.asked.lock().unwrap();
    assert!(asked[0].timeout <= Duration::from_mins(1));
    assert!(asked[1].timeout <= Duration::from_secs(3));
}

#[tokio::test]
async fn a_call_with_a_mistake_is_not_made() {
    let (client, script) = play(quick(), []);
    let call = Call::read(GET, &()).http(http::Method::GET, "/v1/users/{id}", &[&""]);
    let error = client.call::<String>(call).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidArgument, 0));
    assert_eq!(error.violations()[0].pointer, "/id");
    assert_eq!(script.attempts(), 0);
}

#[tokio::test]
async fn the_token_goes_along_and_is_never_shown() {
    let (client, script) = play(quick().bearer("s3cret"), [Then::Answer("Ada"), Then::Answer("Ada")]);
    client.call::<String>(Call::read(GET, &())).await.unwrap();
    let other = client.with(CallOptions::new().bearer("0ther"));
    other.call::<String>(Call::read(GET, &())).await.unwrap();
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer s3cret"));
    assert_eq!(asked[1].authorization.as_deref(), Some("Bearer 0ther"));
    let shown = format!("{client:?} {other:?} {:?}", quick().bearer("s3cret"));
    assert!(!shown.contains("s3cret") && !shown.contains("0ther"), "{shown}");
}

#[tokio::test]
async fn an_answer_of_another_kind_is_a_defect_there() {
    let (client, _) = play(quick(), [Then::Answer("Ada")]);
    let error = client.call::<prost_types::Timestamp>(Call::read(GET, &())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}
