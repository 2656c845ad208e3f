//! There is no more room for the database file.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::child::{ARGUMENTS, Child, Place};
use crate::client::Client;
use crate::{expect_unavailable, readiness, until};

/// The server as a process whose files can't grow beyond a limit. The signal that comes with the limit is ignored, so
/// that a write beyond it fails, as on a full disk.
fn limited(bytes: u64) -> Command {
    let script = "trap '' XFSZ; limit=$1; shift; exec prlimit --fsize=\"$limit\": \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", &bytes.to_string()]);
    command.arg(std::env::current_exe().expect("the path of this binary")).args(ARGUMENTS);
    command
}

#[tokio::test]
async fn without_room_writes_are_refused_and_reads_go_on_until_there_is_some() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("left out: no prlimit to limit a file with");
        return;
    }
    let place = Place::sqlite();
    let mut server = Child::spawn_by(limited(1 << 20), &place.url, &[]);
    let address = server.address().await;
    let mut client = Client::connect(address).await;

    let mut answered = Vec::new();
    // What is large finds no room first; what is small finds the rest.
    for (prefix, size) in [("large", 60_000), ("small", 10)] {
        let mut refused = 0;
        for number in 0..2_000 {
            let id = format!("{prefix}{number}");
            let answer = client.post("/v1/purses", json!({"id": id, "owner": "x".repeat(size)})).await;
            if answer.status == 201 {
                answered.push(id);
                continue;
            }
            expect_unavailable(&answer);
            refused += 1;
            if refused > 20 {
                break;
            }
        }
        assert!(refused > 0, "the limit is too high");
    }
    assert!(answered.len() > 5, "the limit is too low");
    expect_unavailable(&client.post("/v1/purses/large0/deposit", json!({"amount": 1})).await);
    assert_eq!(readiness(address).await, 503);
    client.get("/healthz").await.expect(200);
    for id in &answered {
        client.get(&format!("/v1/purses/{id}")).await.expect(200);
    }
    client.get("/v1/purses?page_size=5").await.expect(200);

    let room =
        Command::new("prlimit").args(["--pid", &server.id().to_string(), "--fsize=unlimited:"]).status();
    assert!(room.expect("prlimit").success());
    until("it is ready again", Duration::from_secs(5), async || readiness(address).await == 200).await;
    for number in 0..40 {
        let id = format!("later{number}");
        client.post("/v1/purses", json!({"id": id, "owner": "x".repeat(60_000)})).await.expect(201);
        answered.push(id);
    }
    server.kill();

    let mut server = Child::spawn(&place, &[]);
    let mut client = Client::connect(server.address().await).await;
    for id in &answered {
        client.get(&format!("/v1/purses/{id}")).await.expect(200);
    }
    server.kill();
    let file = rusqlite::Connection::open(place.file()).expect("the file");
    let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
    let rows: u32 = file.query_row("SELECT count(*) FROM purses", [], |row| row.get(0)).expect("a count");
    let events: u32 =
        file.query_row("SELECT count(*) FROM fourfold_outbox", [], |row| row.get(0)).expect("a count");
    let written = u32::try_from(answered.len()).expect("few");
    assert_eq!((sound.as_str(), rows, events), ("ok", written, written));
    place.clear().await;
}
