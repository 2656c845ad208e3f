//! Endpoints that are away, and what the others feel of it.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_is_tried_again() {
    let receiver =
        Receiver::start(|before, _| if before == 0 { Reply::Hang } else { Reply::Status(204) }).await;
    let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
    let house = House::new(quick(&receiver).timeout(Duration::from_millis(200)), &book).await;
    house.ring("once").await;
    assert_eq!(house.delivery(TaskState::Succeeded).await.attempts, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_is_said_to_be() {
    let receiver = Receiver::kind().await;
    let url = receiver.url("/t0ken");
    let webhooks = quick(&receiver).retries([]);
    drop(receiver);
    let house = House::new(webhooks, &Book::of([Endpoint::new(url, SECRET)])).await;
    house.ring("once").await;
    let (code, message) = house.failure().await;
    assert!(code == "unreachable" && message.contains("refused"), "{code}: {message}");
    assert!(message.contains("https://localhost") && !message.contains("t0ken"), "{message}");
}

/// Three endpoints, of which one never answers: the others get everything, and don't wait for it. `FOURFOLD_TEST_WEBHOOKS` says
/// how many events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_away_slows_nobody_else() {
    let count = std::env::var("FOURFOLD_TEST_WEBHOOKS").map_or(300, |it| it.parse().expect("a number"));
    let receiver = Receiver::start(|_, came| match came.path.as_str() {
        "/away" => Reply::Hang,
        _ => Reply::Status(204),
    });
    let receiver = receiver.await;
    let paths = ["/one", "/away", "/other"];
    let book = Book::of(paths.map(|path| Endpoint::new(receiver.url(path), SECRET)));
    let webhooks = Webhooks::new("partners", in_book::<Rang>).trust(&receiver.pem).allow_private();
    // Far longer than the others may take: whoever waits for it does not end in time.
    let house = House::new(webhooks.timeout(HANGS * 20), &book).await;
    let began = std::time::Instant::now();
    let rings = (0..count).map(|_| house.ring("loudly"));
    futures_util::future::join_all(rings).await;
    let published = began.elapsed();
    let arrived = || receiver.came().iter().filter(|came| came.path != "/away").count();
    tokio::time::timeout(HANGS * 10, async {
        while arrived() < 2 * count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("all arrive");
    let took = began.elapsed();
    let mut ids: Vec<_> = receiver.came().iter().filter(|came| came.path != "/away").map(Came::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2 * count, "each once");
    assert!(receiver.came().len() - arrived() <= 8, "as many wait for the one that is away as may");
    println!(
        "{count} events: published in {published:?}, at two of three endpoints {took:?} after the first"
    );
}
