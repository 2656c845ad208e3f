//! A client that costs little: HTTP/1.1 on kept connections, prebuilt requests, just enough parsing.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;
use crate::arguments::Arguments;
use crate::grpc;
use crate::server::{Server, machine_time, postgres_time, processor_time};
use crate::workload::{self, Id, Known, Protocol, Requests, Workload};

/// What was measured in a window.
pub(crate) struct Window {
    /// In microseconds, sorted.
    pub(crate) latencies: Vec<u32>,
    pub(crate) length: Duration,
    /// Answers with another status than expected.
    pub(crate) wrong: u64,
    /// The processor time of the service, of PostgreSQL and of this client.
    pub(crate) service_time: Duration,
    pub(crate) postgres_time: Duration,
    pub(crate) client_time: Duration,
    /// The share of the machine that other programs took.
    pub(crate) others: f64,
    /// The service's memory at its peak, in MiB.
    pub(crate) memory: u64,
}

enum Connection {
    Rest(Http),
    Grpc(Box<grpc::Connection>),
}

struct Http {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The parts of an answer; gRPC has no head here.
struct Answer<'a> {
    status: &'a [u8],
    head: &'a [u8],
    body: &'a [u8],
}

impl Connection {
    async fn open(protocol: Protocol, address: SocketAddr) -> Result<Self> {
        match protocol {
            Protocol::Rest => Ok(Self::Rest(Http::open(address).await?)),
            Protocol::Grpc => Ok(Self::Grpc(Box::new(grpc::Connection::open(address).await?))),
        }
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        match self {
            Self::Rest(http) => http.ask(request).await,
            Self::Grpc(grpc) => Ok(match grpc.ask(request).await? {
                Some(body) => Answer { status: b"OK", head: b"", body },
                None => Answer { status: b"failed", head: b"", body: b"" },
            }),
        }
    }
}

impl Answer<'_> {
    /// The id of what was created.
    fn id(&self) -> Result<Id> {
        let id = match header(self.head, "location") {
            Some(location) => location.rsplit('/').next().map(str::as_bytes),
            None => grpc::fields(self.body, 1).first().copied(),
        };
        id.and_then(|id| Id::try_from(id).ok()).ok_or_else(|| "a create answers without a UUID".into())
    }

    /// The token of the next page.
    fn next_page_token(&self) -> Option<String> {
        let text = std::str::from_utf8(self.body).ok().filter(|text| text.starts_with('{'));
        let token = match text {
            Some(text) => text.split_once("\"next_page_token\":\"")?.1.split_once('"')?.0.to_owned(),
            None => String::from_utf8(grpc::fields(self.body, 2).last()?.to_vec()).ok()?,
        };
        Some(token).filter(|token| !token.is_empty())
    }
}

impl Http {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let mut expected: Option<(usize, usize)> = None;
        loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let count = self.stream.read(&mut self.buffer[filled..]).await?;
            if count == 0 {
                return Err("the service closed the connection".into());
            }
            filled += count;
            if expected.is_none() {
                let end = self.buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n");
                if let Some(end) = end {
                    expected = Some((end + 4, content_length(&self.buffer[..end])?));
                }
            }
            if let Some((start, length)) = expected
                && filled >= start + length
            {
                let (head, body) = self.buffer[..start + length].split_at(start);
                return Ok(Answer { status: head.get(9..12).unwrap_or_default(), head, body });
            }
        }
    }
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|&byte| byte == b'\n').find_map(|line| {
        let (key, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(b":")?;
        key.eq_ignore_ascii_case(name.as_bytes())
            .then(|| std::str::from_utf8(value).ok())
            .flatten()
            .map(str::trim)
    })
}

fn content_length(head: &[u8]) -> Result<usize> {
    match header(head, "content-length") {
        Some(length) => Ok(length.parse()?),
        None if header(head, "transfer-encoding").is_some() => {
            Err("a chunked answer is not understood".into())
        }
        None => Ok(0),
    }
}

/// Whether there is a service that lists users.
pub(crate) async fn answers(protocol: Protocol, address: SocketAddr) -> bool {
    let Ok(mut connection) = Connection::open(protocol, address).await else { return false };
    let answer = connection.ask(&workload::page(protocol, 1, "")).await;
    answer.is_ok_and(|answer| matches!(answer.status, b"200" | b"OK"))
}

