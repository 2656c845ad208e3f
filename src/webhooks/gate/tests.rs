use super::*;

/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_secs(20);

async fn enter(gate: &Gate) -> Pass {
    gate.enter("a", false).await.unwrap_or_else(|closed| panic!("{closed:?}"))
}

async fn closed(gate: &Gate) -> Closed {
    gate.enter("a", false).await.map(drop).expect_err("closed")
}

async fn fail(gate: &Gate, times: u32) {
    for _ in 0..times {
        enter(gate).await.failed();
    }
}

/// How long it rests; from then on it does not.
fn rested(gate: &Gate) -> Duration {
    let until = gate.endpoint("a").seen().rests_until.replace(Instant::now());
    until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
}

#[tokio::test]
async fn who_does_not_answer_is_left_alone_and_then_asked_by_one() {
    let gate = Gate::new(4);
    fail(&gate, FAILURES).await;
    assert!(matches!(closed(&gate).await, Closed::Rests(rest) if rest <= FIRST_REST));
    assert!(gate.enter("b", false).await.is_ok(), "another one is open");
    rested(&gate);
    let probe = enter(&gate).await;
    assert_eq!(closed(&gate).await, Closed::Rests(Duration::ZERO), "one is enough to find out");
    probe.failed();
    assert!(rested(&gate) > FIRST_REST, "the second rest is longer");
    fail(&gate, 1).await;
    for _ in 0..20 {
        assert!(rested(&gate) <= LONGEST_REST);
        fail(&gate, 1).await;
    }
    rested(&gate);
    enter(&gate).await.answered();
    let (one, other) = (enter(&gate).await, enter(&gate).await);
    one.failed();
    other.failed();
    enter(&gate).await.answered();
}

#[tokio::test]
async fn who_insists_is_let_through_unless_the_endpoint_asked_for_time() {
    let gate = Gate::new(4);
    fail(&gate, FAILURES).await;
    assert!(matches!(closed(&gate).await, Closed::Rests(_)));
    gate.enter("a", true).await.map_or_else(|closed| panic!("{closed:?}"), Pass::failed);
    assert!(rested(&gate) <= FIRST_REST, "what was let through makes the rest no longer");
    let probe = enter(&gate).await;
    assert!(gate.enter("a", true).await.is_ok(), "it does not wait for the probe");
    probe.asked_for(Duration::from_hours(1));
    let closed = gate.enter("a", true).await.map(drop);
    assert!(matches!(closed, Err(Closed::Busy(_))), "{closed:?}");
}

#[tokio::test]
async fn a_probe_that_was_dropped_is_followed_by_another() {
    let gate = Gate::new(1);
    fail(&gate, FAILURES).await;
    rested(&gate);
    for _ in 0..3 {
        drop(enter(&gate).await);
    }
}

#[tokio::test]
async fn who_asks_for_time_gets_it() {
    let gate = Gate::new(4);
    let minute = Duration::from_mins(1);
    enter(&gate).await.asked_for(minute);
    assert!(matches!(closed(&gate).await, Closed::Busy(rest) if rest <= minute && rest > minute / 2));
    rested(&gate);
    enter(&gate).await.asked_for(minute * 2);
    assert!(
        matches!(closed(&gate).await, Closed::Rests(rest) if rest > minute),
        "a long time is like a failure"
    );
    rested(&gate);
    enter(&gate).await.asked_for(Duration::MAX);
    drop(enter(&gate).await);
}

#[tokio::test]
async fn who_is_slow_is_waited_for_once_and_holds_up_no_more() {
    let mut gate = Gate::new(1);
    gate.patience = Duration::from_millis(5);
    let busy = |closed| matches!(closed, Closed::Busy(_));
    let underway = enter(&gate).await;
    assert!(busy(closed(&gate).await));
    // Who waits now, waits for ever.
    gate.patience = HANGS * 2;
    let until = |gate: &Gate, until| gate.endpoint("a").seen().crowded_until = Some(until);
    until(&gate, Instant::now() + HANGS * 2);
    assert!(timeout(HANGS, closed(&gate)).await.is_ok_and(busy));
    // One is to find out whether there is a place again; the others need not wait for that.
    until(&gate, Instant::now());
    let gate = Arc::new(gate);
    let scout = tokio::spawn({
        let gate = Arc::clone(&gate);
        async move { enter(&gate).await.answered() }
    });
    while gate.endpoint("a").seen().waiting == 0 {
        tokio::task::yield_now().await;
    }
    assert!(timeout(HANGS, closed(&gate)).await.is_ok_and(busy));
    drop(underway);
    timeout(HANGS, scout).await.expect("in time").expect("it gets the place");
    enter(&gate).await.answered();
    assert_eq!(gate.endpoint("a").seen().crowds, 0, "it is idle, and all is as before");
}

#[tokio::test]
async fn who_stops_waiting_leaves_nothing_behind() {
    let mut gate = Gate::new(1);
    gate.patience = HANGS * 2;
    let underway = enter(&gate).await;
    fail_while_underway(&gate);
    // It probes, and waits for the place of the one that is underway still.
    let stopped = timeout(Duration::from_millis(5), gate.enter("a", false)).await;
    assert!(stopped.is_err(), "it waits");
    {
        let endpoint = gate.endpoint("a");
        let seen = endpoint.seen();
        assert_eq!((seen.waiting, seen.probed), (0, false));
    }
    drop(underway);
    enter(&gate).await.answered();
}

/// As if others had failed before, and the rest were over.
fn fail_while_underway(gate: &Gate) {
    gate.endpoint("a").seen().failures = FAILURES;
}

#[tokio::test]
async fn who_is_quick_is_waited_for() {
    let mut gate = Gate::new(2);
    gate.patience = HANGS;
    let send = async || {
        let pass = enter(&gate).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        pass.answered();
    };
    futures_util::future::join_all((0..100).map(|_| send())).await;
}

#[tokio::test]
async fn endpoints_that_are_well_are_forgotten() {
    let gate = Gate::new(1);
    fail(&gate, FAILURES).await;
    for other in 0..2 * REMEMBERED {
        drop(gate.enter(&format!("endpoint {other}"), false).await);
    }
    assert!(gate.endpoints.lock().expect("a lock").len() <= REMEMBERED + 1);
    assert!(matches!(closed(&gate).await, Closed::Rests(_)), "one that rests is not");
}
