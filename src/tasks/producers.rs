//! What the typed producers call, which the derive macro writes for each resource.

use super::{Enqueue, TaskSink, enqueue_operation, payload_of_change, payload_of_create};
use crate::behavior::OperationKind;
use crate::cell::{Cell, Row};
use crate::core::Change;
use crate::descriptor::{Descriptor, TaskSettings};
use crate::resource::{FieldType, IntoInput, Resource};

/// A create.
pub fn create_task<R: Resource>(sink: TaskSink<'_>, input: R::Create) -> Enqueue<'_> {
    let payload = payload_of_create(R::DESCRIPTOR, &input.into_input());
    enqueue_operation(sink, R::DESCRIPTOR, OperationKind::Create, payload)
}

/// An update.
pub fn update_task<R: Resource>(sink: TaskSink<'_>, id: R::Id, update: R::Update) -> Enqueue<'_> {
    change(sink, R::DESCRIPTOR, &id.into_cell(), &Change::Update(update.into_input()))
}

/// A delete.
pub fn delete_task<R: Resource>(sink: TaskSink<'_>, id: R::Id) -> Enqueue<'_> {
    change(sink, R::DESCRIPTOR, &id.into_cell(), &Change::Delete)
}

/// An operation of the resource's own, by its index in the table, with the cells of its input where it has one.
pub fn operation_task<R: Resource>(
    sink: TaskSink<'_>,
    operation: usize,
    id: R::Id,
    input: Option<Row>,
) -> Enqueue<'_> {
    let input = input.map_or(Cell::Null, Cell::Value);
    let operation = &R::DESCRIPTOR.operations[operation];
    change(sink, R::DESCRIPTOR, &id.into_cell(), &Change::Custom(operation, input))
}

/// What stands in for a task of a resource with errors.
pub fn no_task(sink: TaskSink<'_>) -> Enqueue<'_> {
    Enqueue::new(sink, "", "{}".to_owned(), TaskSettings::NONE)
}

fn change<'a>(
    sink: TaskSink<'a>,
    descriptor: &'static Descriptor,
    id: &Cell,
    change: &Change,
) -> Enqueue<'a> {
    let payload = payload_of_change(descriptor, id, change, None);
    enqueue_operation(sink, descriptor, change.kind(), payload)
}
