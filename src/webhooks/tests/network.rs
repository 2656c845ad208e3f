//! Where requests go, and where they don't.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::webhooks::connect::{Connector, Resolve};
use crate::webhooks::{GivenUp, Reason};

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_not_connected_to_whatever_it_is_called() {
    async fn refused(given_up: GivenUp, _: &Context) -> Result<()> {
        // A host that the system can't resolve, or that no certificate may be for, is not reached either.
        assert!(matches!(given_up.reason, Reason::Refused | Reason::Exhausted(None)));
        Ok(())
    }
    let receiver = Receiver::kind().await;
    let port = receiver.address.port();
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
        "127.1",
        "localhost.",
    ] {
        let webhooks = Webhooks::new("partners", in_book::<Rang>).trust(&receiver.pem).on_given_up(refused);
        let book = Book::of([Endpoint::new(format!("https://{host}:{port}/"), SECRET)]);
        let house = House::new(webhooks.retries([Duration::from_millis(5)]), &book).await;
        house.ring("once").await;
        let (code, message) = house.failure().await;
        assert!(code == "endpoint" || code == "unreachable", "{host}: {code} {message}");
        if ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"].contains(&host) {
            assert!(message.contains("not public"), "{host}: {message}");
        }
    }
    assert_eq!(receiver.connections(), 0);
}

fn resolves_to(addresses: &'static [&'static str]) -> Resolve {
    Arc::new(move |_, port| {
        let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse().expect("an address"), port));
        let addresses = addresses.collect();
        Box::pin(async move { Ok(addresses) })
    })
}

async fn connect(url: &str, private: bool, resolve: Resolve) -> std::io::Result<SocketAddr> {
    let mut connector = Connector { private, timeout: Duration::from_millis(300), resolve };
    let url = url.parse().expect("a URL");
    let stream = tower_service::Service::call(&mut connector, url).await?;
    stream.inner().peer_addr()
}

#[tokio::test]
async fn one_private_address_among_others_is_enough_to_refuse() {
    for addresses in [&["127.0.0.1"][..], &["1.1.1.1", "10.0.0.1"], &["169.254.169.254"], &["fd00:ec2::254"]]
    {
        let error = connect("https://hooks.test/", false, resolves_to(addresses)).await.expect_err("refused");
        assert!(error.to_string().contains("not public"), "{error}");
    }
}

#[tokio::test]
async fn without_tls_requests_go_to_private_addresses_alone() {
    let error = connect("http://hooks.test/", true, resolves_to(&["1.1.1.1"])).await.expect_err("refused");
    assert!(error.to_string().contains("has to be https"), "{error}");
    let receiver = Receiver::kind().await;
    let url = format!("http://hooks.test:{}/", receiver.address.port());
    assert_eq!(connect(&url, true, resolves_to(&["127.0.0.1"])).await.expect("connected"), receiver.address);
}

#[tokio::test]
async fn an_address_that_does_not_answer_leaves_time_for_the_next() {
    let receiver = Receiver::kind().await;
    let url = format!("https://hooks.test:{}/", receiver.address.port());
    // The first refuses, as nobody listens there.
    let address = connect(&url, true, resolves_to(&["127.0.0.2", "127.0.0.1"])).await.expect("connected");
    assert_eq!(address, receiver.address);
    connect(&url, true, resolves_to(&[])).await.expect_err("a host without addresses is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_connected_to_is_what_was_looked_at() {
    let receiver = Receiver::kind().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let mut webhooks = quick(&receiver);
    let address = receiver.address;
    // A name that is another address each time that it is asked for.
    webhooks.client.resolve = Arc::new(move |_, _| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let other = SocketAddr::from(([127, 0, 0, 2], address.port()));
        Box::pin(async move { Ok(vec![if first { address } else { other }]) })
    });
    let book = Book::of([Endpoint::new(format!("https://hooks.test:{}/", address.port()), SECRET)]);
    let house = House::new(webhooks, &book).await;
    house.ring("once").await;
    house.delivery(TaskState::Succeeded).await;
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a name is asked for once a connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_not_prove_its_name_gets_nothing() {
    let receiver = Receiver::kind().await;
    let named = Endpoint::new(receiver.url("/"), SECRET);
    let unnamed = Endpoint::new(format!("https://127.0.0.1:{}/", receiver.address.port()), SECRET);
    let stranger = Webhooks::new("partners", in_book::<Rang>).allow_private();
    let known = quick(&receiver);
    for (webhooks, endpoint) in [(stranger, named), (known, unnamed)] {
        let house = House::new(webhooks.retries([Duration::from_millis(5)]), &Book::of([endpoint])).await;
        house.ring("once").await;
        let (code, message) = house.failure().await;
        assert!(code == "unreachable" && message.contains("certificate"), "{code}: {message}");
    }
    assert_eq!(receiver.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_that_says_so() {
    let receiver = Receiver::start(|_, came| match came.path.as_str() {
        "/new" => Reply::Status(204),
        _ => Reply::Header(307, "location", "/new".to_owned()),
    });
    let receiver = receiver.await;
    let book = Book::of([Endpoint::new(receiver.url("/old"), SECRET)]);
    let house = House::new(quick(&receiver).retries([Duration::from_millis(5)]), &book).await;
    house.ring("once").await;
    let (code, message) = house.failure().await;
    assert!(code == "answer" && message.contains("answered 307: redirects are not followed"), "{message}");
    assert!(receiver.came().iter().all(|came| came.path == "/old"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_beside_the_status_is_not_waited_for() {
    let receiver =
        Receiver::start(|before, _| if before == 0 { Reply::Endless(200) } else { Reply::Stalled(200) });
    let receiver = receiver.await;
    let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
    let house = House::new(quick(&receiver).timeout(Duration::from_secs(15)), &book).await;
    for how in ["endless", "stalled"] {
        house.ring(how).await;
        until(async || house.deliveries().await.iter().all(|it| it.state == TaskState::Succeeded)).await;
    }
    until(async || house.deliveries().await.len() == 2).await;
    until(async || house.deliveries().await.iter().all(|it| it.state == TaskState::Succeeded)).await;
    assert_eq!(receiver.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_used_again() {
    let receiver = Receiver::kind().await;
    let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
    let house = House::new(quick(&receiver).concurrency(1), &book).await;
    for _ in 0..10 {
        house.ring("again").await;
    }
    until(async || receiver.count() == 10).await;
    assert!(receiver.connections() < 5, "{}", receiver.connections());
}
