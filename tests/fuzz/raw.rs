//! Bytes over TCP that a client of ours would never send.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::random::Random;

const STARTS: [&str; 16] = [
    "GET /v1/cards HTTP/1.1",
    "POST /v1/cards HTTP/1.1",
    "GET http://other/v1/cards HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "CONNECT a:1 HTTP/1.1",
    "GET /v1/cards HTTP/1.0",
    "GET /v1/cards HTTP/0.9",
    "GET /v1/cards HTTP/3.0",
    "GET /v1/cards",
    "GET  /v1/cards  HTTP/1.1",
    "GET /v1/ca\trds HTTP/1.1",
    "GET /v1/cards?filter=\u{e9} HTTP/1.1",
    "G\u{0}T / HTTP/1.1",
    "PRI * HTTP/2.0",
    " GET / HTTP/1.1",
    "GET /v1/cards#x HTTP/1.1",
];
const HEADERS: [&str; 22] = [
    "Host: a",
    "Host: a\r\nHost: b",
    "Content-Length: 10",
    "Content-Length: -1",
    "Content-Length: +5",
    "Content-Length: 5, 5",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 99999999999999999999",
    "Content-Length: 18446744073709551615",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 3",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: x",
    "Content-Type: application/json",
    "Connection: close",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    "Expect: 100-continue",
    "X: a\r\n folded",
    "X : a",
    ": a",
    "X\u{0}: a",
    "If-Match: \u{7f}",
];
const BODIES: [&str; 11] = [
    "",
    "{\"id\":\"a\"}",
    "a\r\n{\"id\":\"a\"}\r\n0\r\n\r\n",
    "ffffffffffffffffff\r\nx",
    "-1\r\nx\r\n",
    "5;ext=\"x\"\r\nabcde\r\n0\r\nTrailer: x\r\n\r\n",
    "0\r\n\r\nGET /v1/cards HTTP/1.1\r\nHost: a\r\n\r\n",
    "g\r\n",
    "1\r\nab",
    "SM\r\n\r\n\u{0}\u{0}\u{12}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}",
    "GET /v1/cards HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/cards HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
];

/// Sends one, says that nothing follows, and reads to the end.
pub async fn case(address: SocketAddr, random: &mut Random) {
    let bytes = bytes(random);
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    // The server may have hung up before it has read everything.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    let sent = String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
    assert!(read.is_ok(), "the connection stays open after {sent:?}");
    let text = String::from_utf8_lossy(&answer);
    for line in text.split("HTTP/1.1 ").skip(1) {
        assert!(!line.starts_with('5'), "{line}\nafter {sent:?}");
    }
}

fn bytes(random: &mut Random) -> Vec<u8> {
    if random.once_in(10) {
        return (0..random.below(400)).map(|_| random.next().to_le_bytes()[0]).collect();
    }
    if random.once_in(8) {
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
        for _ in 0..random.below(6) {
            let length = u8::try_from(random.below(40)).unwrap_or_default();
            let kind = u8::try_from(random.below(11)).unwrap_or_default();
            bytes.extend([
                0,
                0,
                length,
                kind,
                random.next().to_le_bytes()[0],
                0,
                0,
                0,
                u8::from(random.once_in(2)),
            ]);
            bytes.extend((0..length).map(|_| random.next().to_le_bytes()[0]));
        }
        return bytes;
    }
    let end = if random.once_in(12) { "\n" } else { "\r\n" };
    let mut text = format!("{}{end}", random.one_of(&STARTS));
    for _ in 0..random.below(5) {
        text.push_str(random.one_of(&HEADERS));
        text.push_str(end);
    }
    match random.below(30) {
        0 => text += &["X: ", &"x".repeat(500_000), end].concat(),
        1 => text.push_str(&format!("X: y{end}").repeat(200)),
        2 => text = format!("GET /{} HTTP/1.1{end}Host: a{end}", "x".repeat(70_000)),
        _ => {}
    }
    if !random.once_in(10) {
        text.push_str(end);
    }
    text.push_str(random.one_of(&BODIES));
    let mut bytes = text.into_bytes();
    if random.once_in(4) {
        let at = random.below(bytes.len());
        match random.below(3) {
            0 => bytes.truncate(at),
            1 => bytes[at] = random.next().to_le_bytes()[0],
            _ => bytes.insert(at, random.next().to_le_bytes()[0]),
        }
    }
    bytes
}
