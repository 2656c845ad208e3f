//! Idempotency keys: a repeat gets the first answer; the same key with another request is refused.

use chrono::Utc;

use super::write::Change;
use super::{Answer, Core, store_error};
use crate::cell::{self, Cell, Input, Row};
use crate::context::{Context, Principal};
use crate::descriptor::{Descriptor, Field};
use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, View};
use crate::store::Record;
use crate::text;

/// A key with what it stands for.
#[derive(Debug)]
pub(super) struct Key {
    descriptor: &'static Descriptor,
    text: String,
    operation: String,
    fingerprint: i64,
}

impl Key {
    pub(super) fn of_create(ctx: &Context, descriptor: &'static Descriptor, input: &Input) -> Option<Self> {
        let mut request = b"create".to_vec();
        ctx.idempotency_key.as_ref()?;
        hash_input(&mut request, descriptor.fields, input);
        Self::new(ctx, descriptor, "create", &request)
    }

    pub(super) fn of_change(
        ctx: &Context,
        descriptor: &'static Descriptor,
        id: &Cell,
        change: &Change,
    ) -> Option<Self> {
        ctx.idempotency_key.as_ref()?;
        let operation = change.kind().name();
        let mut request = operation.as_bytes().to_vec();
        json::encode_cell(&mut request, &descriptor.fields[descriptor.id].ty.kind, id, View::Stored);
        match change {
            Change::Update(input) | Change::Replace(input) => {
                hash_input(&mut request, descriptor.fields, input);
            }
            Change::Custom(operation, Cell::Value(cells)) => {
                let fields = operation.input.map_or(&[][..], |input| input.fields);
                json::encode_row(&mut request, fields, cells, View::Stored);
            }
            Change::Delete | Change::Custom(..) => {}
        }
        Self::new(ctx, descriptor, operation, &request)
    }

    fn new(ctx: &Context, descriptor: &'static Descriptor, operation: &str, request: &[u8]) -> Option<Self> {
        let key = ctx.idempotency_key.as_ref()?;
        let operation = format!("{}/{operation}", descriptor.full_name());
        let mut hashed = operation.as_bytes().to_vec();
        hashed.push(0);
        hashed.extend_from_slice(request);
        Some(Self {
            descriptor,
            text: key_text(&ctx.principal, key),
            operation,
            fingerprint: ctx.fingerprint.unwrap_or_else(|| text::fnv1a(&hashed).cast_signed()),
        })
    }

    /// The record that is committed with the answer. It holds what a caller may see, so no secret lives twice.
    pub(super) fn record(&self, row: &[Cell]) -> Record {
        let mut answer = format!("{{\"version\":{},\"row\":", self.descriptor.row_version(row)).into_bytes();
        json::encode_row(&mut answer, self.descriptor.fields, row, View::Caller);
        answer.push(b'}');
        Record {
            key: self.text.clone(),
            fingerprint: self.fingerprint,
            operation: self.operation.clone(),
            answer: String::from_utf8_lossy(&answer).into_owned(),
            created_at: Utc::now(),
        }
    }
}

impl Core {
    /// The first answer, where the key has one.
    pub(super) async fn replay(
        &self,
        descriptor: &'static Descriptor,
        key: Option<&Key>,
    ) -> Result<Option<Answer>> {
        let Some(key) = key else { return Ok(None) };
        let record = self.store.record(&key.text).await.map_err(|error| store_error(descriptor, error))?;
        let Some(record) = record else { return Ok(None) };
        if record.fingerprint != key.fingerprint {
            return Err(key_reused());
        }
        let row = decode_answer(descriptor, &record.answer).map_err(Error::internal)?;
        Ok(Some(Answer { row, replayed: true }))
    }

    /// The result, but where it is an error and somebody with the same key was first meanwhile, that one's answer: the
    /// error may be about what the other has done.
    pub(super) async fn or_first_answer(
        &self,
        descriptor: &'static Descriptor,
        key: Option<&Key>,
        result: Result<Answer>,
    ) -> Result<Answer> {
        match result {
            Err(error) if key.is_some() => match self.replay(descriptor, key).await {
                Ok(Some(answer)) => Ok(answer),
                _ => Err(error),
            },
            result => result,
        }
    }

    /// The answer of whoever was first, just now.
    pub(super) async fn replay_now(
        &self,
        descriptor: &'static Descriptor,
        key: Option<&Key>,
    ) -> Result<Answer> {
        match self.replay(descriptor, key).await? {
            Some(answer) => Ok(answer),
            None => Err(store_error(descriptor, crate::store::StoreError::Repeated)),
        }
    }
}

/// Keys belong to the principal who sends them.
pub(crate) fn key_text(principal: &Principal, key: &str) -> String {
    format!("{} {key}", principal.id().unwrap_or_default())
}

/// What whoever sends a key again with something else is told.
pub(crate) fn key_reused() -> Error {
    Error::new(
        ErrorKind::KeyReused,
        "the idempotency key was used for another request; use a new key for a new request",
    )
}

fn decode_answer(descriptor: &'static Descriptor, answer: &str) -> std::result::Result<Row, String> {
    let answer: serde_json::Value = serde_json::from_str(answer).map_err(|error| error.to_string())?;
    let mut row: Row = json::decode_shown(descriptor.fields, &answer["row"])?;
    super::write::set_version(descriptor, &mut row, answer["version"].as_i64().unwrap_or_default());
    Ok(row)
}

/// A canonical form of an input: what matters is what it says, not in which format or order.
fn hash_input(out: &mut Vec<u8>, fields: &[Field], input: &Input) {
    for (index, (field, change)) in fields.iter().zip(input).enumerate() {
        if let Some(change) = change {
            out.extend_from_slice(&index.to_le_bytes());
            hash_change(out, &field.ty.kind, change);
        }
    }
}

fn hash_change(out: &mut Vec<u8>, kind: &crate::descriptor::Kind, change: &cell::Change) {
    use crate::descriptor::Kind;
    match (change, kind) {
        (cell::Change::Set(cell), _) => json::encode_cell(out, kind, cell, View::Stored),
        (cell::Change::Merge(input), Kind::Value(value)) => {
            out.push(b'<');
            hash_input(out, value.fields, input);
            out.push(b'>');
        }
        (cell::Change::MergeMap(entries), Kind::Map(element)) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| key);
            for (key, change) in entries {
                json::encode_string(out, key);
                hash_change(out, element, change);
            }
        }
        (cell::Change::MergeJson(value), _) => out.extend_from_slice(value.to_string().as_bytes()),
        _ => {}
    }
}
