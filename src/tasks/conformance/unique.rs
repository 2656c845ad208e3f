//! While a task with a key waits or runs, no other with it is taken.

use super::place::{Place, failure, known};
use super::rounds;
use crate::tasks::broker::{Cancelled, Outcome, Taken};
use crate::tasks::message::Message;

super::cases! {
    a_key_is_taken_while_its_task_waits_or_runs(Unique);
    a_key_is_free_after_every_end(Unique);
    a_key_is_free_after_a_cancellation(Unique, Cancel);
    a_key_is_free_after_a_drain(Unique, Drain);
    a_key_is_taken_once_in_a_group(Unique);
    a_key_of_another_is_not_taken_back(Unique, Requeue);
    a_race_for_a_key_has_one_winner(Unique);
}

fn keyed(place: &Place, key: &str) -> Message {
    let mut message = place.message();
    message.unique_key = Some(format!("{key} of {}", place.queue));
    message
}

async fn a_key_is_taken_while_its_task_waits_or_runs(place: Place) {
    let first = keyed(&place, "one");
    assert_eq!(place.enqueue(&first).await, Taken::New);
    assert_eq!(place.enqueue(&keyed(&place, "one")).await, known(&first), "while it waits");
    assert_eq!(place.enqueue(&keyed(&place, "two")).await, Taken::New, "another key");
    let claimed = place.claim_many(2).await;
    assert_eq!(place.enqueue(&keyed(&place, "one")).await, known(&first), "while it runs");
    let lease = claimed.iter().find(|claimed| claimed.lease.id == first.id).unwrap().lease;
    assert!(place.finish(lease, Outcome::Retry(place.soon(), failure())).await);
    assert_eq!(place.enqueue(&keyed(&place, "one")).await, known(&first), "while it waits to be tried again");
}

async fn a_key_is_free_after_every_end(place: Place) {
    for outcome in [Outcome::Succeeded(None), Outcome::Failed(failure()), Outcome::Expired] {
        for keep in [true, false] {
            let message = Message { keep, ..keyed(&place, "one") };
            assert_eq!(place.enqueue(&message).await, Taken::New);
            let lease = place.claim().await.lease;
            assert!(place.finish(lease, outcome.clone()).await);
        }
    }
    assert_eq!(place.enqueue(&keyed(&place, "one")).await, Taken::New);
}

async fn a_key_is_free_after_a_cancellation(place: Place) {
    let first = keyed(&place, "one");
    place.enqueue(&first).await;
    assert_eq!(place.cancel(first.id).await, Cancelled::Done);
    assert_eq!(place.enqueue(&keyed(&place, "one")).await, Taken::New);
}

async fn a_key_is_free_after_a_drain(place: Place) {
    place.enqueue(&keyed(&place, "one")).await;
    assert_eq!(place.broker.drain(&place.queue).await.unwrap(), 1);
    assert_eq!(place.enqueue(&keyed(&place, "one")).await, Taken::New);
}

async fn a_key_is_taken_once_in_a_group(place: Place) {
    let [first, second] = [keyed(&place, "one"), keyed(&place, "one")];
    let taken = place.broker.enqueue(vec![first.clone(), second]).await.unwrap();
    assert_eq!(taken, [Taken::New, known(&first)]);
    assert_eq!(place.claim().await.lease.id, first.id);
    place.nothing().await;
}

async fn a_key_of_another_is_not_taken_back(place: Place) {
    let first = keyed(&place, "one");
    place.enqueue(&first).await;
    place.fail(place.claim().await.lease).await;
    let second = keyed(&place, "one");
    assert_eq!(place.enqueue(&second).await, Taken::New);
    assert!(!place.broker.requeue(first.id).await.unwrap(), "another one has its key");
    let claimed = place.claim().await;
    assert_eq!(claimed.lease.id, second.id);
    place.nothing().await;
    place.succeed(claimed.lease).await;
    assert!(place.broker.requeue(first.id).await.unwrap(), "the key is free again");
    assert_eq!(place.enqueue(&keyed(&place, "one")).await, known(&first));
}

async fn a_race_for_a_key_has_one_winner(place: Place) {
    for round in 0..rounds() {
        let messages: Vec<Message> = (0..64).map(|_| keyed(&place, "raced")).collect();
        let racers = messages.iter().enumerate().map(|(number, message)| {
            let broker = if number % 2 == 0 { &place.broker } else { &place.other };
            let (broker, message) = (broker.clone(), message.clone());
            tokio::spawn(async move { broker.enqueue(vec![message]).await.unwrap()[0] })
        });
        let racers: Vec<_> = racers.collect();
        let mut taken = Vec::new();
        for racer in racers {
            taken.push(racer.await.unwrap());
        }
        let winners: Vec<_> =
            messages.iter().zip(&taken).filter(|(_, taken)| **taken == Taken::New).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let winner = winners[0].0;
        let others = taken.iter().filter(|taken| **taken != Taken::New);
        assert!(others.into_iter().all(|taken| *taken == known(winner)), "the others are told which");
        let claimed = place.claim().await;
        assert_eq!(claimed.lease.id, winner.id);
        assert!(
            place
                .claim_from(&place.broker, 1, super::place::LONG, std::time::Duration::ZERO)
                .await
                .is_empty()
        );
        place.succeed(claimed.lease).await;
    }
}
