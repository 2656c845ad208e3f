//! Redis is killed, and what was in its memory alone is gone. `FOURFOLD_TEST_KILLS=20` is the run in full.

use chrono::{TimeDelta, Utc};

use super::sound::Kept;
use super::{claim, message, open, options};
use crate::redis::testing::{DURABLE, Node};
use crate::tasks::broker::{Claim, Finish, Outcome};
use crate::tasks::conformance::failure;
use crate::tasks::conformance::kills::{self, Way};
use crate::tasks::message::Message;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_confirmed_is_lost_where_redis_is_killed() {
    let Some(mut node) = Node::start(DURABLE).await else { return };
    let kills = kills::kills(3);
    let mut ways = Vec::new();
    for (queue, message) in [
        ("forgotten", (|queue| Message { keep: false, ..message(queue) }) as fn(&str) -> _),
        ("kept", message),
        ("soon", |queue| Message {
            run_at: Some(Utc::now() + TimeDelta::milliseconds(200)),
            ..message(queue)
        }),
    ] {
        let (enqueues, works) = (open(options(node.url())).await, open(options(node.url())).await);
        ways.push(Way { enqueues, works, queue: queue.to_owned(), message });
    }
    let seen = kills::survive(&mut node, ways, kills).await;
    println!(
        "Redis (appendfsync always) killed {kills} times: {} confirmed, {} attempts, {} lost, {} came again after their \
         end; work went on after {:.1?} at most",
        seen.confirmed, seen.attempts, seen.lost, seen.revived, seen.longest
    );
    assert_eq!((seen.lost, seen.revived), (0, 0), "confirmed, and not kept");
    assert!(seen.longest < kills::goes_on_within(), "work went on after {:?}", seen.longest);
    Kept::of(&mut node.connection().await, "fourfold").await.assert_sound();
}

/// Where the file of the commands ends, a command, or what a script wrote, may be there by half.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_breaks_off_anywhere_has_all_of_a_script_or_nothing() {
    const TASKS: usize = 12;
    let Some(mut node) = Node::start(DURABLE).await else { return };
    let broker = open(options(node.url())).await;
    let group = (0..TASKS).map(|number| Message {
        unique_key: (number % 3 == 0).then(|| number.to_string()),
        run_at: (number % 4 == 0).then(|| Utc::now() - TimeDelta::seconds(1)),
        ..message("cut")
    });
    let group: Vec<Message> = group.collect();
    broker.enqueue(group.clone()).await.expect("they are taken");
    let claimed = broker.claim(Claim { limit: 8, ..claim("cut") }).await.expect("a claim");
    assert_eq!(claimed.len(), 8);
    let outcomes = [
        Outcome::Succeeded(Some("1".to_owned())),
        Outcome::Failed(failure()),
        Outcome::Retry(Utc::now() + TimeDelta::hours(1), failure()),
        Outcome::Returned,
    ];
    let ends = claimed.iter().zip(outcomes).map(|(it, outcome)| Finish { lease: it.lease, outcome });
    assert_eq!(broker.finish(ends.collect()).await.expect("they end"), [true; 4]);
    node.stop();
    let file = node.commands();
    let whole = std::fs::read(&file).expect("the file of the commands");
    // Every cut would take minutes; a step that is no multiple of anything in it comes everywhere.
    let step = if std::env::var_os("FOURFOLD_TEST_KILLS").is_some() { 37 } else { 397 };
    let (mut cuts, mut seen) = (0, std::collections::BTreeSet::new());
    for end in (0..=whole.len()).rev().step_by(step) {
        std::fs::write(&file, &whole[..end]).expect("it is cut");
        node.begin();
        node.answers().await;
        let kept = Kept::of(&mut node.connection().await, "fourfold").await;
        kept.assert_sound();
        seen.insert((kept.tasks.len(), kept.in_state("0"), kept.in_state("1")));
        node.stop();
        cuts += 1;
    }
    println!("the file broke off in {cuts} places: tasks, waiting and running were {seen:?}");
    let all = [(0, 0, 0), (TASKS, TASKS, 0), (TASKS, TASKS - 8, 8), (TASKS, TASKS - 6, 4)];
    assert!(seen.iter().all(|it| all.contains(it)), "a script was done by half: {seen:?}");
    assert!(seen.len() > 2, "the cuts are in too few places: {seen:?}");
}
