//! Which task is next.

use super::place::Place;
use crate::tasks::message::{Message, Priority};

super::cases! {
    tasks_come_in_turn(Turns);
    the_urgent_ones_come_first(Priority);
    many_are_given_at_once();
}

fn ids(messages: &[Message]) -> Vec<uuid::Uuid> {
    messages.iter().map(|message| message.id).collect()
}

async fn tasks_come_in_turn(place: Place) {
    let messages: Vec<Message> = (0..12).map(|_| place.message()).collect();
    for group in messages.chunks(4) {
        place.broker.enqueue(group.to_vec()).await.unwrap();
    }
    let mut came = Vec::new();
    for _ in 0..6 {
        came.push(place.claim().await.message);
    }
    came.extend(place.claim_many(6).await.into_iter().map(|claimed| claimed.message));
    assert_eq!(ids(&came), ids(&messages));
}

async fn the_urgent_ones_come_first(place: Place) {
    let mut messages = Vec::new();
    for priority in [Priority::Low, Priority::Normal, Priority::High, Priority::Low, Priority::High] {
        messages.push(Message { priority, ..place.message() });
    }
    place.broker.enqueue(messages).await.unwrap();
    let mut came = Vec::new();
    for _ in 0..3 {
        came.push(place.claim().await.message.priority);
    }
    came.extend(place.claim_many(2).await.into_iter().map(|claimed| claimed.message.priority));
    assert_eq!(came, [Priority::High, Priority::High, Priority::Normal, Priority::Low, Priority::Low]);
}

async fn many_are_given_at_once(place: Place) {
    let messages: Vec<Message> = (0..300).map(|_| place.message()).collect();
    place.broker.enqueue(messages.clone()).await.unwrap();
    let came: Vec<Message> = place.claim_many(300).await.into_iter().map(|claimed| claimed.message).collect();
    let (mut came, mut sent) = (ids(&came), ids(&messages));
    came.sort_unstable();
    sent.sort_unstable();
    assert_eq!(came, sent);
    place.nothing().await;
}
