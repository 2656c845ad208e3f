//! What goes on behind an event of its key, on the engines that give out such.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::place::{LONG, Place, failure, id, ids};
use crate::events::bus::{Delivery, Start, Take};
use crate::tasks::{Finish, Outcome};

super::cases! {
    what_goes_on_behind_comes_with_it(Behind);
    what_is_behind_something_that_is_tried_again_is_not_held(Behind, Delay);
    what_did_not_begin_is_not_counted_when_a_lease_runs_out(Behind, Leases);
    a_lease_goes_over_to_what_is_behind(Behind, Leases);
    what_is_behind_can_be_given_back_and_given_up(Behind, Uncounted, Dead);
    what_begins_anew_does_not_come_in_between(Behind, Dead);
    a_long_line_of_one_key_is_worked_off(Behind);
}

const DONE: Outcome = Outcome::Succeeded(None);

async fn take(place: &Place, group: &str, (limit, behind): (usize, usize), lease: Duration) -> Vec<Delivery> {
    let take = Take { group, limit, lease, wait: Duration::from_secs(10), ahead: 0, behind };
    place.bus.take(take).await.expect("a take")
}

async fn finish(place: &Place, group: &str, ends: &[(&Delivery, Outcome)]) -> Vec<bool> {
    let finish = |(delivery, outcome): &(&Delivery, Outcome)| Finish {
        lease: delivery.lease,
        outcome: outcome.clone(),
    };
    place.bus.finish(group, ends.iter().map(finish).collect()).await.expect("told")
}

fn follows(deliveries: &[Delivery]) -> Vec<bool> {
    deliveries.iter().map(|delivery| delivery.follows).collect()
}

async fn what_goes_on_behind_comes_with_it(place: Place) {
    assert!(place.bus.follow());
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "b", "a", "a", "b", "a"]).await;
    let taken = all(&place, &group, 5, LONG).await;
    let [a0, a1, a2, b0, b1] = [0, 2, 3, 1, 4].map(|index| published[index].clone());
    assert_eq!(ids(&taken), [a0, a1, a2, b0, b1]);
    assert_eq!(follows(&taken), [false, true, true, false, true]);
    assert!(taken.iter().all(|delivery| delivery.attempts == 1), "{taken:?}");
    place.nothing(&group).await;
    assert_eq!(finish(&place, &group, &[(&taken[2], DONE)]).await, [false], "two come before it");
    let all: Vec<_> = taken.iter().map(|delivery| (delivery, DONE)).collect();
    assert_eq!(finish(&place, &group, &all).await, [true; 5]);
    assert_eq!(finish(&place, &group, &all).await, [false; 5], "once");
    assert_eq!(place.drain(&group).await, [published[5].clone()]);
}

async fn what_is_behind_something_that_is_tried_again_is_not_held(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "a", "a"]).await;
    let first = three(&place, &group, LONG).await;
    let later = Utc::now() + TimeDelta::milliseconds(700);
    let ends = [(&first[0], DONE), (&first[1], Outcome::Retry(later, failure())), (&first[2], DONE)];
    assert_eq!(finish(&place, &group, &ends).await, [true, true, false]);
    assert_eq!(place.bus.extend(&group, vec![first[2].lease], LONG).await.unwrap(), [false]);
    place.nothing(&group).await;
    let again = take(&place, &group, (5, 5), LONG).await;
    assert_eq!((ids(&again), again[0].attempts), (vec![published[1].clone()], 2), "it goes alone");
    place.done(&group, &again[0]).await;
    let last = place.one(&group).await;
    assert_eq!((id(&last), last.attempts), (published[2].clone(), 1));
}

/// So many with two behind each, for so long, once that many have been read ahead.
async fn all(place: &Place, group: &str, count: usize, lease: Duration) -> Vec<Delivery> {
    loop {
        let taken = take(place, group, (9, 2), lease).await;
        if taken.len() == count {
            return taken;
        }
        for delivery in taken.iter().filter(|delivery| !delivery.follows) {
            assert!(place.finish(group, delivery.lease, Outcome::Returned).await);
        }
    }
}

async fn three(place: &Place, group: &str, lease: Duration) -> Vec<Delivery> {
    all(place, group, 3, lease).await
}

