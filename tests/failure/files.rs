//! The database file is not one.

use std::fs;
use std::time::Duration;

use fourfold::{Config, Server};

use crate::child::{Child, Place};
use crate::client::Client;
use crate::{purse, resources};

/// Why a server in this process does not start.
async fn refusal(place: &Place) -> String {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = place.url.as_str().into();
    match resources::all(Server::new(config)).start().await {
        Ok(_) => panic!("the server started"),
        Err(error) => format!("{error:?}"),
    }
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_by_name_and_left_alone() {
    let place = Place::sqlite();
    for content in [b"no database at all ".repeat(1000), vec![0xff; 100_000]] {
        fs::write(place.file(), &content).expect("a file");
        let why = refusal(&place).await;
        assert!(why.contains(&*place.file().to_string_lossy()), "{why}");
        assert!(why.contains("is not an SQLite database"), "{why}");
        assert!(why.contains("DATABASE_URL"), "{why}");
        assert_eq!(fs::read(place.file()).expect("the file"), content, "left alone");
    }
    let mut server = Child::spawn(&place, &[]);
    assert!(!server.ended(Duration::from_secs(20)).await.success());
    place.clear().await;
}

#[tokio::test]
async fn a_damaged_database_is_refused_by_name() {
    let place = Place::sqlite();
    let mut server = Child::spawn(&place, &[]);
    let mut client = Client::connect(server.address().await).await;
    for number in 0..200 {
        client.post("/v1/purses", purse(&format!("p{number}"))).await.expect(201);
    }
    server.kill();
    let file = rusqlite::Connection::open(place.file()).expect("the file");
    file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("all in one file");
    drop(file);
    let whole = fs::read(place.file()).expect("the file");

    let mut overwritten = whole.clone();
    overwritten[100..4096].fill(0x5a);
    for content in [overwritten, whole[..6000].to_vec()] {
        fs::write(place.file(), content).expect("a file");
        let why = refusal(&place).await;
        assert!(why.contains(&*place.file().to_string_lossy()), "{why}");
        assert!(why.contains("damaged") || why.contains("malformed"), "{why}");
    }
    place.clear().await;
}

#[tokio::test]
async fn a_place_that_can_not_be_used_is_refused_with_what_to_do() {
    let place = Place::sqlite();
    fs::create_dir(place.file()).expect("a folder where the file should be");
    let why = refusal(&place).await;
    assert!(why.contains("is a directory"), "{why}");
    fs::remove_dir(place.file()).expect("no folder");
    let mut missing = Place::sqlite();
    missing.url = format!("{}/no/such.db", place.url);
    let why = refusal(&missing).await;
    assert!(why.contains("there is no directory"), "{why}");
    missing.clear().await;
    place.clear().await;
}
