//! Protobuf's JSON: what was written by the old descriptors, read by the new ones.

use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::Value;

use super::grpc::{encoded, input_of};
use super::verdict::Observed;
use super::world::World;
use crate::plan::Body;

pub(super) fn look(
    world: &World<'_>,
    answers: &[(MessageDescriptor, Vec<u8>)],
    observed: &mut Vec<Observed>,
) -> Result<(), String> {
    let said = said(world)?;
    for (old, bytes) in answers.iter().chain(&said) {
        let Some(new) = world.pools[1].get_message_by_name(old.full_name()) else { continue };
        if let Err(why) = read(old, &new, bytes) {
            observed.push(Observed::broken("proto_json", why));
        }
    }
    Ok(())
}

/// What old callers say: not all of it comes back in answers.
fn said(world: &World<'_>) -> Result<Vec<(MessageDescriptor, Vec<u8>)>, String> {
    let (side, pool) = (&world.plan.before, &world.pools[0]);
    let creates = side.creates.iter().map(|body| (Some(format!("{}.Thing", side.package)), body));
    let inputs = side.operations.iter().filter_map(|(operation, input)| {
        input.as_ref().map(|input| (input_of(pool, &side.package, operation), input))
    });
    let message = |(name, body): (Option<String>, &Body)| {
        let name = name.ok_or("an operation takes a message without a name")?;
        let descriptor = pool.get_message_by_name(&name).ok_or_else(|| format!("there is no {name}"))?;
        Ok((descriptor, encoded(pool, &name, body.proto.clone())?))
    };
    creates.chain(inputs).map(message).collect()
}

/// Whether the new descriptor reads the JSON of the old one as the same, but for fields whose numbers are no more.
fn read(old: &MessageDescriptor, new: &MessageDescriptor, bytes: &[u8]) -> Result<(), String> {
    let message = DynamicMessage::decode(old.clone(), bytes).map_err(|error| error.to_string())?;
    let said = serde_json::to_value(&message).map_err(|error| error.to_string())?;
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let there = DynamicMessage::deserialize_with_options(new.clone(), &said, &options)
        .map_err(|error| format!("{said} can't be read: {error}"))?;
    let again = serde_json::to_value(&there).map_err(|error| error.to_string())?;
    compare(old, new, &said, &again)
}

fn compare(
    old: &MessageDescriptor,
    new: &MessageDescriptor,
    said: &Value,
    again: &Value,
) -> Result<(), String> {
    let (Value::Object(said), Value::Object(again)) = (said, again) else {
        return if said == again { Ok(()) } else { Err(format!("{again} in place of {said}")) };
    };
    for (name, value) in said {
        let Some(field) = old.get_field_by_json_name(name) else { continue };
        let Some(there) = new.get_field(field.number()) else { continue };
        let Some(read) = again.get(name) else { return Err(format!("`{name}` is not read")) };
        let messages = (field.kind().as_message().cloned(), there.kind().as_message().cloned());
        let (values, reads) = match (value, read) {
            (Value::Array(values), Value::Array(reads)) => (values.iter().collect(), reads.iter().collect()),
            one => (vec![one.0], vec![one.1]),
        };
        for (value, read) in values.into_iter().zip(reads) {
            match &messages {
                (Some(old), Some(new)) => compare(old, new, value, read)?,
                _ if value != read => return Err(format!("`{name}` is {read} in place of {value}")),
                _ => {}
            }
        }
    }
    Ok(())
}