async fn what_did_not_begin_is_not_counted_when_a_lease_runs_out(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "a", "a"]).await;
    let first = three(&place, &group, Duration::from_millis(300)).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let other = Place { bus: place.other.clone(), ..place.clone() };
    let again = take(&other, &group, (5, 5), LONG).await;
    assert_eq!((ids(&again), again[0].attempts), (vec![published[0].clone()], 2), "it goes alone");
    let late: Vec<_> = first.iter().map(|delivery| (delivery, DONE)).collect();
    assert_eq!(finish(&place, &group, &late).await, [false; 3]);
    let leases = first.iter().map(|delivery| delivery.lease).collect();
    assert_eq!(place.bus.extend(&group, leases, LONG).await.unwrap(), [false; 3]);
    other.done(&group, &again[0]).await;
    let rest = take(&other, &group, (5, 5), LONG).await;
    assert_eq!((ids(&rest), follows(&rest)), (published[1..].to_vec(), vec![false, true]));
    assert!(rest.iter().all(|delivery| delivery.attempts == 1), "{rest:?}");
}

async fn a_lease_goes_over_to_what_is_behind(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish_all(&["a", "a", "a"]).await;
    let taken = three(&place, &group, Duration::from_millis(800)).await;
    let leases = vec![taken[0].lease, taken[1].lease];
    assert_eq!(place.bus.extend(&group, leases, LONG).await.unwrap(), [true, true]);
    assert_eq!(finish(&place, &group, &[(&taken[0], DONE)]).await, [true]);
    tokio::time::sleep(Duration::from_millis(900)).await;
    place.nothing(&group).await;
    let short = Duration::from_millis(200);
    assert_eq!(place.bus.extend(&group, vec![taken[1].lease], short).await.unwrap(), [true]);
    assert_eq!(finish(&place, &group, &[(&taken[1], DONE)]).await, [true]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let again = place.one(&group).await;
    assert_eq!((id(&again), again.attempts), (id(&taken[2]), 2), "its attempt had begun");
    assert_eq!(finish(&place, &group, &[(&taken[2], DONE)]).await, [false]);
}

async fn what_is_behind_can_be_given_back_and_given_up(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish_all(&["a", "a", "a"]).await;
    let taken = three(&place, &group, LONG).await;
    let ends = [(&taken[0], DONE), (&taken[1], Outcome::Returned)];
    assert_eq!(finish(&place, &group, &ends).await, [true, true]);
    let again = take(&place, &group, (1, 5), LONG).await;
    assert_eq!((ids(&again), again[0].attempts), (ids(&taken[1..]), 1));
    let ends = [(&again[0], DONE), (&again[1], Outcome::Failed(failure()))];
    assert_eq!(finish(&place, &group, &ends).await, [true, true]);
    let letters = place.bus.dead_letters(&group, 9).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.id.clone()).collect::<Vec<_>>(), ids(&taken[2..]));
    assert_eq!(letters[0].attempts, 1);
    place.nothing(&group).await;
}

async fn what_begins_anew_does_not_come_in_between(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "a", "a", "a"]).await;
    let dead = place.one(&group).await;
    assert!(place.finish(&group, dead.lease, Outcome::Failed(failure())).await);
    let taken = three(&place, &group, LONG).await;
    assert_eq!(ids(&taken), published[1..]);
    assert_eq!(place.bus.revive(&group, None).await.unwrap(), 1);
    place.nothing(&group).await;
    assert_eq!(finish(&place, &group, &[(&taken[0], DONE)]).await, [true]);
    place.nothing(&group).await;
    assert_eq!(finish(&place, &group, &[(&taken[1], DONE), (&taken[2], DONE)]).await, [true, true]);
    assert_eq!(place.drain(&group).await, published[..1]);
}

async fn a_long_line_of_one_key_is_worked_off(place: Place) {
    let group = place.group(Start::Now).await;
    let mut published = Vec::new();
    for _ in 0..10 {
        published.extend(place.publish_all(&["a"; 100]).await);
    }
    let mut heard = Vec::new();
    while heard.len() < published.len() {
        let taken = take(&place, &group, (3, 64), LONG).await;
        let ends: Vec<_> = taken.iter().map(|delivery| (delivery, DONE)).collect();
        assert!(finish(&place, &group, &ends).await.iter().all(|told| *told));
        heard.extend(ids(&taken));
    }
    assert_eq!(heard, published);
}
