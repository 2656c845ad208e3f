//! A reader of server-sent events, as the standard describes it.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::client::Away;

/// A stream of events.
pub(crate) struct Events {
    body: Incoming,
    text: String,
    /// The id that a client would send when it comes again.
    pub last_id: String,
    pub retry: Option<u64>,
    /// All that came.
    pub raw: String,
    ended: bool,
    /// Goes with this.
    connection: tokio::task::JoinHandle<()>,
}

/// What one event says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub id: String,
    pub name: String,
    pub data: Value,
}

impl Event {
    /// What a resource is in it, by the singular.
    pub(crate) fn row(&self, singular: &str) -> &Value {
        &self.data[singular]
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Begins to watch; what is no stream is given back as status and text.
pub(crate) async fn try_watch(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Result<Events, (u16, String)>, Away> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(async move { drop(connection.await) });
    let mut request =
        Request::builder().uri(path).header("host", "test").header("accept", "text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
    let status = answer.status().as_u16();
    if status != 200 {
        let text = answer.into_body().collect().await?.to_bytes();
        return Ok(Err((status, String::from_utf8_lossy(&text).into_owned())));
    }
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let body = answer.into_body();
    let events = Events {
        body,
        text: String::new(),
        last_id: String::new(),
        retry: None,
        raw: String::new(),
        ended: false,
        connection,
    };
    Ok(Ok(events))
}

/// As `try_watch`, where it must work; it stands when this is done.
pub(crate) async fn watch(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Events {
    let begun = try_watch(address, path, headers).await.expect("an answer");
    let mut events = begun.unwrap_or_else(|(status, text)| panic!("{status} {text}"));
    assert_eq!(events.block().await.expect("the stream is there"), None, "a token comes first");
    assert!(!events.last_id.is_empty(), "the first token comes at once");
    events
}

/// As `watch`, from where another one was.
pub(crate) async fn resume(address: SocketAddr, path: &str, last_id: &str) -> Events {
    watch(address, path, &[("last-event-id", last_id)]).await
}

impl Events {
    /// The next event; `None` at the end of the stream.
    pub(crate) async fn try_next(&mut self) -> Result<Option<Event>, Away> {
        loop {
            if let Some(event) = self.block().await? {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Event {
        crate::soon(self.try_next()).await.expect("the stream is whole").expect("the stream goes on")
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            events.push(self.next().await);
        }
        events
    }

    /// The next block of lines; `None` where it is no event, or the stream has ended.
    pub(crate) async fn block(&mut self) -> Result<Option<Event>, Away> {
        while !self.text.contains("\n\n") {
            let Some(frame) = self.body.frame().await else {
                self.ended = true;
                return Ok(None);
            };
            let data = frame?.into_data().map_err(|_| "trailers")?;
            let text = std::str::from_utf8(&data)?;
            self.raw.push_str(text);
            self.text.push_str(text);
        }
        let (block, rest) = self.text.split_once("\n\n").expect("looked for");
        let (block, rest) = (block.to_owned(), rest.to_owned());
        self.text = rest;
        let (mut name, mut data) = (String::new(), Vec::new());
        for line in block.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => value.clone_into(&mut self.last_id),
                "event" => value.clone_into(&mut name),
                "data" => data.push(value),
                "retry" => self.retry = value.parse().ok(),
                "" => {}
                other => panic!("`{other}` is no field"),
            }
        }
        if data.is_empty() {
            return Ok(None);
        }
        let data = serde_json::from_str(&data.join("\n"))?;
        Ok(Some(Event { id: self.last_id.clone(), name, data }))
    }
}
