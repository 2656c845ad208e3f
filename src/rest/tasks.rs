//! Writes that are carried out later (`Prefer: respond-async`, RFC 7240), and the tasks that they become.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use uuid::Uuid;

use super::{Call, answer, request, routes};
use crate::behavior::OperationKind;
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::tasks::{TaskState, TaskStatus, Tasks, enqueue_operation};

/// Whether the caller prefers an answer before the work is done.
pub(super) fn preferred(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut preferences = values.flat_map(|value| value.split(','));
    preferences.any(|preference| {
        let name = preference.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("respond-async")
    })
}

impl Call<'_> {
    /// The broker, where the caller prefers the write later and nothing is asked that only a write now can answer.
    pub(super) fn later(&self) -> Option<&Tasks> {
        if !preferred(&self.parts.headers) || self.parts.headers.contains_key(header::IF_NONE_MATCH) {
            return None;
        }
        self.core().tasks.as_ref()
    }

    /// Enqueues the write, and says where it can be followed.
    pub(super) async fn accept(
        &self,
        tasks: &Tasks,
        operation: OperationKind,
        payload: String,
    ) -> Result<Response> {
        let task = enqueue_operation(tasks, self.descriptor, operation, payload).on_behalf_of(self.ctx);
        let enqueued = task.await?;
        let status = if enqueued.existed { tasks.status(enqueued.id).await? } else { None };
        let document = match &status {
            Some(status) => document(status),
            None => serde_json::json!({
                "id": enqueued.id.to_string(),
                "name": self.descriptor.task_name(operation.name()),
                "state": TaskState::Waiting.name(),
            }),
        };
        let mut response = json(StatusCode::ACCEPTED, &document);
        let headers = response.headers_mut();
        let place = format!("{}/{}", self.rest.tasks_path, enqueued.id);
        if let Ok(place) = HeaderValue::try_from(place) {
            headers.insert(header::LOCATION, place);
        }
        headers.insert("preference-applied", HeaderValue::from_static("respond-async"));
        if enqueued.existed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// What a path below that of the tasks means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    Task(&'a str),
    Cancel(&'a str),
}

impl<'a> Target<'a> {
    pub(super) fn of(tasks_path: &str, path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix(tasks_path)?.strip_prefix('/')?;
        match rest.split_once('/') {
            None if !rest.is_empty() => Some(Self::Task(rest)),
            Some((id, "cancel")) if !id.is_empty() => Some(Self::Cancel(id)),
            _ => None,
        }
    }

    fn allow(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Task(_) => "GET, HEAD, OPTIONS",
            Self::Cancel(_) => "POST, OPTIONS",
        })
    }

    fn allows(self, method: &Method) -> bool {
        match self {
            Self::Task(_) => matches!(*method, Method::GET | Method::HEAD),
            Self::Cancel(_) => *method == Method::POST,
        }
    }

    /// What needs no principal: which methods there are, and that another is none of them.
    pub(super) fn without_principal(self, parts: &Parts) -> Option<Response> {
        if parts.method == Method::OPTIONS {
            return Some(routes::nothing_but(self.allow()));
        }
        (!self.allows(&parts.method)).then(|| routes::refuse(parts, super::Format::Json, self.allow()))
    }

    pub(super) async fn serve(
        self,
        core: &Core,
        ctx: &Context,
        parts: &Parts,
        body: &mut Body,
    ) -> Result<Response> {
        request::no_query(parts)?;
        let (Self::Task(id) | Self::Cancel(id)) = self;
        let tasks = core.tasks.as_ref().ok_or_else(no_such)?;
        let id: Uuid = id.parse().map_err(|_| no_such())?;
        let status = seen(tasks, ctx, id).await?;
        if let Self::Cancel(_) = self {
            request::no_body(parts, body, ctx.deadline()).await?;
            tasks.cancel(id).await?;
            return Ok(json(StatusCode::OK, &document(&seen(tasks, ctx, id).await?)));
        }
        Ok(json(StatusCode::OK, &document(&status)))
    }
}

/// A task of the principal's own. Those of others are none that there are.
pub(crate) async fn seen(tasks: &Tasks, ctx: &Context, id: Uuid) -> Result<TaskStatus> {
    let status = tasks.status(id).await?;
    status.filter(|status| status.principal.as_deref() == ctx.principal().id()).ok_or_else(no_such)
}

fn no_such() -> Error {
    Error::not_found("there is no such task")
}

/// A task as callers see it.
fn document(status: &TaskStatus) -> serde_json::Value {
    let mut document = serde_json::json!({
        "id": status.id.to_string(),
        "name": status.name,
        "state": status.state.name(),
        "attempts": status.attempts,
        "max_attempts": status.max_attempts,
        "created_at": crate::text::format_timestamp(&status.created_at),
    });
    let times =
        [("run_at", status.run_at), ("started_at", status.started_at), ("finished_at", status.finished_at)];
    for (name, time) in times {
        if let Some(time) = time {
            document[name] = crate::text::format_timestamp(&time).into();
        }
    }
    if let Some(error) = &status.error {
        document["error"] = error.to_json();
    }
    if let Some(result) = &status.result {
        document["result"] = result.clone();
    }
    document
}

fn json(status: StatusCode, document: &serde_json::Value) -> Response {
    let mut response = answer::body(status, document.to_string().into_bytes(), "application/json");
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Authorization"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_found_among_others() {
        for (sent, wanted) in [
            ("respond-async", true),
            ("Respond-Async; foo=1, wait=10", true),
            ("wait=10, respond-async", true),
            ("return=minimal", false),
            ("respond-asynchronously", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", HeaderValue::from_static(sent));
            assert_eq!(preferred(&headers), wanted, "{sent}");
        }
    }

    #[test]
    fn a_path_below_that_of_the_tasks_is_a_task_or_its_end() {
        assert!(matches!(Target::of("/v1/tasks", "/v1/tasks/7"), Some(Target::Task("7"))));
        assert!(matches!(Target::of("/v1/tasks", "/v1/tasks/7/cancel"), Some(Target::Cancel("7"))));
        for path in [
            "/v1/tasks",
            "/v1/tasks/",
            "/v1/tasksx/7",
            "/v1/tasks/7/",
            "/v1/tasks/7/end",
            "/v1/tasks//cancel",
        ] {
            assert!(Target::of("/v1/tasks", path).is_none(), "{path}");
        }
    }
}
