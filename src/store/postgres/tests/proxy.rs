//! A way to the server that can be cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the proxy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    /// Everything passes.
    Open,
    /// New connections are closed at once.
    Closed,
    /// What callers say passes; the first answer closes the connection instead.
    CutAnswers,
    /// What callers say passes; answers never come.
    Mute,
}

/// The proxy.
pub(super) struct Proxy {
    pub(super) port: u16,
    mode: Arc<AtomicU8>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// Listens, and passes on to `target`, a `host:port`.
    pub(super) fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let proxy = Self { port, mode: Arc::default(), streams: Arc::default() };
        let (mode, streams) = (Arc::clone(&proxy.mode), Arc::clone(&proxy.streams));
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if mode.load(Ordering::SeqCst) == Mode::Closed as u8 {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&target) else { continue };
                let both = |stream: &TcpStream| stream.try_clone().expect("a second handle");
                streams.lock().expect("no panic").extend([both(&caller), both(&server)]);
                let (from, to) = (both(&caller), both(&server));
                thread::spawn(move || pass(from, to, None));
                let mode = Arc::clone(&mode);
                thread::spawn(move || pass(server, caller, Some(&*mode)));
            }
        });
        proxy
    }

    pub(super) fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Closes all connections.
    pub(super) fn cut(&self) {
        for stream in self.streams.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mode: Option<&AtomicU8>) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let mode = mode.map_or(Mode::Open as u8, |mode| mode.load(Ordering::SeqCst));
        if mode == Mode::Mute as u8 {
            continue;
        }
        if mode == Mode::CutAnswers as u8 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
