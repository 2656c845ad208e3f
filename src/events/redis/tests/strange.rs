//! What others have written into the log or under our keys, or taken away.

use chrono::Utc;
use redis::aio::MultiplexedConnection;

use super::sound::Kept;
use super::{event, failure, finish, listen, open, take};
use crate::events::bus::{BusError, BusOptions, Group, Start, Take};
use crate::redis::testing::{Node, dump, run};
use crate::tasks::{Failure, Finish, Outcome};

const LOG: &str = "{fourfold}:events";

async fn add(connection: &mut MultiplexedConnection, fields: &[&[u8]]) {
    let mut command = redis::cmd("XADD");
    command.arg(LOG).arg("*").arg(fields).exec_async(connection).await.expect("it is added");
}

#[tokio::test(flavor = "multi_thread")]
async fn others_write_events_in_either_form_and_those_of_one_key_are_in_order_with_ours() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    let all: Vec<_> = (0..4).map(|_| event("shop.made", "Zoë \"x\"")).collect();
    let text = all[0].to_json();
    add(&mut connection, &[b"data", text.as_bytes(), b"metadata", b"{}"]).await;
    bus.publish(vec![all[1].clone()]).await.expect("published");
    let text = all[2].to_json();
    add(&mut connection, &[b"Content-Type", b" Application/CloudEvents+json", b"data", text.as_bytes()])
        .await;
    let id = all[3].id.as_bytes();
    let subject = "Zoë \"x\"".as_bytes();
    add(
        &mut connection,
        &[
            b"CE-ID",
            id,
            b"ce-type",
            b"shop.made",
            b"ce-source",
            b"/test",
            b"ce-specversion",
            b"1.0",
            b"ce-subject",
            subject,
            b"content-type",
            b"application/json",
            b"data",
            b"{}",
        ],
    )
    .await;
    for expected in &all {
        let mut taken = take(&bus, "mail", 10).await;
        assert_eq!(taken.len(), 1, "one of a key at a time");
        assert_eq!(**taken[0].event.as_ref().expect("an event"), *expected);
        finish(&bus, "mail", &taken.remove(0), Outcome::Succeeded(None)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_a_dead_letter_as_it_came_and_what_comes_after_it_is_given_out() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    let deep = format!("{{\"type\":\"shop.else\",\"data\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let wide: Vec<Vec<u8>> = (0..20_000).map(|n: u32| n.to_string().into_bytes()).collect();
    let wide: Vec<&[u8]> = wide.iter().map(Vec::as_slice).collect();
    let strange: [&[&[u8]]; 7] = [
        &[b"data", b"\xff\0 no event"],
        &[b"", b""],
        &[b"order", b"1"],
        &[b"data", deep.as_bytes()],
        &[b"ce-id", b"\xff", b"ce-subject", b"\xff"],
        &[b"content-type", b"application/cloudevents+avro", b"data", b"\0"],
        &wide,
    ];
    for fields in strange {
        add(&mut connection, fields).await;
    }
    // Its type can be told: it is another's affair.
    add(&mut connection, &[b"ce-type", b"shop.else"]).await;
    add(&mut connection, &[b"ce-type", b"shop.made", b"ce-id", b"7"]).await;
    let good = event("shop.made", "a");
    bus.publish(vec![good.clone()]).await.expect("published");
    let taken = take(&bus, "mail", 20).await;
    assert_eq!(taken.len(), 9);
    for delivery in &taken {
        let outcome = match &delivery.event {
            Ok(event) => {
                assert_eq!(**event, good);
                Outcome::Succeeded(None)
            }
            Err(received) => Outcome::Failed(Failure::new("unreadable", received.why.to_string())),
        };
        finish(&bus, "mail", delivery, outcome).await;
    }
    let letters = bus.dead_letters("mail", 20).await.expect("letters");
    assert_eq!(letters.len(), 8);
    let kept = Kept::of(&mut connection, "fourfold").await;
    kept.assert_sound();
    let letter = format!("{{fourfold}}:events:letter:mail:{}", kept.first_dead("mail"));
    let body: Vec<u8> =
        redis::cmd("HGET").arg(letter).arg("data").query_async(&mut connection).await.expect("the letter");
    assert_eq!(body, b"\xff\0 no event");
    // By how the bus knows it, one that can't be read begins anew as well.
    assert!(letters[0].event.is_none() && letters[0].id.contains('-'), "{:?}", letters[0]);
    assert_eq!(bus.revive("mail", Some(vec![letters[0].id.clone()])).await.expect("it begins anew"), 1);
    let again = take(&bus, "mail", 20).await;
    assert!(again.len() == 1 && again[0].event.is_err(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_out_of_the_log_by_others_is_a_dead_letter_and_holds_up_nobody() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    let all: Vec<_> = (0..3).map(|_| event("shop.made", "a")).collect();
    bus.publish(all.clone()).await.expect("published");
    let first = take(&bus, "mail", 2).await.remove(0);
    finish(&bus, "mail", &first, Outcome::Returned).await;
    run(&mut connection, &["XTRIM", LOG, "MAXLEN", "1"]).await;
    for _ in 0..2 {
        let gone = take(&bus, "mail", 1).await.remove(0);
        let why = gone.event.as_ref().expect_err("it is gone").why.to_string();
        assert!(why.contains("does not remember"), "{why}");
        finish(&bus, "mail", &gone, Outcome::Failed(failure())).await;
    }
    let last = take(&bus, "mail", 1).await.remove(0);
    assert_eq!(last.into_event(), all[2]);
    let letters = bus.dead_letters("mail", 10).await.expect("letters");
    assert!(letters.len() == 2 && letters.iter().all(|it| it.event.is_none()), "{letters:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_key_of_ours_is_something_else_it_is_named_and_nothing_is_done_by_half() {
    let Some(node) = Node::start(&[]).await else { return };
    let mut connection = node.connection().await;
    for name in [
        "", ":known", ":groups", ":group:q", ":open:q", ":held:q", ":due:q", ":turns:q", ":dead:q", ":kept:q",
    ] {
        run(&mut connection, &["FLUSHALL"]).await;
        let bus = open(&BusOptions::at(node.url())).await;
        listen(&bus, "q", &["shop.made"]).await;
        bus.publish((0..9).map(|n| event("shop.made", &(n % 3).to_string())).collect())
            .await
            .expect("published");
        let taken = take(&bus, "q", 3).await;
        let (lease, other) = (taken[0].lease, taken[1].lease);
        let key = format!("{LOG}{name}");
        run(&mut connection, &["DEL", &key]).await;
        // No kind that any of ours is.
        run(&mut connection, &["LPUSH", &key, "x"]).await;
        let mut named = 0;
        for number in 0..9 {
            let before = dump(connection.clone()).await;
            let finish = |lease, outcome| bus.finish("q", vec![Finish { lease, outcome }]);
            let ask = Take {
                group: "q",
                limit: 2,
                lease: std::time::Duration::from_secs(5),
                wait: std::time::Duration::ZERO,
                ahead: 0,
                behind: 0,
            };
            let answer = match number {
                0 => bus.publish(vec![event("shop.made", "a")]).await,
                1 => bus.take(ask).await.map(|_| ()),
                2 => bus.extend("q", vec![lease], std::time::Duration::from_secs(5)).await.map(|_| ()),
                3 => finish(lease, Outcome::Failed(failure())).await.map(|_| ()),
                4 => finish(other, Outcome::Succeeded(None)).await.map(|_| ()),
                5 => bus.prune(Utc::now()).await.map(|_| ()),
                6 => bus.revive("q", None).await.map(|_| ()),
                7 => bus.seek("q", Start::Now).await,
                _ => {
                    let group = Group { name: "q".to_owned(), types: Vec::new(), start: Start::Now };
                    bus.subscribe(group).await
                }
            };
            if let Err(error) = answer {
                assert!(matches!(&error, BusError::Internal(why) if why.contains(&key)), "{error:?}");
                assert_eq!(dump(connection.clone()).await, before, "{name}, {number}: something was done");
                named += 1;
            }
        }
        assert!(named > 0, "{name} was not missed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_somebody_spoiled_is_an_error_that_says_so_and_others_go_on() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    listen(&bus, "other", &["shop.made"]).await;
    bus.publish(vec![event("shop.made", "a")]).await.expect("published");
    for (field, value) in [("types", "{no JSON"), ("position", "here"), ("position", "1-2-3")] {
        run(&mut connection, &["HSET", "{fourfold}:events:group:mail", field, value]).await;
        let ask = Take {
            group: "mail",
            limit: 1,
            lease: std::time::Duration::from_secs(5),
            wait: std::time::Duration::ZERO,
            ahead: 0,
            behind: 0,
        };
        let refused = bus.take(ask).await.expect_err("it is spoiled");
        assert!(matches!(refused, BusError::Internal(_)), "{refused:?}");
        if field == "types" {
            listen(&bus, "mail", &["shop.made"]).await;
        }
    }
    assert_eq!(take(&bus, "other", 1).await.len(), 1);
    // What is open and no longer to be read is left alone; the others of the group are not in its way.
    run(&mut connection, &["HSET", "{fourfold}:events:open:other", "nonsense", "x"]).await;
    run(&mut connection, &["ZADD", "{fourfold}:events:due:other", "0", "nonsense", "0", "nobody"]).await;
    let good = event("shop.made", "b");
    bus.publish(vec![good.clone()]).await.expect("published");
    assert_eq!(take(&bus, "other", 1).await.remove(0).into_event(), good);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgot_the_scripts_is_sent_them_again() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    for key in ["a", "b"] {
        run(&mut connection, &["SCRIPT", "FLUSH"]).await;
        bus.publish(vec![event("shop.made", key)]).await.expect("published");
        run(&mut connection, &["SCRIPT", "FLUSH"]).await;
        assert_eq!(take(&bus, "mail", 1).await.len(), 1);
    }
}
