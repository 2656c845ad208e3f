//! Operations as tasks: from typed inputs and decoded requests to messages.

use super::enqueue::{Enqueue, TaskSink};
use crate::behavior::OperationKind;
use crate::cell::{Cell, Change as Said, Input};
use crate::core::Change;
use crate::descriptor::Descriptor;
use crate::json::{self, View};
use crate::text;

/// What the task of a create carries: `{"data":{..}}`.
///
/// Defaults are made now and not by the attempt, so that what is stored does not depend on when it runs.
pub(crate) fn payload_of_create(descriptor: &'static Descriptor, input: &Input) -> String {
    let given = |index: usize| !descriptor.is_managed(index) && !descriptor.fields[index].output_only;
    let input = input.iter().zip(descriptor.fields).enumerate().map(|(index, (said, field))| {
        let default = || field.default.filter(|_| given(index)).map(|default| Said::Set(default()));
        said.clone().or_else(default)
    });
    let mut out = b"{\"data\":".to_vec();
    json::encode_input(&mut out, descriptor.fields, &input.collect());
    finish(out)
}

/// What the task of a change carries: `{"id":"..","data":{..},"etag":".."}`. On an update `replace` beside them names the
/// places in `data` that are not to be merged.
pub(crate) fn payload_of_change(
    descriptor: &'static Descriptor,
    id: &Cell,
    change: &Change,
    etag: Option<&str>,
) -> String {
    let mut out = b"{\"id\":".to_vec();
    json::encode_string(&mut out, &text::format(&descriptor.fields[descriptor.id].ty.kind, id));
    match change {
        Change::Update(input) => {
            out.extend_from_slice(b",\"data\":");
            let whole = json::encode_input(&mut out, descriptor.fields, input);
            if !whole.is_empty() {
                out.extend_from_slice(b",\"replace\":");
                out.extend_from_slice(serde_json::Value::from(whole).to_string().as_bytes());
            }
        }
        Change::Replace(input) => {
            out.extend_from_slice(b",\"data\":");
            json::encode_input(&mut out, descriptor.fields, input);
        }
        Change::Custom(operation, Cell::Value(cells)) => {
            out.extend_from_slice(b",\"data\":");
            let fields = operation.input.map_or(&[][..], |input| input.fields);
            json::encode_row(&mut out, fields, cells, View::Stored);
        }
        Change::Delete | Change::Custom(..) => {}
    }
    if let Some(etag) = etag {
        out.extend_from_slice(b",\"etag\":");
        json::encode_string(&mut out, etag);
    }
    finish(out)
}

fn finish(mut out: Vec<u8>) -> String {
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}

/// A write or a custom operation, to be carried out later. What is said of updates holds for replaces too.
pub(crate) fn enqueue_operation<'a>(
    sink: impl Into<TaskSink<'a>>,
    descriptor: &'static Descriptor,
    operation: OperationKind,
    payload: String,
) -> Enqueue<'a> {
    let settings = match operation {
        OperationKind::Replace => descriptor.task_settings(OperationKind::Update.name()),
        operation => descriptor.task_settings(operation.name()),
    };
    Enqueue::new(sink, &descriptor.task_name(operation.name()), payload, settings)
}
