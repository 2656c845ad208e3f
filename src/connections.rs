//! The connections of a server: accepted, bounded in time, and ended in good order.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::rest::Guard;

/// The most that a request's headers may have, in bytes.
const HEADER_LIST: u32 = 16 << 10;
/// How much a caller may send ahead on one stream.
const WINDOW: u32 = 1 << 20;

/// Accepts connections until told to stop, then waits for the running ones.
pub(crate) async fn serve(
    listener: TcpListener,
    guard: Arc<Guard>,
    config: Config,
    mut stopped: watch::Receiver<()>,
) {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(config.header_timeout);
    // One connection of gRPC carries all calls of a service: as many at once as the server runs, and windows that a page
    // of rows fits into, so that no call waits for another one's.
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(30)))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(u32::try_from(config.max_concurrency).unwrap_or(u32::MAX))
        .max_header_list_size(HEADER_LIST)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW);
    let server = Arc::new(server);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => continue,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: those in use will be given back.
                tracing::warn!(%error, "can't accept a connection");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Answers are small and complete: there is nothing to gain from holding one back.
        let _ = stream.set_nodelay(true);
        let (server, guard) = (Arc::clone(&server), Arc::clone(&guard));
        connections.spawn(connection(server, stream, guard, config.header_timeout, stopped.clone()));
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(config.shutdown_grace, all).await.is_err() {
        tracing::warn!("some requests did not end within the grace and are cut off");
    }
    // Those that are left end with the set.
}

/// Serves a connection until its caller closes it, or the server stops and what runs on it is finished.
async fn connection(
    server: Arc<auto::Builder<TokioExecutor>>,
    stream: TcpStream,
    guard: Arc<Guard>,
    header_timeout: Duration,
    mut stopped: watch::Receiver<()>,
) {
    let begun = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        begun.store(true, Ordering::Relaxed);
        let answer = Arc::clone(&guard).serve_boxed(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    // The limit for headers begins when the protocol is known, which a caller who sends nothing could put off for ever.
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => Some(ended),
        _ = stopped.changed() => None,
        () = first_request_is_late(header_timeout, &begun) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended early");
    }
}

async fn first_request_is_late(limit: Duration, begun: &AtomicBool) {
    sleep(limit).await;
    if begun.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}
