//! Callers who begin something and do not go on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use fourfold::{Config, Running, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::resources;

const TIMEOUT: Duration = Duration::from_millis(500);

async fn server() -> Running {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = "sqlite::memory:".into();
    config.header_timeout = TIMEOUT;
    config.request_timeout = TIMEOUT;
    resources::all(Server::new(config)).start().await.expect("the server starts")
}

/// Sends a beginning and reads what comes until the connection is closed.
async fn begin(address: SocketAddr, beginning: &'static [u8]) -> (String, Duration) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(beginning).await.expect("to send");
    let since = Instant::now();
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    let shown = String::from_utf8_lossy(beginning);
    assert!(closed.is_ok(), "still open after {:?}: {shown:?}", since.elapsed());
    (String::from_utf8_lossy(&answer).into_owned(), since.elapsed())
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_header_in_time_is_closed() {
    let server = server().await;
    let beginnings: [&'static [u8]; 6] = [
        b"",
        b"G",
        b"GET /v1/purses HTTP/1.1\r\nhost: te",
        b"GET /v1/purses HTTP/1.1\r\nhost: test\r\n",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r",
    ];
    let all = beginnings.map(|beginning| tokio::spawn(begin(server.address(), beginning)));
    for (one, beginning) in all.into_iter().zip(beginnings) {
        let (_, took) = one.await.unwrap_or_else(|error| panic!("{error}"));
        let shown = String::from_utf8_lossy(beginning);
        assert!(took > TIMEOUT / 2 && took < TIMEOUT * 4, "{shown:?} closed after {took:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_in_time_and_holds_nothing_up() {
    let server = server().await;
    let beginning = b"POST /v1/purses HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
                      content-length: 100\r\n\r\n{\"id\":";
    let (answer, took) = begin(server.address(), beginning).await;
    assert!(answer.starts_with("HTTP/1.1 408") || answer.starts_with("HTTP/1.1 504"), "{answer}");
    assert!(took < TIMEOUT * 5, "closed after {took:?}");
    server.stop().await;
}

#[tokio::test]
async fn many_who_send_nothing_do_not_keep_others_out_or_the_server_from_stopping() {
    let server = server().await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(server.address()).await.expect("a connection"));
    }
    crate::client::Client::connect(server.address()).await.get("/v1/purses").await.expect(200);
    let since = Instant::now();
    server.stop().await;
    assert!(since.elapsed() < Duration::from_secs(5), "stopped after {:?}", since.elapsed());
}
