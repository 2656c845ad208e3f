//! Dead letters, and what begins anew.

use chrono::{TimeDelta, Utc};

use super::sound::Kept;
use super::{event, events, failure, finish, listen, open, take};
use crate::events::bus::{BusError, BusOptions, Start};
use crate::redis::testing::Node;
use crate::tasks::Outcome;

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_begins_anew_also_where_the_log_has_forgotten_its_event() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    let old = event("shop.made", "a");
    bus.publish(vec![old.clone()]).await.expect("published");
    let delivery = take(&bus, "mail", 1).await.remove(0);
    finish(&bus, "mail", &delivery, Outcome::Failed(failure())).await;
    assert_eq!(bus.prune(Utc::now() + TimeDelta::seconds(1)).await.expect("pruned"), 1);
    let again = async || {
        assert_eq!(bus.revive("mail", None).await.expect("it begins anew"), 1);
        let delivery = take(&bus, "mail", 1).await.remove(0);
        assert_eq!(**delivery.event.as_ref().expect("from its letter"), old);
        delivery
    };
    // Given up once more, it is the same letter; ended, it is gone.
    let delivery = again().await;
    finish(&bus, "mail", &delivery, Outcome::Returned).await;
    let delivery = take(&bus, "mail", 1).await.remove(0);
    finish(&bus, "mail", &delivery, Outcome::Failed(failure())).await;
    let letters = bus.dead_letters("mail", 10).await.expect("letters");
    assert_eq!(letters[0].event.as_ref(), Some(&old));
    Kept::of(&mut connection, "fourfold").await.assert_sound();
    finish(&bus, "mail", &again().await, Outcome::Succeeded(None)).await;
    let kept = Kept::of(&mut connection, "fourfold").await;
    kept.assert_sound();
    assert_eq!((kept.open("mail"), kept.dead("mail")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_of_one_key_begin_anew_in_their_order_in_whatever_order_they_are_asked_for() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    listen(&bus, "mail", &["shop.made"]).await;
    let all: Vec<_> = (0..5).map(|_| event("shop.made", "a")).collect();
    bus.publish(all.clone()).await.expect("published");
    for _ in 0..3 {
        let delivery = take(&bus, "mail", 1).await.remove(0);
        finish(&bus, "mail", &delivery, Outcome::Failed(failure())).await;
    }
    let underway = take(&bus, "mail", 1).await.remove(0);
    for number in [2, 0, 1] {
        let ids = Some(vec![all[number].id.clone()]);
        assert_eq!(bus.revive("mail", ids).await.expect("it begins anew"), 1);
    }
    Kept::of(&mut node.connection().await, "fourfold").await.assert_sound();
    assert!(take(&bus, "mail", 1).await.is_empty(), "one of the key is underway");
    finish(&bus, "mail", &underway, Outcome::Succeeded(None)).await;
    for number in [0, 1, 2, 4] {
        let delivery = take(&bus, "mail", 1).await.remove(0);
        finish(&bus, "mail", &delivery, Outcome::Succeeded(None)).await;
        assert_eq!(events(vec![delivery]), [all[number].clone()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_letters_are_seen_and_begin_anew_and_a_group_that_is_forgotten_leaves_nothing() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    let all: Vec<_> = (0..2_500).map(|n| event("shop.made", &n.to_string())).collect();
    bus.publish(all.clone()).await.expect("published");
    let give_up = async || {
        let taken = take(&bus, "mail", all.len()).await;
        assert_eq!(taken.len(), all.len());
        let lease = |it: &crate::events::bus::Delivery| crate::tasks::Finish {
            lease: it.lease,
            outcome: Outcome::Failed(failure()),
        };
        let told = bus.finish("mail", taken.iter().map(lease).collect()).await.expect("they end");
        assert!(told.iter().all(|told| *told));
    };
    give_up().await;
    let letters = bus.dead_letters("mail", usize::MAX).await.expect("letters");
    assert!(letters.iter().map(|it| &it.id).eq(all.iter().map(|it| &it.id)), "the oldest first");
    assert_eq!(bus.dead_letters("mail", 150).await.expect("letters").len(), 150);
    assert_eq!(bus.revive("mail", Some(Vec::new())).await.expect("none is meant"), 0);
    let some = all.iter().skip(7).step_by(2).map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(bus.revive("mail", Some(some.clone())).await.expect("they begin anew"), some.len() as u64);
    assert_eq!(bus.revive("mail", None).await.expect("the others"), (all.len() - some.len()) as u64);
    give_up().await;
    // Some of them begin anew from their letters when the group goes.
    while bus.prune(Utc::now() + TimeDelta::seconds(1)).await.expect("pruned") > 0 {}
    bus.revive("mail", Some(some)).await.expect("they begin anew");
    Kept::of(&mut connection, "fourfold").await.assert_sound();
    assert!(bus.forget("mail").await.expect("forgotten"));
    assert!(!bus.forget("mail").await.expect("forgotten before"));
    let kept = Kept::of(&mut connection, "fourfold").await;
    assert!(kept.groups.is_empty(), "{:?}", kept.groups);
    assert!(matches!(bus.revive("mail", None).await, Err(BusError::NoGroup)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_set_back_leaves_the_letters_that_are_given_up_alone() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    bus.publish((0..3).map(|n| event("shop.made", &n.to_string())).collect()).await.expect("published");
    let taken = take(&bus, "mail", 3).await;
    for delivery in &taken {
        finish(&bus, "mail", delivery, Outcome::Failed(failure())).await;
    }
    // One is there again from the log, one from its letter, and one not at all.
    let ids: Vec<String> = events(taken).into_iter().map(|it| it.id).collect();
    bus.revive("mail", Some(vec![ids[0].clone()])).await.expect("it begins anew");
    while bus.prune(Utc::now() + TimeDelta::seconds(1)).await.expect("pruned") > 0 {}
    bus.revive("mail", Some(vec![ids[1].clone()])).await.expect("it begins anew");
    bus.seek("mail", Start::Beginning).await.expect("it is set back");
    let kept = Kept::of(&mut connection, "fourfold").await;
    kept.assert_sound();
    assert_eq!((kept.open("mail"), kept.dead("mail")), (0, 1));
    // It has come to the first one again by itself, before its letter begins anew.
    assert_eq!(take(&bus, "mail", 3).await.len(), 1, "the log has one");
    assert_eq!(bus.revive("mail", None).await.expect("it begins anew"), 1);
    Kept::of(&mut connection, "fourfold").await.assert_sound();
}
