//! A small HTTP client that prints what goes over the wire, as a person wants to read it.

use std::net::SocketAddr;

use fourfold::Result;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// The headers that are worth a look.
const TOLD: [&str; 5] = ["location", "etag", "allow", "idempotency-replayed", "retry-after"];

/// A service, by address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
}

/// A request to be.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Call {
    pub(crate) fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn json(mut self, body: Value) -> Self {
        let patch = self.method == "PATCH";
        let media_type = if patch { "application/merge-patch+json" } else { "application/json" };
        self.body = Some(body);
        self.header("content-type", media_type)
    }

    fn print(&self) {
        println!("  > {} {}", self.method, self.path);
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != "content-type") {
            println!("  > {name}: {value}");
        }
        if let Some(body) = &self.body {
            print_json("  > ", body);
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    fn print(&self) {
        println!("  < {}", self.status);
        for (name, value) in self.headers.iter().filter(|(name, _)| TOLD.contains(&name.as_str())) {
            println!("  < {name}: {value}");
        }
        match serde_json::from_str::<Value>(&self.text) {
            Ok(body) => print_json("  < ", &body),
            Err(_) if self.text.is_empty() => {}
            Err(_) => println!("  < {}", self.text),
        }
    }
}

fn print_json(prefix: &str, value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    for line in text.lines() {
        println!("{prefix}{line}");
    }
}

impl Client {
    /// Sends a request, printing both ways.
    pub(crate) async fn send(self, call: Call) -> Result<Answer> {
        call.print();
        let answer = self.quietly(&call).await?;
        answer.print();
        println!();
        Ok(answer)
    }

    /// Sends a request.
    pub(crate) async fn quietly(self, call: &Call) -> Result<Answer> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut request =
            Request::builder().method(call.method).uri(&call.path).header("host", self.address.to_string());
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
        let answer = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
        let status = answer.status().as_u16();
        let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        let body = answer.into_body().collect().await?.to_bytes();
        drop(sender);
        connection.abort();
        Ok(Answer { status, headers, text: String::from_utf8_lossy(&body).into_owned() })
    }
}