/// Creates rows through the service, then walks its pages.
pub(crate) async fn fill(protocol: Protocol, server: &Server, rows: u64) -> Result<Known> {
    let nothing = Rc::new(Known { ids: Vec::new(), pages: Vec::new() });
    let left = Rc::new(Cell::new(rows));
    let ids: Rc<RefCell<Vec<Id>>> = Rc::default();
    let mut tasks = Vec::new();
    for seed in 0..32 {
        let (nothing, left, ids, address) = (nothing.clone(), left.clone(), ids.clone(), server.address);
        tasks.push(tokio::task::spawn_local(async move {
            let mut connection = Connection::open(protocol, address).await?;
            let mut requests = Requests::new(protocol, Workload::Create, &nothing, seed);
            while left.get() > 0 {
                left.set(left.get() - 1);
                let answer = connection.ask(requests.next()).await?;
                if !requests.is_expected(answer.status) {
                    return Err(unexpected(&answer));
                }
                requests.check(answer.body)?;
                ids.borrow_mut().push(answer.id()?);
            }
            Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let mut pages = Vec::new();
    let mut connection = Connection::open(protocol, server.address).await?;
    let mut request = workload::page(protocol, 20, "");
    loop {
        let answer = connection.ask(&request).await?;
        if !matches!(answer.status, b"200" | b"OK") {
            return Err(unexpected(&answer));
        }
        if String::from_utf8_lossy(answer.body).matches("@example.com").count() < 20 {
            break;
        }
        let next = answer.next_page_token().map(|token| workload::page(protocol, 20, &token));
        pages.push(request);
        let Some(next) = next else { break };
        request = next;
    }
    if u64::try_from(pages.len())? != rows / 20 {
        return Err(format!("{} full pages of 20 for {rows} rows", pages.len()).into());
    }
    Ok(Known { ids: ids.take(), pages })
}

fn unexpected(answer: &Answer<'_>) -> Box<dyn std::error::Error> {
    let (head, body) = (String::from_utf8_lossy(answer.head), String::from_utf8_lossy(answer.body));
    format!("an answer that was not expected:\n{head}{body}").into()
}

/// Lets `clients` work for the warm-up and the window.
pub(crate) async fn window(
    server: &Server,
    clients: usize,
    workload: Workload,
    known: &Rc<Known>,
    arguments: &Arguments,
) -> Result<Window> {
    let begin = Instant::now() + arguments.warmup;
    let end = begin + arguments.window;
    let latencies = Rc::new(RefCell::new(Vec::with_capacity(1 << 20)));
    let wrong = Rc::new(Cell::new(0));
    let mut tasks = Vec::new();
    let protocol = arguments.protocol;
    for seed in 0..clients {
        let (known, latencies, wrong, address) =
            (known.clone(), latencies.clone(), wrong.clone(), server.address);
        tasks.push(tokio::task::spawn_local(async move {
            let mut connection = Connection::open(protocol, address).await?;
            let mut requests = Requests::new(protocol, workload, &known, seed);
            let mut until_check = seed % 64;
            loop {
                let sent = Instant::now();
                if sent >= end {
                    return Ok::<(), Box<dyn std::error::Error>>(());
                }
                let answer = connection.ask(requests.next()).await?;
                let answered = Instant::now();
                if !requests.is_expected(answer.status) {
                    if wrong.get() == 0 {
                        eprintln!("{}", unexpected(&answer));
                    }
                    wrong.set(wrong.get() + 1);
                } else if until_check == 0 {
                    requests.check(answer.body)?;
                    until_check = 64;
                }
                until_check = until_check.saturating_sub(1);
                if answered >= begin && answered < end {
                    let micros = u32::try_from((answered - sent).as_micros()).unwrap_or(u32::MAX);
                    latencies.borrow_mut().push(micros);
                }
            }
        }));
    }
    tokio::time::sleep_until(begin.into()).await;
    let before = Times::of(server);
    tokio::time::sleep_until(end.into()).await;
    let after = Times::of(server);
    let patience = Duration::from_mins(1);
    for task in tasks {
        tokio::time::timeout(patience, task)
            .await
            .map_err(|_| "a request is not answered for a minute")???;
    }
    let mut latencies = latencies.take();
    if latencies.is_empty() {
        return Err("nothing was answered in the window; make it longer".into());
    }
    latencies.sort_unstable();
    let service_time = after.service.saturating_sub(before.service);
    let postgres_time = after.postgres.saturating_sub(before.postgres);
    let client_time = after.client.saturating_sub(before.client);
    let busy = after.busy.saturating_sub(before.busy);
    let others = busy.saturating_sub(service_time + postgres_time + client_time);
    let machine = after.machine.saturating_sub(before.machine).max(Duration::from_millis(1));
    Ok(Window {
        latencies,
        length: arguments.window,
        wrong: wrong.get(),
        service_time,
        postgres_time,
        client_time,
        others: others.as_secs_f64() / machine.as_secs_f64(),
        memory: server.peak_memory(),
    })
}

/// Processor times since each began.
struct Times {
    service: Duration,
    postgres: Duration,
    client: Duration,
    busy: Duration,
    machine: Duration,
}

impl Times {
    fn of(server: &Server) -> Self {
        let (busy, machine) = machine_time();
        let client = processor_time("self").unwrap_or_default();
        Self { service: server.processor_time(), postgres: postgres_time(), client, busy, machine }
    }
}
