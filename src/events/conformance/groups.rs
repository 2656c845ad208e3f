//! Who gets what, and from when on.

use std::time::Duration;

use chrono::Utc;

use super::place::{LONG, Place, id, ids};
use crate::events::bus::{Group, Start};
use crate::tasks::Outcome;

super::cases! {
    every_group_gets_everything();
    those_of_one_group_share();
    a_group_gets_its_types_alone();
    a_group_may_begin_with_what_was_before_it(Past);
    a_known_group_goes_on_where_it_was();
    a_group_says_anew_what_it_listens_to();
    a_group_that_is_set_back_gets_all_of_it_again(Seek);
    a_group_that_is_forgotten_is_unknown(Groups);
    groups_say_how_far_they_are(Groups);
    what_is_not_old_stays(Prune);
    what_is_old_is_forgotten_but_not_what_is_underway(Prune, Past);
}

async fn every_group_gets_everything(place: Place) {
    let groups = [place.group(Start::Now).await, place.group(Start::Now).await];
    let published = place.publish_all(&["a", "b", "c"]).await;
    for group in &groups {
        assert_eq!(place.drain(group).await, published);
    }
}

async fn those_of_one_group_share(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "b", "c", "d"]).await;
    let other = Place { bus: place.other.clone(), ..place.clone() };
    let mut taken = ids(&place.take(&group, 2, LONG).await);
    assert_eq!(taken.len(), 2);
    taken.extend(ids(&other.take(&group, 4, LONG).await));
    assert_eq!(taken, published);
}

async fn a_group_gets_its_types_alone(place: Place) {
    let group = place.group(Start::Now).await;
    let mut stranger = place.event("a");
    stranger.kind = format!("{}.otherwise", place.kind);
    place.publish(&stranger).await;
    let event = place.event("a");
    place.publish(&event).await;
    assert_eq!(place.drain(&group).await, [event.id]);
}

async fn a_group_may_begin_with_what_was_before_it(place: Place) {
    let first = place.publish_all(&["a"]).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let moment = Utc::now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = place.publish_all(&["b", "c"]).await;
    let all = [first, second.clone()].concat();
    let begins = [
        (place.group(Start::Now).await, Vec::new()),
        (place.group(Start::Beginning).await, all),
        (place.group(Start::At(moment)).await, second),
        (place.group(Start::At(Utc::now() + chrono::TimeDelta::hours(1))).await, Vec::new()),
    ];
    for (group, expected) in &begins {
        assert_eq!(&place.drain(group).await, expected);
    }
    let later = place.publish_all(&["a"]).await;
    for (group, _) in &begins {
        assert_eq!(place.drain(group).await, later);
    }
}

async fn a_known_group_goes_on_where_it_was(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "b"]).await;
    assert_eq!(place.drain(&group).await, published);
    for start in [Start::Beginning, Start::Now] {
        place.subscribe(&group, start).await;
        place.nothing(&group).await;
        let more = place.publish_all(&["a"]).await;
        place.subscribe(&group, start).await;
        assert_eq!(place.drain(&group).await, more);
    }
}

async fn a_group_says_anew_what_it_listens_to(place: Place) {
    let group = place.group(Start::Now).await;
    let mut other = place.event("a");
    other.kind = format!("{}.otherwise", place.kind);
    let types = vec![place.kind.clone(), other.kind.clone()];
    place.bus.subscribe(Group { name: group.clone(), types, start: Start::Now }).await.unwrap();
    place.publish(&other).await;
    assert_eq!(place.drain(&group).await, [other.id]);
}

async fn a_group_that_is_set_back_gets_all_of_it_again(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "a", "b"]).await;
    let held = place.one(&group).await;
    place.bus.seek(&group, Start::Beginning).await.unwrap();
    assert!(!place.finish(&group, held.lease, Outcome::Succeeded(None)).await, "it was before");
    let again = place.one(&group).await;
    assert_eq!((id(&again), again.round), (published[0].clone(), 1));
    assert!(!place.finish(&group, held.lease, Outcome::Succeeded(None)).await, "it was before");
    place.done(&group, &again).await;
    // Of two keys: which comes first is not promised.
    let mut rest = place.drain(&group).await;
    rest.sort_unstable_by_key(|id| published.iter().position(|it| it == id));
    assert_eq!(rest, published[1..]);
    place.bus.seek(&group, Start::Beginning).await.unwrap();
    place.bus.seek(&group, Start::Now).await.unwrap();
    place.nothing(&group).await;
}

async fn a_group_that_is_forgotten_is_unknown(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish_all(&["a", "b"]).await;
    place.one(&group).await;
    assert!(place.bus.forget(&group).await.unwrap());
    assert!(!place.bus.forget(&group).await.unwrap());
    place.no_group(&group).await;
    assert!(place.bus.seek(&group, Start::Now).await.is_err());
    assert!(place.bus.dead_letters(&group, 10).await.is_err());
    assert!(place.bus.revive(&group, None).await.is_err());
}

async fn groups_say_how_far_they_are(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish_all(&["a", "b", "c"]).await;
    let find = async || {
        let groups = place.bus.groups().await.unwrap();
        groups.into_iter().find(|status| status.name == group).expect("it is known")
    };
    let before = find().await;
    assert!(before.behind >= 3, "{before:?}");
    assert_eq!(before.types, vec![place.kind.clone()]);
    let first = place.one(&group).await;
    assert!(place.finish(&group, first.lease, Outcome::Failed(super::place::failure())).await);
    place.one(&group).await;
    let after = find().await;
    assert!(after.open >= 1 && after.dead == 1, "{after:?}");
}

async fn what_is_not_old_stays(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "b", "c"]).await;
    assert_eq!(place.bus.prune(Utc::now() - chrono::TimeDelta::days(7)).await.unwrap(), 0);
    assert_eq!(place.drain(&group).await, published);
}

async fn what_is_old_is_forgotten_but_not_what_is_underway(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "b", "c"]).await;
    let first = place.one(&group).await;
    place.done(&group, &first).await;
    let second = place.one(&group).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    while place.bus.prune(Utc::now()).await.unwrap() > 0 {}
    // Given out again, it is still there.
    assert!(place.finish(&group, second.lease, Outcome::Returned).await);
    // What it had not come to may be gone.
    assert_eq!(place.drain(&group).await[0], published[1]);
    while place.bus.prune(Utc::now()).await.unwrap() > 0 {}
    let late = place.group(Start::Beginning).await;
    place.nothing(&late).await;
    // Numbers go on where they were.
    let more = place.publish_all(&["a"]).await;
    assert_eq!(place.drain(&group).await, more);
    assert_eq!(place.drain(&late).await, more);
}
