//! Tasks that belong to no resource.

use crate::cell::{Cell, Row};
use crate::context::Context;
use crate::descriptor::{BoxFuture, TaskDescriptor};
use crate::error::Result;
use crate::json::{self, View};
use crate::resource::{FieldType, Value};

/// What a task does: written by you, beside `#[derive(Task)]` on its input.
///
/// An attempt may be repeated: when the process dies, when the lease is lost, when it fails in a way that may pass. What
/// happens through [`Context::execute`] and [`Context::enqueue`] is committed with the task's own mark, once; what is
/// done to the world outside happens at least once, so say the task's id there.
#[diagnostic::on_unimplemented(
    message = "what the task `{Self}` does is not written",
    label = "`Handler` is not implemented for it",
    note = "write `impl Handler for {Self} {{ type Output = (); async fn run(self, ctx: &Context) -> Result<()> {{ .. }} }}`"
)]
pub trait Handler: Value + Send + 'static {
    /// What it answers: `()`, or any type that a field may have.
    type Output: TaskOutput;

    /// Runs one attempt.
    fn run(self, ctx: &Context) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// A task that belongs to no resource, written by `#[derive(Task)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "not a task",
    note = "put `#[derive(Task)]` and `#[task(name = \"..\")]` on the struct"
)]
pub trait Task: Handler {
    /// The task as a table.
    const TASK: &'static TaskDescriptor;
}

/// What a task may answer.
#[diagnostic::on_unimplemented(
    message = "a task can't answer a `{Self}`",
    label = "neither `()` nor a field type",
    note = "allowed are `()` and whatever a field of a resource may be"
)]
pub trait TaskOutput: Send {
    /// The answer as JSON text; `None` where there is none.
    fn into_json(self) -> Option<String>;
}

impl TaskOutput for () {
    fn into_json(self) -> Option<String> {
        None
    }
}

impl<T: FieldType + Send> TaskOutput for T {
    fn into_json(self) -> Option<String> {
        let cell: Cell = self.into_cell();
        let mut out = Vec::new();
        json::encode_cell(&mut out, &T::TYPE.kind, &cell, View::Caller);
        Some(String::from_utf8_lossy(&out).into_owned())
    }
}

/// Runs a task's method on its input; for the derive macro. It asks for a [`Task`] and not a [`Handler`], so that a missing
/// one is said once.
pub fn run_task<T: Task>(ctx: &Context, input: Row) -> BoxFuture<'_, Result<Option<String>>> {
    Box::pin(async move { Ok(T::from_cells(input)?.run(ctx).await?.into_json()) })
}
