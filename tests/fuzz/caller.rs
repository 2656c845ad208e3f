//! One caller: sends a request, looks at the answer, and now and then at what became of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper::header::HeaderValue;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::answers::Answer;
use crate::random::Random;
use crate::requests::{self, RESOURCES, Request, Resource, Seen};

/// A connection of either version.
enum Connection {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

pub struct Caller {
    address: SocketAddr,
    random: Random,
    seen: Vec<Seen>,
    one: Connection,
    two: Connection,
    /// How many answers of each status.
    pub counts: BTreeMap<u16, usize>,
}

impl Caller {
    pub async fn new(address: SocketAddr, number: usize, random: Random) -> Self {
        let seen = RESOURCES.iter().map(|_| Seen { caller: number, ..Seen::default() }).collect();
        let (one, two) = (Connection::one(address).await, Connection::two(address).await);
        Self { address, random, seen, one, two, counts: BTreeMap::new() }
    }

    pub async fn case(&mut self, case: usize) {
        let index = if self.random.once_in(2) { 0 } else { self.random.below(RESOURCES.len()) };
        let resource = &RESOURCES[index];
        let request = requests::request(&mut self.random, resource, &self.seen[index]);
        let answer = self.send(&request).await;
        let written =
            matches!(answer.status, 200 | 201) && matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
        let outcome = if written && answer.header("idempotency-replayed").is_empty() {
            self.look_again(resource, &request, &answer).await
        } else {
            Ok(())
        };
        if let Err(what) = outcome {
            Self::fail(case, &request, &what);
        }
        self.learn(index, &request, &answer);
    }

    fn fail(case: usize, request: &Request, what: &str) -> ! {
        let body = String::from_utf8_lossy(&request.body[..request.body.len().min(4000)]).into_owned();
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
            .collect();
        panic!(
            "case {case}: {what}\n\n{} {}\n{}\n\n{body}",
            request.method,
            request.path,
            headers.join("\n")
        );
    }

    async fn send(&mut self, request: &Request) -> Answer {
        let second = self.random.once_in(8);
        let address = self.address;
        let connection = if second { &mut self.two } else { &mut self.one };
        let answer =
            match tokio::time::timeout(Duration::from_secs(10), connection.send(address, request)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => Self::fail(0, request, &format!("no answer: {error} (HTTP/2: {second})")),
                Err(_) => Self::fail(0, request, "no answer in ten seconds"),
            };
        *self.counts.entry(answer.status).or_default() += 1;
        if let Some(fault) = answer.fault(request) {
            Self::fail(0, request, &format!("{fault} (HTTP/2: {second})"));
        }
        answer
    }

    fn learn(&mut self, index: usize, request: &Request, answer: &Answer) {
        let seen = &mut self.seen[index];
        if answer.status == 201 {
            seen.places.push(answer.header("location").to_owned());
            if seen.places.len() > 30 {
                seen.places.remove(0);
            }
        }
        if !answer.header("etag").is_empty() {
            seen.tags.push(answer.header("etag").to_owned());
            if seen.tags.len() > 10 {
                seen.tags.remove(0);
            }
        }
        let list = request.method == "GET"
            && answer.status == 200
            && answer.header("content-type") == "application/json";
        let token = if list {
            answer.json()["next_page_token"].as_str().unwrap_or_default().to_owned()
        } else {
            String::new()
        };
        if !token.is_empty() {
            // Other lists see it too.
            let other = self.random.below(self.seen.len());
            for index in [index, other] {
                self.seen[index].tokens.push(token.clone());
                if self.seen[index].tokens.len() > 10 {
                    self.seen[index].tokens.remove(0);
                }
            }
        }
    }

