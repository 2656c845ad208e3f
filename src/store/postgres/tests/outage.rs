//! The server goes away and comes back.

use std::time::{Duration, Instant};

use super::proxy::{Mode, Proxy};
use super::{Place, Postgres, at_a_place, commit_all, until};
use crate::ErrorKind;
use crate::store::fixtures::{ALL, OWNER, insert, owner, text};
use crate::store::{Statement, StoreError, StoreOptions, Unit};

fn numbered(number: usize) -> Unit {
    insert(&OWNER, owner(&format!("o{number}"), &format!("{number}@example.com")))
}

/// A way to the server that can be cut, and the URL that leads through it.
fn through_a_proxy(place: &Place) -> (Proxy, StoreOptions) {
    let config: tokio_postgres::Config = place.server.parse().expect("a URL");
    let host = match config.get_hosts().first() {
        Some(tokio_postgres::config::Host::Tcp(host)) => host.clone(),
        other => panic!("the tests of outages need a server over TCP, not {other:?}"),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let proxy = Proxy::to(format!("{host}:{port}"));
    let (head, tail) = place.server.rsplit_once(&format!("{host}:{port}")).expect("host and port in the URL");
    let options = place.options_at(&format!("{head}127.0.0.1:{}{tail}", proxy.port));
    (proxy, StoreOptions { patience: Duration::from_secs(1), ..options })
}

#[test]
fn connections_that_the_server_ends_come_back_by_themselves() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.list(&super::lists::pets()).await.expect("a list");
        for round in 0..3 {
            place.break_connections().await;
            until("reads work again", async || store.get(&OWNER, &text("a")).await.is_ok()).await;
            let mut number = round * 1000;
            until("writes work again", async || {
                number += 1;
                store.commit(numbered(number)).await.is_ok()
            })
            .await;
            until("lists work again", async || store.list(&super::lists::pets()).await.is_ok()).await;
            store.ready().await.expect("to be ready");
        }
    });
}

#[test]
fn without_a_server_open_answers_and_calls_fail_fast_until_it_is_there() {
    at_a_place(async |place| {
        place.store().await;
        let (proxy, options) = through_a_proxy(place);
        proxy.set(Mode::Closed);
        let store = Postgres::open(&options).await.expect("to open");
        let since = Instant::now();
        assert!(matches!(store.get(&OWNER, &text("a")).await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.commit(numbered(1)).await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.ready().await, Err(StoreError::Unavailable(_))));
        assert!(since.elapsed() < Duration::from_millis(200), "not fast: {:?}", since.elapsed());
        assert!(matches!(store.list(&super::lists::pets()).await, Err(StoreError::Unavailable(_))));
        let statements = vec![Statement { sql: "SELECT 1".to_owned(), parameters: Vec::new() }];
        let own = store.commit(Unit { statements, ..numbered(2) }).await;
        assert!(matches!(own, Err(StoreError::Unavailable(_))), "{own:?}");

        proxy.set(Mode::Open);
        until("it is ready", async || store.ready().await.is_ok()).await;
        store.commit(numbered(1)).await.expect("a write");
        assert!(store.get(&OWNER, &text("o1")).await.expect("a read").is_some());
    });
}

#[test]
fn prepare_without_a_server_says_where_it_looked_and_not_the_password() {
    at_a_place(async |_| {
        let options = StoreOptions {
            url: "postgres://somebody:open-sesame@127.0.0.1:1/there".to_owned(),
            patience: Duration::from_secs(1),
            connections: 1,
        };
        let store = Postgres::open(&options).await.expect("to open");
        let error = store.prepare(&ALL, true).await.expect_err("no server");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let text = format!("{error:?} {store:?}");
        assert!(text.contains("127.0.0.1:1"), "{text}");
        assert!(!text.contains("open-sesame"), "{text}");
    });
}

#[test]
fn a_write_whose_answer_never_came_is_unknown_and_reads_move_on() {
    at_a_place(async |place| {
        place.store().await;
        let (proxy, options) = through_a_proxy(place);
        let store = Postgres::open(&options).await.expect("to open");
        let mut first = 10;
        loop {
            // Enough for the writers to have the statement prepared, as a rule.
            let some = (first..first + 400).map(numbered).collect();
            assert!(commit_all(&store, some).await.iter().all(Result::is_ok));
            first += 400;
            proxy.set(Mode::CutAnswers);
            let answer = store.commit(numbered(2)).await;
            if matches!(answer, Err(StoreError::Unknown(_))) {
                break;
            }
            // One that breaks while it prepares has not written, and says so.
            assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
            assert!(first < 10_000, "it never gets as far as to write");
            proxy.set(Mode::Open);
            until("it is ready", async || store.ready().await.is_ok()).await;
            until("reads work again", async || store.get(&OWNER, &text("o2")).await.is_ok()).await;
            assert!(store.get(&OWNER, &text("o2")).await.expect("a read").is_none());
        }
        let statements = vec![Statement { sql: "SELECT 1".to_owned(), parameters: Vec::new() }];
        let answer = store.commit(Unit { statements, ..numbered(3) }).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "it broke before COMMIT: {answer:?}");
        proxy.set(Mode::Open);
        until("reads work again", async || {
            store.get(&OWNER, &text("o2")).await.is_ok_and(|row| row.is_some())
        })
        .await;
    });
}

#[test]
fn a_server_that_says_nothing_is_given_up_and_tried_again() {
    at_a_place(async |place| {
        place.store().await;
        let (proxy, mut options) = through_a_proxy(place);
        options.patience = Duration::from_millis(300);
        let store = Postgres::open(&options).await.expect("to open");
        store.commit(numbered(1)).await.expect("a write");
        proxy.set(Mode::Mute);
        assert!(matches!(store.get(&OWNER, &text("o1")).await, Err(StoreError::Unavailable(_))));
        let answer = store.commit(numbered(2)).await;
        assert!(matches!(answer, Err(StoreError::Unknown(_))), "{answer:?}");
        proxy.set(Mode::Open);
        proxy.cut();
        until("reads work again", async || store.get(&OWNER, &text("o1")).await.is_ok()).await;
        until("writes work again", async || store.commit(numbered(3)).await.is_ok()).await;
    });
}

#[test]
fn a_url_that_asks_for_tls_is_refused_with_a_way_out() {
    at_a_place(async |_| {
        for mode in ["require", "verify-full"] {
            let url = format!("postgres://somebody:open-sesame@127.0.0.1:1/there?sslmode={mode}");
            let options = StoreOptions { url, patience: Duration::from_secs(1), connections: 1 };
            let error = Postgres::open(&options).await.expect_err("no TLS here");
            assert!(error.message().contains("sslmode=disable"), "{error}");
            assert!(!format!("{error:?}").contains("open-sesame"));
        }
    });
}

#[test]
fn a_url_that_can_not_be_read_is_not_quoted() {
    at_a_place(async |_| {
        for url in ["postgres://u:p@host/db?sesame=1", "postgres://u:open@sesame@host:x/db", "postgres://"] {
            let url = url.to_owned();
            let options = StoreOptions { url, patience: Duration::from_secs(1), connections: 1 };
            let error = Postgres::open(&options).await.expect_err("not a URL");
            assert!(error.message().contains("postgres://user:password@host"), "{error}");
            assert!(!format!("{error:?}").contains("sesame"));
        }
    });
}
