//! PostgreSQL commits in another order than that of the numbers, and the relay minds that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fourfold::{Config, Role, Running, Server, Uuid};
use tokio_postgres::{Client, NoTls};

use crate::child::Place;
use crate::resources;
use crate::{HANGS, House, LANES, TURN, happened, kills, listener, seconds, settled};

const WRITERS: usize = 12;

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

/// A server that relays.
async fn relay(place: &Place) -> Running {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = place.url.as_str().into();
    config.events_url = Some(place.url.as_str().into());
    config.migrate = true;
    config.role = Role::Server;
    resources::mounted(Server::new(config)).start().await.expect("the server starts")
}

const INSERT: &str = "INSERT INTO fourfold_outbox (id, aggregatetype, aggregateid, type, payload) \
     VALUES ($1, 'test.lane.v1.Lane', $2, 'test.lane.v1.lane.written', '{}')";

/// Writes until it is told to stop: some wait before they commit, some never do. Gives the ids that were committed.
async fn write(url: String, writer: usize, stop: Arc<AtomicBool>) -> Vec<Uuid> {
    let client = connect(&url).await;
    let insert = client.prepare(INSERT).await.expect("prepared");
    let mut committed = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let chance = *Uuid::new_v4().as_bytes();
        let id = Uuid::now_v7();
        client.batch_execute("BEGIN").await.expect("begun");
        client.execute(&insert, &[&id, &writer.to_string()]).await.expect("written");
        if chance[0] < 51 {
            tokio::time::sleep(Duration::from_millis(u64::from(chance[1]) * 20 / 255)).await;
        }
        let kept = chance[2] >= 13;
        client.batch_execute(if kept { "COMMIT" } else { "ROLLBACK" }).await.expect("ended");
        if kept {
            committed.push(id);
        }
    }
    committed
}

