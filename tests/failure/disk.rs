//! There is no more room for the database file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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

/// The server on a small file system of its own, which nobody else sees and which goes away with it. A part of it is
/// taken by a file that can be deleted.
fn on_a_small_disk(place: &Place) -> Command {
    let script = "mount -t tmpfs -o size=3m none \"$1\" && head -c 1000000 /dev/zero > \"$1/taken\" || exit 9; shift; exec \"$@\"";
    let mut command = Command::new("unshare");
    // As root in a name space of users too, where this is not root already.
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(folder(place));
    command.arg(std::env::current_exe().expect("the path of this binary")).args(ARGUMENTS);
    command
}

fn folder(place: &Place) -> PathBuf {
    place.file().parent().expect("a folder").to_owned()
}

#[tokio::test]
async fn on_a_full_disk_writes_are_refused_and_reads_go_on_until_there_is_room() {
    let place = Place::sqlite();
    let probe = "mount -t tmpfs -o size=1m none \"$1\"";
    let mut able = Command::new("unshare");
    able.args(["--map-root-user", "--mount", "sh", "-c", probe, "sh"]).arg(folder(&place));
    if !able.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        println!("left out: no file system can be made here");
        return place.clear().await;
    }
    let mut server = Child::spawn_by(on_a_small_disk(&place), &place.url, &[]);
    let address = server.address().await;
    let mut answered = fill(address).await;
    expect_full(address, &answered).await;

    // Its view of the folder, from outside.
    let inside = PathBuf::from(format!("/proc/{}/root", server.id()));
    let seen = |path: PathBuf| inside.join(path.strip_prefix("/").expect("a path from the root"));
    std::fs::remove_file(seen(folder(&place).join("taken"))).expect("room");
    expect_room(address, &mut answered, 5).await;
    for suffix in ["", "-wal"] {
        let file = PathBuf::from(format!("{}{suffix}", place.file().display()));
        std::fs::copy(seen(file.clone()), file).expect("a copy of what is stored");
    }
    server.kill();
    expect_sound(&place.file(), answered.len());
    place.clear().await;
}

#[tokio::test]
async fn beyond_the_limit_of_a_file_writes_are_refused_and_reads_go_on_until_it_is_lifted() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("left out: no prlimit to limit a file with");
        return;
    }
    let place = Place::sqlite();
    let mut server = Child::spawn_by(limited(1 << 20), &place.url, &[]);
    let address = server.address().await;
    let mut answered = fill(address).await;
    expect_full(address, &answered).await;

    let lifted =
        Command::new("prlimit").args(["--pid", &server.id().to_string(), "--fsize=unlimited:"]).status();
    assert!(lifted.expect("prlimit").success());
    expect_room(address, &mut answered, 40).await;
    server.kill();

    let mut server = Child::spawn(&place, &[]);
    expect_there(server.address().await, &answered).await;
    server.kill();
    expect_sound(&place.file(), answered.len());
    place.clear().await;
}

/// Writes until nothing more can be written, and says what could be.
async fn fill(address: SocketAddr) -> Vec<String> {
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
        assert!(refused > 20, "there is too much room");
    }
    assert!(answered.len() > 5, "there is too little room");
    answered
}

async fn expect_full(address: SocketAddr, answered: &[String]) {
    let mut client = Client::connect(address).await;
    expect_unavailable(&client.post("/v1/purses/large0/deposit", json!({"amount": 1})).await);
    expect_unavailable(&client.delete("/v1/purses/large0").await);
    assert_eq!(readiness(address).await, 503);
    client.get("/healthz").await.expect(200);
    client.get("/v1/purses?page_size=5").await.expect(200);
    expect_there(address, answered).await;
}

async fn expect_room(address: SocketAddr, answered: &mut Vec<String>, count: usize) {
    until("it is ready again", Duration::from_secs(5), async || readiness(address).await == 200).await;
    let mut client = Client::connect(address).await;
    for number in 0..count {
        let id = format!("later{number}");
        client.post("/v1/purses", json!({"id": id, "owner": "x".repeat(60_000)})).await.expect(201);
        answered.push(id);
    }
    expect_there(address, answered).await;
}

async fn expect_there(address: SocketAddr, answered: &[String]) {
    let mut client = Client::connect(address).await;
    for id in answered {
        client.get(&format!("/v1/purses/{id}")).await.expect(200);
    }
}

/// The file is whole and holds what was answered, with its events, and nothing else.
fn expect_sound(file: &Path, answered: usize) {
    let file = rusqlite::Connection::open(file).expect("the file");
    let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        file.query_row(&sql, [], |row| row.get::<_, u32>(0)).expect("a count")
    };
    let answered = u32::try_from(answered).expect("few");
    assert_eq!((sound.as_str(), count("purses"), count("fourfold_outbox")), ("ok", answered, answered));
}