    /// What was answered is what is stored, and can be sent back as it is.
    async fn look_again(
        &mut self,
        resource: &Resource,
        request: &Request,
        answer: &Answer,
    ) -> Result<(), String> {
        let place = match answer.header("location") {
            "" => request.path.split('/').take(4).collect::<Vec<_>>().join("/"),
            location => location.to_owned(),
        };
        let accept = answer.header("content-type").to_owned();
        let get = |accept: &str| Request {
            method: "GET".to_owned(),
            path: place.clone(),
            headers: vec![("accept", accept.as_bytes().to_vec())],
            body: Vec::new(),
        };
        let read = self.send(&get(&accept)).await;
        if (read.status, &read.body, read.header("etag")) != (200, &answer.body, answer.header("etag")) {
            return Err(format!("answered {}\nbut reads {} {}", answer.text(), read.status, read.text()));
        }
        let replayed = request.headers.iter().filter(|(name, _)| *name == "idempotency-key").count() == 1;
        if replayed {
            let again = self.send(request).await;
            if (again.status, &again.body) != (answer.status, &answer.body)
                || again.header("idempotency-replayed").is_empty()
            {
                return Err(format!(
                    "answered {}\nbut replays {} {}",
                    answer.text(),
                    again.status,
                    again.text()
                ));
            }
        }
        if !self.random.once_in(4) {
            return Ok(());
        }
        for media_type in ["application/json", "application/xml"] {
            let shown = self.send(&get(media_type)).await;
            let put = Request {
                method: "PUT".to_owned(),
                path: place.clone(),
                headers: vec![
                    ("content-type", media_type.as_bytes().to_vec()),
                    ("accept", media_type.as_bytes().to_vec()),
                ],
                body: shown.body.clone(),
            };
            let back = self.send(&put).await;
            if media_type == "application/xml" && shown.text().contains('\u{fffd}') {
                // XML has no way to say what is there.
                continue;
            }
            if back.status != 200 {
                return Err(format!(
                    "{} shown as {}\nis refused: {}",
                    resource.path,
                    shown.text(),
                    back.text()
                ));
            }
            let same = |text: &[u8]| {
                String::from_utf8_lossy(text).chars().filter(|it| !it.is_ascii_digit()).collect::<String>()
            };
            let counted = ["accounts", "cards"].contains(&resource.path);
            if back.body != shown.body && !(counted && same(&back.body) == same(&shown.body)) {
                return Err(format!(
                    "{} shown as {}\ncomes back as {}",
                    resource.path,
                    shown.text(),
                    back.text()
                ));
            }
        }
        Ok(())
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Connection {
    async fn one(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("nodelay");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("handshake");
        tokio::spawn(connection);
        Self::One(sender)
    }

    async fn two(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("nodelay");
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("handshake");
        tokio::spawn(connection);
        Self::Two(sender)
    }

    async fn send(&mut self, address: SocketAddr, request: &Request) -> Result<Answer, Failure> {
        let ready = match self {
            Self::One(sender) => sender.ready().await,
            Self::Two(sender) => sender.ready().await,
        };
        if ready.is_ok()
            && let Ok(answer) = self.try_send(request).await
        {
            return Ok(answer);
        }
        // The server may close a connection between two requests, just when the second is on its way.
        *self = match self {
            Self::One(_) => Self::one(address).await,
            Self::Two(_) => Self::two(address).await,
        };
        self.try_send(request).await
    }

    async fn try_send(&mut self, request: &Request) -> Result<Answer, Failure> {
        let path = if matches!(self, Self::Two(_)) {
            format!("http://test{}", request.path)
        } else {
            request.path.clone()
        };
        let mut sent = hyper::Request::builder().method(request.method.as_str()).uri(path);
        if matches!(self, Self::One(_)) {
            sent = sent.header("host", "test");
        }
        for (name, value) in &request.headers {
            // Obsolete `Expect` and HTTP/2 do not mix in the client, and a value may be no header at all.
            if let Ok(value) = HeaderValue::from_bytes(value) {
                sent = sent.header(*name, value);
            }
        }
        let sent = sent.body(Full::new(Bytes::from(request.body.clone())))?;
        let answer = match self {
            Self::One(sender) => sender.send_request(sent).await?,
            Self::Two(sender) => sender.send_request(sent).await?,
        };
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}
