//! Old typed clients over gRPC.

use fourfold::client::Client;
use fourfold::{ErrorKind, Role};
use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::{Map, Value, json};

use super::caller::Call;
use super::same;
use super::verdict::Observed;
use super::world::{Served, World};
use crate::plan::Body;

/// A call, whether it makes something, and what came back: a message of the old type, or the kind of the error.
type Step = (String, bool, Result<(MessageDescriptor, Vec<u8>), (ErrorKind, String)>);

/// The answers of the old service, as bytes, for those who read them otherwise.
pub(super) async fn look(
    world: &World<'_>,
    observed: &mut Vec<Observed>,
) -> Result<Vec<(MessageDescriptor, Vec<u8>)>, String> {
    let served = world.old(&world.left_behind("grpc-old")?, Role::Server).await?;
    let before = script(world, &served).await;
    served.running.stop().await;
    let Ok(served) = world.new_one(&world.migrated("grpc-new")?, Role::Server).await else {
        observed.push(Observed::broken("proto", "the new service does not start".to_owned()));
        return Ok(Vec::new());
    };
    let after = script(world, &served).await;
    served.running.stop().await;
    let (before, after) = (before?, after?);
    for ((what, is_new, old), (_, _, new)) in before.iter().zip(&after) {
        if let Err((ErrorKind::Internal, why)) = new {
            observed.push(Observed::failed("proto", format!("{what}: {why}")));
        }
        let Ok(old) = old else { continue };
        match new {
            Err((kind, why)) => observed.push(Observed::broken("proto", format!("{what}: {kind:?} {why}"))),
            Ok(new) => {
                if let Some(why) = same::lost(&shown(old)?, &shown(new)?, *is_new) {
                    observed.push(Observed::broken("proto", format!("{what}: {why}")));
                }
            }
        }
    }
    Ok(before.into_iter().filter_map(|(_, _, answer)| answer.ok()).collect())
}

/// All fields, by their names in the file.
fn shown((descriptor, bytes): &(MessageDescriptor, Vec<u8>)) -> Result<Value, String> {
    let message =
        DynamicMessage::decode(descriptor.clone(), &bytes[..]).map_err(|error| error.to_string())?;
    let options = SerializeOptions::new().skip_default_fields(false).use_proto_field_name(true);
    message.serialize_with_options(serde_json::value::Serializer, &options).map_err(|error| error.to_string())
}

/// The bytes of a message that JSON says.
pub(super) fn encoded(
    pool: &DescriptorPool,
    name: &str,
    said: Map<String, Value>,
) -> Result<Vec<u8>, String> {
    let descriptor = pool.get_message_by_name(name).ok_or_else(|| format!("there is no {name}"))?;
    let said = Value::Object(said);
    let message = DynamicMessage::deserialize(descriptor, &said)
        .map_err(|error| format!("{name}: {error} in {said}"))?;
    Ok(message.encode_to_vec())
}

/// Everything that the old contract allows, once.
async fn script(world: &World<'_>, served: &Served) -> Result<Vec<Step>, String> {
    let (side, pool) = (&world.plan.before, &world.pools[0]);
    let client = Client::builder(&format!("grpc://{}", served.address)).attempts(1).build();
    let caller = (world.pair.caller)(client.map_err(|error| error.to_string())?);
    let descriptor = |name: &str| {
        let name = format!("{}.{name}", side.package);
        pool.get_message_by_name(&name).ok_or_else(|| format!("there is no {name}"))
    };
    let (thing, things) =
        (descriptor("Thing")?, descriptor(&format!("ListThings{}Response", world.plan.nth))?);
    let is_number = thing.get_field_by_name("id").is_some_and(|field| {
        field.kind().as_message().is_none() && matches!(field.kind(), prost_reflect::Kind::Int64)
    });
    let with_id = |body: &Body, id: &str| {
        let mut said = body.proto.clone();
        said.insert(
            "id".to_owned(),
            if is_number { json!(id.parse::<i64>().unwrap_or_default()) } else { json!(id) },
        );
        said
    };
    let mut steps = Vec::new();
    let answered = |descriptor: &MessageDescriptor,
                    answer: Result<Vec<u8>, fourfold::client::RemoteError>| {
        answer.map(|bytes| (descriptor.clone(), bytes)).map_err(|error| (error.kind(), error.to_string()))
    };
    for id in &world.ids {
        let answer = caller.call(Call::Get(id)).await;
        steps.push((format!("get {id}"), false, answered(&thing, answer)));
    }
    let orders = side.orders.iter().map(|order| ("", order.as_str()));
    let lists =
        [("", "")].into_iter().chain(side.filters.iter().map(|filter| (filter.as_str(), ""))).chain(orders);
    for (filter, order) in lists {
        let answer = caller.call(Call::List(filter, order)).await;
        steps.push((format!("list {filter} {order}"), false, answered(&things, answer)));
    }
    let name = format!("{}.Thing", side.package);
    let [first, _, third, fourth, ..] = &world.ids[..] else { return Err("there are few rows".to_owned()) };
    for body in &side.updates {
        let message = encoded(pool, &name, with_id(body, first))?;
        let mask: Vec<&str> = body.rest.keys().map(String::as_str).collect();
        let answer = caller.call(Call::Update(&message, &mask)).await;
        steps.push((format!("update {mask:?} {:?}", body.proto), false, answered(&thing, answer)));
    }
    for (operation, input) in &side.operations {
        let input_name = input.as_ref().and_then(|_| input_of(pool, &side.package, operation));
        let message = match (input, input_name) {
            (Some(input), Some(name)) => encoded(pool, &name, input.proto.clone())?,
            _ => Vec::new(),
        };
        let answer = caller.call(Call::Operation(operation, third, &message)).await;
        steps.push((format!("{operation} {input:?}"), false, answered(&thing, answer)));
    }
    let answer = caller.call(Call::Delete(fourth)).await;
    steps.push(("delete".to_owned(), false, answered(&thing, answer)));
    for body in &side.creates {
        let message = encoded(pool, &name, body.proto.clone())?;
        let answer = caller.call(Call::Create(&message)).await;
        steps.push((format!("create {:?}", body.proto), true, answered(&thing, answer)));
    }
    Ok(steps)
}

/// The message that an operation is told.
pub(super) fn input_of(pool: &DescriptorPool, package: &str, operation: &str) -> Option<String> {
    let request = format!("{package}.{}{}ThingRequest", operation[..1].to_uppercase(), &operation[1..]);
    let field = pool.get_message_by_name(&request)?.get_field_by_name("input")?;
    field.kind().as_message().map(|message| message.full_name().to_owned())
}
