//! A server that a test starts and kills.

#![allow(dead_code, reason = "not every engine needs all of it")]

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::descriptor::BoxFuture;

/// A server of a test's own, in a folder of its own.
pub(crate) trait Node {
    fn kill(&mut self);
    fn start_again(&mut self) -> BoxFuture<'_, ()>;
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Waits until something listens there.
pub(crate) async fn answers(port: u16) {
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begin.elapsed() < Duration::from_mins(2), "the server does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How often, unless it is said.
pub(crate) fn kills(usual: usize) -> usize {
    std::env::var("FOURFOLD_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(usual)
}
