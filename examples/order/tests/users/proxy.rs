//! A network that loses answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The type of a frame that begins an answer.
const HEADERS: u8 = 1;

/// Stands before a service. Of the answers it drops some, each with its connection: the request has been carried out, and
/// who sent it does not know.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) lose: Arc<AtomicUsize>,
}

pub(crate) async fn before(service: SocketAddr, scheme: &'static str) -> Proxy {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let lose = Arc::new(AtomicUsize::new(0));
    let left = Arc::clone(&lose);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let left = Arc::clone(&left);
            tokio::spawn(async move {
                let far = TcpStream::connect(service).await.expect("the service is there");
                let (mut near_in, near_out) = near.into_split();
                let (far_in, mut far_out) = far.into_split();
                tokio::select! {
                    _ = tokio::io::copy(&mut near_in, &mut far_out) => {}
                    () = answers(scheme, far_in, near_out, &left) => {}
                }
            });
        }
    });
    Proxy { address, lose }
}

/// Passes answers on, until one is to be lost.
async fn answers(scheme: &str, mut far: OwnedReadHalf, mut near: OwnedWriteHalf, left: &AtomicUsize) {
    loop {
        let mut bytes = Vec::new();
        let begins = if scheme == "grpc" {
            // A frame of HTTP/2: its length in three bytes, its type, flags and stream.
            let mut head = [0; 9];
            if far.read_exact(&mut head).await.is_err() {
                return;
            }
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            bytes.extend(head);
            bytes.resize(9 + usize::try_from(length).expect("a frame's length"), 0);
            if far.read_exact(&mut bytes[9..]).await.is_err() {
                return;
            }
            head[3] == HEADERS
        } else {
            if !matches!(far.read_buf(&mut bytes).await, Ok(1..)) {
                return;
            }
            true
        };
        let one_less = |left: usize| left.checked_sub(1);
        if begins && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
            return;
        }
        if near.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
