//! Tasks that belong to no resource.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::{House, hit, message};
use crate::ErrorKind;
use crate::descriptor::TaskDescriptor;
use crate::prelude::*;
use crate::tasks::broker::Outcome;

pub(super) static TASKS: [&TaskDescriptor; 2] = [Count::TASK, Quiet::TASK];

/// Counts in the database and beside it.
#[derive(Task)]
#[task(name = "test.count")]
struct Count {
    #[field(validate(range(..=100)))]
    by: i64,
    #[field(default = "well")]
    how: String,
}

/// How often handlers have run: each test looks at its own.
static RUNS: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];

impl Handler for Count {
    type Output = i64;

    async fn run(self, ctx: &Context) -> Result<i64> {
        let which = usize::try_from(self.by).expect("small").min(3);
        let runs = RUNS[which].fetch_add(1, Ordering::SeqCst) + 1;
        ctx.execute(hit("own"));
        // Long enough for another attempt to come between.
        tokio::task::yield_now().await;
        match self.how.as_str() {
            "first fails" if runs == 1 => Err(Error::unavailable("not yet")),
            "panics" => panic!("in the handler"),
            "hangs" => std::future::pending().await,
            "breaks" => {
                ctx.execute(crate::Statement::new("UPDATE nothing SET x = 1"));
                Ok(0)
            }
            _ => Ok(i64::from(runs)),
        }
    }
}

#[derive(Task)]
#[task(name = "test.quiet", queue = "library", retries = 0)]
pub(super) struct Quiet {
    pub hit: bool,
}

impl Handler for Quiet {
    type Output = ();

    async fn run(self, ctx: &Context) -> Result<()> {
        if self.hit {
            ctx.execute(hit("own"));
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_a_handler_adds_is_committed_once_over_its_attempts() {
    let house = House::new().await;
    let mut task = message("test.count", r#"{"by":1,"how":"first fails"}"#);
    assert!(matches!(house.outcome(&task).await, Outcome::Retry(..)));
    assert_eq!(house.hits("own").await, 0, "what a failed attempt added is not written");
    for attempt in 2..5 {
        task.attempts = attempt;
        assert_eq!(house.run(&task).await.expect("done"), Some(json!(2)));
    }
    assert_eq!((house.hits("own").await, RUNS[1].load(Ordering::SeqCst)), (1, 2));
    let reused = crate::tasks::Message { payload: r#"{"by":2}"#.to_owned(), ..task };
    assert_eq!(house.run(&reused).await.expect_err("refused").kind(), ErrorKind::KeyReused);
}

#[tokio::test]
async fn two_attempts_at_once_have_one_effect_and_one_answer() {
    let house = House::new().await;
    let task = message("test.count", r#"{"by":2}"#);
    let (one, other) = tokio::join!(house.run(&task), house.run(&task));
    assert_eq!(one.expect("done"), other.expect("done"));
    assert_eq!(house.hits("own").await, 1);
}

#[tokio::test]
async fn panics_and_slow_attempts_are_tried_again() {
    let house = House::new().await;
    for (payload, code) in [
        (r#"{"by":3,"how":"panics"}"#, "internal"),
        (r#"{"by":3,"how":"hangs"}"#, "timeout"),
        (r#"{"by":3,"how":"breaks"}"#, "internal"),
    ] {
        let mut task = message("test.count", payload);
        task.retry.timeout = Duration::from_millis(300);
        match house.outcome(&task).await {
            Outcome::Retry(_, failure) => assert_eq!(failure.code, code, "{payload}"),
            other => panic!("{payload}: {other:?}"),
        }
        task.attempts = task.retry.attempts;
        assert!(matches!(house.outcome(&task).await, Outcome::Failed(_)), "{payload}");
    }
    assert_eq!(house.hits("own").await, 0);
}

#[tokio::test]
async fn a_payload_is_checked_by_the_rules_of_the_struct() {
    let house = House::new().await;
    let error = house.refused("test.count", json!({"by": 101, "hwo": "x"})).await;
    let told: Vec<_> = error.violations().iter().map(|one| (one.pointer.as_str(), one.code)).collect();
    assert_eq!(told, [("/hwo", "unknown"), ("/by", "range")]);
}

#[tokio::test]
async fn nothing_is_kept_of_what_is_to_be_forgotten_and_wrote_nothing() {
    let house = House::new().await;
    let mut task = message("test.quiet", r#"{"hit":false}"#);
    task.keep = false;
    assert_eq!(house.run(&task).await.expect("done"), None);
    assert_eq!(house.count("fourfold_idempotency"), 0);

    task.payload = r#"{"hit":true}"#.to_owned();
    for _ in 0..2 {
        assert_eq!(house.run(&task).await.expect("done"), None);
    }
    assert_eq!((house.count("fourfold_idempotency"), house.hits("own").await), (1, 1));

    let kept = message("test.quiet", r#"{"hit":false}"#);
    assert_eq!(house.run(&kept).await.expect("done"), None);
    assert_eq!(house.count("fourfold_idempotency"), 2);
}
