//! `GET /v1/orders:watch`: changes as server-sent events (WHATWG HTML, section 9.2).

use std::convert::Infallible;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderValue, Method, header};

use super::collection::Collection;
use super::negotiate::{self, Format};
use super::{Rest, Target, request, routes};
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, View};
use crate::watch::{End, Step, Told, Watcher};

const EVENT_STREAM: &str = "text/event-stream";
/// What a path ends with that is watched.
const SUFFIX: &str = ":watch";

impl Rest {
    /// The collection that a path watches.
    pub(super) fn watched(&self, path: &str) -> Option<&Collection> {
        self.collections.get(path.strip_prefix('/')?.strip_suffix(SUFFIX)?)
    }

    pub(super) async fn watch(
        &self,
        collection: &Collection,
        parts: &Parts,
        format: Format,
        deadline: Instant,
    ) -> Result<Response> {
        if parts.method == Method::OPTIONS {
            return Ok(routes::options(Target::Watch, collection.speaks_protobuf()));
        }
        if !routes::allowed(Target::Watch).contains(&parts.method) {
            return Ok(routes::not_allowed(Target::Watch, parts, format));
        }
        if !negotiate::accepts(&parts.headers, EVENT_STREAM) {
            let sentence = format!("what is watched comes as {EVENT_STREAM}; accept that");
            return Err(Error::new(ErrorKind::NotAcceptable, sentence));
        }
        let ctx = self.context(parts, deadline).await?;
        let request = request::watch_request(parts)?;
        let descriptor = collection.descriptor;
        let watcher = self.core.watch(ctx, descriptor, &request, None).await?;
        let mut response = Response::new(Body::from_stream(frames(descriptor, watcher)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Authorization"));
        // Proxies that gather answers before they pass them on know this.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        Ok(response)
    }
}

fn frames(
    descriptor: &'static Descriptor,
    watcher: Watcher,
) -> impl futures_util::Stream<Item = std::result::Result<Bytes, Infallible>> {
    stream::unfold(Some((watcher, true)), move |state| async move {
        let (mut watcher, first) = state?;
        match watcher.next().await {
            Step::Told(told) => {
                let frame = told.frame.get_or_init(|| frame(descriptor, &told, &watcher.token())).clone();
                Some((Ok(frame), Some((watcher, first))))
            }
            // A block without data is no event, and still its id is the last that the client knows.
            Step::Still if first => {
                let frame = format!("retry: {}\nid: {}\n\n", pause(), watcher.token());
                Some((Ok(frame.into()), Some((watcher, false))))
            }
            Step::Still => {
                let frame = format!(": nothing new\nid: {}\n\n", watcher.token());
                Some((Ok(frame.into()), Some((watcher, false))))
            }
            Step::End(End::ComeAgain) => {
                let frame = format!("retry: {}\n: come again from the last id\n\n", pause());
                Some((Ok(frame.into()), None))
            }
            // Whoever comes again hears why, as an answer with a status.
            Step::End(End::Failed(error)) => {
                tracing::info!(request_id = watcher.request_id(), %error, "a watch ended");
                Some((Ok(Bytes::from_static(b": this can't go on\n\n")), None))
            }
        }
    })
}

/// How soon to come again, in milliseconds: not all at once.
fn pause() -> u32 {
    500 + 8 * u32::from(uuid::Uuid::new_v4().as_bytes()[0])
}

/// One change. JSON has no line breaks of its own as it is written here.
fn frame(descriptor: &Descriptor, told: &Told, token: &str) -> Bytes {
    let mut out = Vec::with_capacity(768);
    out.extend_from_slice(b"id: ");
    out.extend_from_slice(token.as_bytes());
    out.extend_from_slice(b"\nevent: ");
    out.extend_from_slice(told.happened.as_bytes());
    out.extend_from_slice(b"\ndata: {\"");
    out.extend_from_slice(descriptor.singular.as_bytes());
    out.extend_from_slice(b"\":");
    json::encode_row(&mut out, descriptor.fields, &told.row, View::Event);
    if let Some(before) = &told.before {
        out.extend_from_slice(b",\"before\":");
        json::encode_row(&mut out, descriptor.fields, before, View::Event);
        out.extend_from_slice(b",\"changed\":[");
        for (index, name) in told.changed.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            json::encode_string(&mut out, name);
        }
        out.push(b']');
    }
    out.extend_from_slice(b"}\n\n");
    Bytes::from(out)
}
