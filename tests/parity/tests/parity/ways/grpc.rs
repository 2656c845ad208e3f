//! gRPC, with messages made by reflection.

use bytes::{Buf as _, BufMut as _, Bytes};
use fourfold::descriptor::Kind;
use fourfold::rpc;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, Value as Proto};
use serde_json::Value;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{Request, Target};
use crate::dynamic::{self, Mode};
use crate::outcome::Outcome;
use crate::step::Call;

pub(crate) struct Grpc {
    target: Target,
    pool: DescriptorPool,
    client: tonic::client::Grpc<Channel>,
}

impl Grpc {
    pub(crate) async fn open(target: Target) -> Self {
        let channel = Channel::from_shared(format!("http://{}", target.address)).expect("a URL");
        let channel = channel.connect().await.expect("it speaks HTTP/2");
        Self { target, pool: dynamic::pool(target.descriptor), client: tonic::client::Grpc::new(channel) }
    }

    pub(crate) async fn send(&mut self, request: &Request) -> Outcome {
        let Some((method, message)) = words(&self.target, &self.pool, request) else {
            return Outcome::Unsayable;
        };
        match self.call(&method, &message).await {
            Ok(answer) => outcome(&self.target, &self.pool, request, answer),
            Err(status) => failure(&status),
        }
    }

    async fn call(&mut self, method: &str, message: &DynamicMessage) -> Result<Bytes, Status> {
        self.client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let descriptor = self.target.descriptor;
        let path = format!("/{}.{}/{method}", descriptor.package, rpc::service(descriptor.name));
        let path = path.parse().expect("a path");
        let message = tonic::Request::new(Bytes::from(message.encode_to_vec()));
        Ok(self.client.unary(message, path, Raw).await?.into_inner())
    }
}

/// Says the rest of a request; `None` where protobuf has no words for it.
type Build<'a> = Box<dyn Fn(&mut DynamicMessage) -> Option<()> + 'a>;

/// The method and its request; `None` where protobuf has no words for the step.
pub(crate) fn words(
    target: &Target,
    pool: &DescriptorPool,
    request: &Request,
) -> Option<(String, DynamicMessage)> {
    let descriptor = target.descriptor;
    let name = descriptor.name;
    let id = || match descriptor.fields[descriptor.id].ty.kind {
        Kind::Scalar(fourfold::descriptor::Scalar::I64) => {
            let number = request.id.as_i64().or_else(|| request.id.as_str()?.parse().ok());
            number.map(Proto::I64)
        }
        _ => request.id.as_str().map(|id| Proto::String(id.to_owned())),
    };
    let (method, build): (String, Build<'_>) = match &request.call {
        Call::Create(_, body) => (
            rpc::create_method(name),
            Box::new(|message| {
                let body = dynamic::message(Mode::Whole, descriptor.fields, &resource(target, pool), body)?;
                message.set_field_by_name(descriptor.singular, Proto::Message(body));
                Some(())
            }),
        ),
        Call::Get(_) => (rpc::get_method(name), Box::new(|_| Some(()))),
        Call::Delete(_) => (rpc::delete_method(name), Box::new(|_| Some(()))),
        Call::List(list) => (
            rpc::list_method(descriptor.plural),
            Box::new(|message| {
                message.set_field_by_name("page_size", Proto::I32(list.page_size));
                for (name, text) in [
                    ("page_token", request.page_token.as_str()),
                    ("filter", list.filter),
                    ("order_by", list.order_by),
                ] {
                    message.set_field_by_name(name, Proto::String(text.to_owned()));
                }
                Some(())
            }),
        ),
        Call::Update(_, body) | Call::Replace(_, body) => (
            rpc::update_method(name),
            Box::new(|message| {
                let mode = if matches!(request.call, Call::Replace(..)) { Mode::Whole } else { Mode::Patch };
                let mut resource = dynamic::message(mode, descriptor.fields, &resource(target, pool), body)?;
                if body.get("id").is_some_and(|said| *said != request.id) {
                    // In a message the id says which one; there is no other place for another.
                    return None;
                }
                resource.set_field_by_name("id", id()?);
                if let Some(etag) = &request.etag {
                    resource.set_field_by_name(rpc::ETAG, Proto::String(etag.clone()));
                }
                message.set_field_by_name(descriptor.singular, Proto::Message(resource));
                let paths = match request.call {
                    Call::Replace(..) => vec!["*".to_owned()],
                    _ => dynamic::paths(descriptor.fields, body)?,
                };
                let ty = pool.get_message_by_name("google.protobuf.FieldMask")?;
                let mut mask = DynamicMessage::new(ty);
                mask.set_field_by_name("paths", Proto::List(paths.into_iter().map(Proto::String).collect()));
                message.set_field_by_name("update_mask", Proto::Message(mask));
                Some(())
            }),
        ),
        Call::Custom(_, operation, input) => (
            rpc::custom_method(operation, name),
            Box::new(move |message| {
                let operation = descriptor.operations.iter().find(|one| one.name == *operation)?;
                match (operation.input, input) {
                    (Some(ty), Some(input)) => {
                        let target =
                            pool.get_message_by_name(&format!("{}.{}", descriptor.package, ty.name))?;
                        let input = dynamic::message(Mode::Whole, ty.fields, &target, input)?;
                        message.set_field_by_name("input", Proto::Message(input));
                    }
                    (None, None) => {}
                    _ => return None,
                }
                Some(())
            }),
        ),
    };
    let ty = pool.get_message_by_name(&format!("{}.{}", descriptor.package, rpc::request(&method)))?;
    let mut message = DynamicMessage::new(ty.clone());
    build(&mut message)?;
    if ty.get_field_by_name("id").is_some() {
        message.set_field_by_name("id", id()?);
    }
    if let Some(key) = &request.key {
        message.set_field_by_name("request_id", Proto::String(key.clone()));
    }
    if let (Some(etag), Some(_)) = (&request.etag, ty.get_field_by_name(rpc::ETAG)) {
        message.set_field_by_name(rpc::ETAG, Proto::String(etag.clone()));
    }
    Some((method, message))
}