/// What a relay does that goes by the numbers alone.
async fn naive(url: String, stop: Arc<AtomicBool>) -> BTreeSet<Uuid> {
    let client = connect(&url).await;
    let (mut seen, mut last) = (BTreeSet::new(), 0_i64);
    let mut rounds_after = 0;
    while rounds_after < 3 {
        if stop.load(Ordering::Relaxed) {
            rounds_after += 1;
        }
        let text = "SELECT seq, id FROM fourfold_outbox WHERE seq > $1 ORDER BY seq LIMIT 500";
        for row in client.query(text, &[&last]).await.expect("rows") {
            last = row.get(0);
            seen.insert(row.get(1));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    seen
}

/// What the bus has, in its order: key and id.
async fn published(client: &Client) -> Vec<(String, Uuid)> {
    let text = "SELECT key, id FROM fourfold_events ORDER BY seq";
    let rows = client.query(text, &[]).await.expect("rows");
    rows.iter().map(|row| (row.get(0), Uuid::parse_str(row.get(1)).expect("an id"))).collect()
}

async fn until(client: &Client, count: usize) {
    let end = Instant::now() + HANGS;
    loop {
        let text = "SELECT count(*) FROM fourfold_events";
        let there: i64 = client.query_one(text, &[]).await.expect("a count").get(0);
        if usize::try_from(there).expect("a count") >= count {
            return;
        }
        assert!(Instant::now() < end, "{there} of {count} are published, and it goes no further");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_commits_late_is_not_lost_as_it_is_by_whoever_goes_by_numbers() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    let running = relay(&place).await;
    let stop = Arc::new(AtomicBool::new(false));
    let poller = tokio::spawn(naive(place.url.clone(), Arc::clone(&stop)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(place.url.clone(), writer, Arc::clone(&stop))))
        .collect();
    tokio::time::sleep(seconds(5)).await;
    stop.store(true, Ordering::Relaxed);
    let mut committed = BTreeMap::new();
    for (writer, task) in writers.into_iter().enumerate() {
        committed.insert(format!("/test.lane.v1 {writer}"), task.await.expect("written"));
    }
    let count: usize = committed.values().map(Vec::len).sum();
    let seen = poller.await.expect("polled");
    let client = connect(&place.url).await;
    until(&client, count).await;
    let mut relayed: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for (key, id) in published(&client).await {
        relayed.entry(key).or_default().push(id);
    }
    assert_eq!(relayed, committed, "each once, and in order by key");
    let lost = committed.values().flatten().filter(|id| !seen.contains(id)).count();
    assert!(lost > 0, "the control loses none: this test would not notice if the relay did");
    println!("postgresql: {count} committed by {WRITERS} writers; the relay lost 0, `id > last` lost {lost}");
    running.stop().await;
    drop(client);
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_is_held_open_holds_up_and_loses_nothing() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    let running = relay(&place).await;
    let (client, other) = (connect(&place.url).await, connect(&place.url).await);
    other.batch_execute("BEGIN").await.expect("begun");
    other.execute(INSERT, &[&Uuid::now_v7(), &"slow"]).await.expect("written");
    for _ in 0..100 {
        client.execute(INSERT, &[&Uuid::now_v7(), &"quick"]).await.expect("written");
    }
    let held = seconds(1);
    tokio::time::sleep(held).await;
    assert!(published(&client).await.is_empty(), "it can't know yet what comes before");
    let lag = running.service().events().expect("a bus").lag().await.expect("a lag");
    assert_eq!(lag.waiting, 100);
    assert!(lag.oldest.is_some_and(|oldest| oldest > held * 9 / 10), "{lag:?}");
    other.batch_execute("COMMIT").await.expect("ended");
    let begun = Instant::now();
    until(&client, 101).await;
    println!("postgresql: held open for {held:.0?}; all 101 were published {:.1?} after", begun.elapsed());
    let end = Instant::now() + HANGS;
    while running.service().events().expect("a bus").lag().await.expect("a lag").waiting > 0 {
        assert!(Instant::now() < end, "it is published and not noted as that");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.stop().await;
    drop((client, other));
    place.clear().await;
}

/// A dump that is restored elsewhere brings rows of transactions that are in a future there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_restored_elsewhere_goes_on() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    relay(&place).await.stop().await;
    let client = connect(&place.url).await;
    let restored = "INSERT INTO fourfold_outbox (tx, id, aggregatetype, aggregateid, type, payload) \
                    SELECT (9000000000000 + n)::text::xid8, gen_random_uuid(), 'test.lane.v1.Lane', 'a', \
                    'test.lane.v1.lane.written', '{}' FROM generate_series(1, 10) AS n";
    client.execute(restored, &[]).await.expect("written");
    let position = "UPDATE fourfold_relay SET tx = '9000000000004', seq = (SELECT seq FROM fourfold_outbox \
                    WHERE tx = '9000000000004'), held_until = now()";
    client.execute(position, &[]).await.expect("noted");
    client.execute(INSERT, &[&Uuid::now_v7(), &"new"]).await.expect("written");
    let running = relay(&place).await;
    until(&client, 7).await;
    assert_eq!(published(&client).await.len(), 7, "what was passed on there is not passed on again");
    running.stop().await;
    drop(client);
    place.clear().await;
}

/// Whatever publishes is killed right there: what notes how far it is waits for a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_relay_had_published_when_it_was_killed_arrives_once_and_in_order() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    let house = House::open(&place).await;
    let mut relaying = listener(&place);
    settled(&house, &place).await;
    let lanes = house.create().await;
    house.all_arrived(happened(0)).await;
    let lock = connect(&place.url).await;
    let (mut steps, mut killed, mut again) = (0, 0, 0);
    while killed < kills() {
        // Somebody leads, so the row is there, and nobody waits for it yet. A lock of the table, because one of the row would
        // have a transaction's number, past which no relay reads.
        noted(&lock).await;
        lock.batch_execute("BEGIN; LOCK TABLE fourfold_relay IN SHARE MODE").await.expect("locked");
        house.advance(&lanes, LANES).await;
        steps += LANES;
        let arrived = house.arrive(happened(steps), Duration::from_secs(2)).await;
        if !arrived {
            // It was about to say that it lives, and has published nothing.
            lock.batch_execute("COMMIT").await.expect("unlocked");
            house.all_arrived(happened(steps)).await;
            continue;
        }
        relaying.kill();
        killed += 1;
        let waiting = "SELECT count(*) FROM fourfold_outbox AS o, fourfold_relay AS r \
                       WHERE r.name = 'events' AND (o.tx, o.seq) > (r.tx, r.seq)";
        let waiting: i64 = lock.query_one(waiting, &[]).await.expect("a count").get(0);
        assert!(waiting >= i64::from(LANES), "it was noted before it was killed");
        again += waiting;
        // What the killed one had asked for does not happen after all, and its lease is over.
        lock.batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'; \
             UPDATE fourfold_relay SET held_until = now() WHERE name = 'events'; COMMIT",
        )
        .await
        .expect("unlocked");
        relaying = listener(&place);
    }
    noted(&lock).await;
    house.all_arrived(happened(steps)).await;
    let count = happened(steps);
    println!(
        "postgresql: {killed} kills between publishing and noting, {count} events, {again} of them published again; \
         lost 0, twice 0, out of order 0"
    );
    drop(relaying);
    house.running.stop().await;
    drop(lock);
    place.clear().await;
}

/// Waits until all is published and noted as that.
async fn noted(client: &Client) {
    let end = Instant::now() + HANGS;
    let waiting = "SELECT NOT EXISTS (SELECT FROM fourfold_relay WHERE name = 'events') OR EXISTS (SELECT FROM \
                   fourfold_outbox AS o, fourfold_relay AS r WHERE r.name = 'events' AND (o.tx, o.seq) > (r.tx, r.seq))";
    while client.query_one(waiting, &[]).await.expect("an answer").get(0) {
        assert!(Instant::now() < end, "it is published and not noted as that");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How fast it is: `FOURFOLD_TEST_EVENTS=200000`, in a build with `--release`, gives the figures of the guide.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_outbox_is_emptied_and_a_steady_stream_is_not_kept_waiting() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    let count: i32 = std::env::var("FOURFOLD_TEST_EVENTS").map_or(10_000, |it| it.parse().expect("a number"));
    relay(&place).await.stop().await;
    let client = connect(&place.url).await;
    let fill = "INSERT INTO fourfold_outbox (id, aggregatetype, aggregateid, type, payload) \
                SELECT gen_random_uuid(), 'test.lane.v1.Lane', (n % 1000)::text, 'test.lane.v1.lane.written', \
                json_build_object('lane', json_build_object('id', n, 'note', repeat('x', 300))) \
                FROM generate_series(1, $1::int) AS n";
    client.execute(fill, &[&count]).await.expect("written");
    let begun = Instant::now();
    let running = relay(&place).await;
    let all = usize::try_from(count).expect("a count");
    until(&client, all).await;
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    println!("postgresql: {count} events relayed from a full outbox, {rate:.0}/s");
    let stream = count / 10;
    let insert = client.prepare(INSERT).await.expect("prepared");
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    for _ in 0..stream {
        tick.tick().await;
        client.execute(&insert, &[&Uuid::now_v7(), &"steady"]).await.expect("written");
    }
    until(&client, all + usize::try_from(stream).expect("a count")).await;
    let lag = "SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM published_at - \
               (event::json ->> 'time')::timestamptz) * 1000) FROM fourfold_events WHERE key LIKE '% steady'";
    let lag: Vec<f64> = client.query_one(lag, &[]).await.expect("a lag").get(0);
    println!("postgresql: {stream} more, one a millisecond: lag p50 {:.0} ms, p99 {:.0} ms", lag[0], lag[1]);
    running.stop().await;
    drop(client);
    place.clear().await;
}
