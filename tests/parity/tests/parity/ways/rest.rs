//! REST with JSON.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::{Request, Target};
use crate::outcome::Outcome;
use crate::step::Call;

pub(crate) struct Rest {
    target: Target,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Rest {
    pub(crate) async fn open(target: Target) -> Self {
        let stream = TcpStream::connect(target.address).await.expect("it listens");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("it speaks HTTP");
        tokio::spawn(connection);
        Self { target, sender }
    }

    pub(crate) async fn send(&mut self, request: &Request) -> Outcome {
        let descriptor = self.target.descriptor;
        let collection = format!("/{}/{}", descriptor.version, descriptor.path);
        let id = request.id.as_str().map_or_else(|| request.id.to_string(), str::to_owned);
        let item = format!("{collection}/{}", escape(&id));
        let none = Value::Null;
        let (method, path, body) = match &request.call {
            Call::Create(_, body) => ("POST", collection, body),
            Call::Get(_) => ("GET", item, &none),
            Call::List(list) => {
                let query = [
                    ("filter", list.filter),
                    ("order_by", list.order_by),
                    ("page_token", request.page_token.as_str()),
                ];
                let mut path = format!("{collection}?page_size={}", list.page_size);
                for (name, value) in query.into_iter().filter(|(_, value)| !value.is_empty()) {
                    path = format!("{path}&{name}={}", escape(value));
                }
                ("GET", path, &none)
            }
            Call::Update(_, patch) => ("PATCH", item, patch),
            Call::Replace(_, body) => ("PUT", item, body),
            Call::Delete(_) => ("DELETE", item, &none),
            Call::Custom(_, operation, input) => {
                ("POST", format!("{item}/{operation}"), input.as_ref().unwrap_or(&none))
            }
        };
        let mut http = hyper::Request::builder().method(method).uri(path).header("host", "localhost").header(
            "content-type",
            if method == "PATCH" { "application/merge-patch+json" } else { "application/json" },
        );
        if let Some(key) = &request.key {
            http = http.header("idempotency-key", key);
        }
        if let Some(etag) = &request.etag {
            http = http.header("if-match", etag);
        }
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let http = http.body(Full::new(body)).expect("a request");
        self.sender.ready().await.expect("the connection is kept");
        let response = self.sender.send_request(http).await.expect("an answer");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        if status.as_u16() == 204 {
            return Outcome::Nothing;
        }
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        if !status.is_success() {
            let violations = body["errors"].as_array().into_iter().flatten();
            let violations = violations.map(|one| {
                let place = ["pointer", "parameter", "header"].iter().find_map(|place| one[*place].as_str());
                format!("{} {}", super::typed::place(place.unwrap_or_default()), text(&one["code"]))
            });
            return Outcome::error(text(&body["code"]), violations.collect());
        }
        match &request.call {
            Call::List(_) => Outcome::Rows {
                rows: body[descriptor.plural].as_array().cloned().unwrap_or_default(),
                next_page_token: text(&body["next_page_token"]),
            },
            _ => Outcome::Row(body),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