fn resource(target: &Target, pool: &DescriptorPool) -> MessageDescriptor {
    pool.get_message_by_name(&target.descriptor.full_name()).expect("the resource has a message")
}

/// What a message that came back says.
pub(crate) fn outcome(target: &Target, pool: &DescriptorPool, request: &Request, answer: Bytes) -> Outcome {
    let descriptor = target.descriptor;
    let ty = resource(target, pool);
    match &request.call {
        Call::Delete(_) => Outcome::Nothing,
        Call::List(_) => {
            let name = rpc::response(&rpc::list_method(descriptor.plural));
            let ty = pool
                .get_message_by_name(&format!("{}.{name}", descriptor.package))
                .expect("it has a message");
            let page = DynamicMessage::decode(ty, answer).expect("a message");
            let rows = page.get_field_by_name(descriptor.plural).expect("it has rows");
            let rows = rows.as_list().expect("a list").iter();
            Outcome::Rows {
                rows: rows.map(|row| shown(target, row.as_message().expect("a message"))).collect(),
                next_page_token: page
                    .get_field_by_name("next_page_token")
                    .and_then(|token| token.as_str().map(str::to_owned))
                    .unwrap_or_default(),
            }
        }
        _ => Outcome::Row(shown(target, &DynamicMessage::decode(ty, answer).expect("a message"))),
    }
}

fn shown(target: &Target, message: &DynamicMessage) -> Value {
    let row = dynamic::row(target.descriptor.fields, message);
    let etag = message.get_field_by_name(rpc::ETAG);
    let etag = etag.as_ref().and_then(|etag| etag.as_str()).unwrap_or_default();
    if let Some(version) = row.get("version") {
        assert_eq!(etag, format!("\"{version}\""), "the etag is the version");
    }
    assert!(etag.len() > 2, "there is an etag");
    row
}

/// What a status says.
pub(crate) fn failure(status: &Status) -> Outcome {
    assert_ne!(status.code(), Code::Internal, "{status:?}");
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"));
    let violations =
        details.bad_request().map(|request| request.field_violations.clone()).unwrap_or_default();
    let violations = violations
        .iter()
        .map(|one| format!("{} {}", super::typed::place(&one.field), one.reason.to_lowercase()));
    Outcome::error(info.reason.to_lowercase(), violations.collect())
}

/// Bytes in, bytes out.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
