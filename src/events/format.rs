//! What the data of an event is written in: JSON, or the message that the contract has for it.

use std::borrow::Cow;

use super::cloud::{CloudEvent, Data, PROTOBUF};
use super::event::said;
use crate::config::EventsFormat;
use crate::descriptor::{Descriptor, EventMessages};
use crate::error::Result;
#[cfg(any(feature = "grpc", feature = "client"))]
use crate::proto::Told;

/// The data of an event as JSON, whatever it is written in.
pub(super) fn json<'e>(
    event: &'e CloudEvent,
    messages: Option<&'static EventMessages>,
) -> Result<Cow<'e, str>> {
    match &event.data {
        Data::Json(text) => Ok(Cow::Borrowed(text)),
        Data::None => Err(said("the event has no data")),
        Data::Bytes(bytes) if is_protobuf(event.data_content_type.as_deref()) => {
            let messages = messages.ok_or_else(|| {
                said(
                    "the event's data is protobuf, and this program has no contract that says how to read it: name \
                     the contracts of the service that publishes it in build.rs (`Build::events`)",
                )
            })?;
            decode(&event.kind, bytes, messages).map(Cow::Owned)
        }
        Data::Bytes(_) => {
            let kind = event.data_content_type.as_deref().unwrap_or("of no type");
            Err(said(format!("the event's data is {kind}, and only JSON and protobuf are read")))
        }
    }
}

#[cfg(any(feature = "grpc", feature = "client"))]
fn decode(kind: &str, bytes: &[u8], messages: &'static EventMessages) -> Result<String> {
    Told::of(messages)
        .and_then(|told| told.decode(kind, bytes))
        .map_err(|why| said(format!("the event's data is not the message that it should be: {why}")))
}

#[cfg(not(any(feature = "grpc", feature = "client")))]
fn decode(_: &str, _: &[u8], _: &'static EventMessages) -> Result<String> {
    Err(said("the event's data is protobuf, which is read with fourfold's cargo feature `grpc` or `client`"))
}

/// Whether data of this type is a protobuf message: by its registered name, or by one that was in use before.
fn is_protobuf(kind: Option<&str>) -> bool {
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(kind.as_str(), PROTOBUF | "application/x-protobuf" | "application/vnd.google.protobuf")
}

/// How a service writes the data of its events.
pub(crate) struct Format {
    #[cfg(any(feature = "grpc", feature = "client"))]
    messages: Vec<&'static EventMessages>,
}

impl Format {
    /// As the configuration says.
    pub(crate) fn of(format: EventsFormat, resources: &[&'static Descriptor]) -> Self {
        let protobuf = format == EventsFormat::Protobuf;
        #[cfg(not(any(feature = "grpc", feature = "client")))]
        let _ = (protobuf, resources);
        Self {
            #[cfg(any(feature = "grpc", feature = "client"))]
            messages: resources
                .iter()
                .filter_map(|descriptor| Some(descriptor.contract.filter(|_| protobuf)?.events))
                .collect(),
        }
    }

    /// Writes the data of an event, which is JSON, as it is to travel. What the contracts have no words for stays JSON: an
    /// event of a package that is none of the service's, or a row that an older version of it has written.
    #[cfg(any(feature = "grpc", feature = "client"))]
    pub(crate) fn write(&self, event: &mut CloudEvent) {
        let Data::Json(text) = &event.data else { return };
        let said =
            |messages: &&&'static EventMessages| messages.types.iter().any(|(kind, _)| *kind == event.kind);
        let Some(messages) = self.messages.iter().find(said) else { return };
        let written = Told::of(messages).and_then(|told| {
            let bytes = told.encode(&event.kind, text)?;
            Ok((bytes, told.message(&event.kind).unwrap_or_default().to_owned()))
        });
        match written {
            Ok((bytes, message)) => {
                event.data = Data::Bytes(bytes.into());
                event.data_content_type = Some(PROTOBUF.to_owned());
                event.data_schema = Some(format!("{SCHEMA}{message}"));
            }
            Err(why) => {
                tracing::warn!(
                    kind = event.kind,
                    id = event.id,
                    why,
                    "an event stays JSON: its contract can't say it"
                );
            }
        }
    }

    /// Writes nothing but JSON: the program has no protobuf.
    #[cfg(not(any(feature = "grpc", feature = "client")))]
    #[allow(clippy::unused_self, reason = "there is but one format")]
    pub(crate) fn write(&self, _: &mut CloudEvent) {}
}

/// What stands before the name of a message in `dataschema`, as in a `google.protobuf.Any`, which leaves `https:` out.
#[cfg(any(feature = "grpc", feature = "client"))]
const SCHEMA: &str = "https://type.googleapis.com/";

/// Why events can't be written in this format, a sentence each.
#[cfg(feature = "rest")]
pub(crate) fn mistakes(format: EventsFormat, resources: &[&'static Descriptor]) -> Vec<String> {
    if format == EventsFormat::Json {
        return Vec::new();
    }
    if cfg!(not(feature = "grpc")) {
        return vec![
            "FOURFOLD_EVENTS_FORMAT can't be protobuf: fourfold's cargo feature `grpc` is off".to_owned(),
        ];
    }
    let without = resources.iter().filter(|descriptor| descriptor.contract.is_none());
    without
        .map(|descriptor| {
            format!(
                "FOURFOLD_EVENTS_FORMAT can't be protobuf: {} has no contract; its package needs a build.rs that calls \
                 fourfold_codegen::build",
                descriptor.full_name()
            )
        })
        .collect()
}
