//! `task(queue = "orders", retries = 5, backoff = "1s", backoff_max = "10m", timeout = "30s", create(timeout = "5s"))`.

use crate::attribute::{self, Written};
use crate::declaration::{SettingsDecl, TasksDecl};
use crate::errors::Errors;
use crate::words::Position;

/// What `#[resource(task(..))]` says.
pub(super) fn of_resource(word: &Written, errors: &mut Errors) -> Option<TasksDecl> {
    let tokens = word.list(Position::Resource, errors)?;
    let mut tasks = TasksDecl::default();
    for word in attribute::read_list(tokens, Position::ResourceTask, errors) {
        let slot = match word.name.as_str() {
            "create" => &mut tasks.create,
            "update" => &mut tasks.update,
            "delete" => &mut tasks.delete,
            _ => {
                setting(&word, Position::ResourceTask, &mut tasks.all, errors);
                continue;
            }
        };
        let said = settings(&word, Position::ResourceTask, errors);
        slot.set(&word.ident, said, errors);
    }
    Some(tasks)
}

/// What is said of one operation; the word itself stands at `position`.
pub(super) fn settings(word: &Written, position: Position, errors: &mut Errors) -> Option<SettingsDecl> {
    let tokens = word.list(position, errors)?;
    let mut settings = SettingsDecl::default();
    for word in attribute::read_list(tokens, Position::OperationTask, errors) {
        setting(&word, Position::OperationTask, &mut settings, errors);
    }
    Some(settings)
}

/// One of the words that say how a task runs.
pub(super) fn setting(word: &Written, position: Position, to: &mut SettingsDecl, errors: &mut Errors) {
    let slot = match word.name.as_str() {
        "queue" => &mut to.queue,
        "backoff" => &mut to.backoff,
        "backoff_max" => &mut to.backoff_max,
        "timeout" => &mut to.timeout,
        "retries" => {
            let value = word.value(position, errors);
            to.retries.set(&word.ident, value, errors);
            return;
        }
        _ => {
            word.unknown(position, errors);
            return;
        }
    };
    let text = word.text(position, errors);
    slot.set(&word.ident, text, errors);
}
