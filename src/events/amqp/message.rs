//! An event as a message of AMQP, by the protocol binding of `CloudEvents`: written in the binary form, attributes as headers,
//! where that loses nothing, else in the structured one; read in both.

use std::borrow::Cow;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::events::carry;
use crate::events::cloud::{CloudEvent, STRUCTURED, Unreadable};

/// Before the name of an attribute.
const BEFORE: &str = "cloudEvents:";
/// What others write there: where a name has no `:`, and by the binding that Knative has for `RabbitMQ`.
const ALSO_BEFORE: [&str; 2] = ["cloudEvents_", "ce-"];
/// When it was published, in microseconds since 1970. The time that AMQP has for it is in seconds.
const PUBLISHED: &str = "fourfold-published";
/// It lasts.
const PERSISTENT: u8 = 2;

/// A message that came in.
pub(super) struct Arrived {
    pub(super) event: Result<CloudEvent, Unreadable>,
    /// As it came, for a dead letter.
    pub(super) body: Bytes,
    pub(super) content_type: Option<String>,
}

/// What the message of an event holds.
pub(super) fn write(event: &CloudEvent, now: DateTime<Utc>) -> (BasicProperties, Vec<u8>) {
    let (mut properties, mut headers, body) = binary(event).unwrap_or_else(|| {
        let properties = BasicProperties::default().with_content_type(STRUCTURED.into());
        (properties, FieldTable::default(), event.to_json().into_bytes())
    });
    headers.insert(PUBLISHED.into(), AMQPValue::LongLongInt(now.timestamp_micros()));
    properties = properties
        .with_headers(headers)
        .with_delivery_mode(PERSISTENT)
        .with_timestamp(u64::try_from(now.timestamp()).unwrap_or_default());
    // For people who look at a queue.
    if let Ok(id) = ShortString::try_new(event.id.as_str()) {
        properties = properties.with_message_id(id);
    }
    if let Ok(kind) = ShortString::try_new(event.kind.as_str()) {
        properties = properties.with_type(kind);
    }
    (properties, body)
}

/// `None` where it would not be read as it was.
fn binary(event: &CloudEvent) -> Option<(BasicProperties, FieldTable, Vec<u8>)> {
    let body = carry::body(event)?;
    let mut properties = BasicProperties::default();
    let mut headers = FieldTable::default();
    for (name, value) in event.attributes() {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !name.bytes().all(plain) {
            return None;
        }
        // A whole event has its own content type, and this would pass for one.
        if name == "datacontenttype" && !carry::is_whole(&value) {
            properties = properties.with_content_type(ShortString::try_new(&*value).ok()?);
            continue;
        }
        let name = ShortString::try_new(format!("{BEFORE}{name}")).ok()?;
        headers.insert(name, AMQPValue::LongString(value.as_bytes().into()));
    }
    Some((properties, headers, body.to_vec()))
}

impl Arrived {
    pub(super) fn new(properties: &BasicProperties, body: Vec<u8>) -> Self {
        let body = Bytes::from(body);
        Self {
            event: read(properties, &body),
            content_type: properties.content_type().as_ref().map(ToString::to_string),
            body,
        }
    }
}

fn read(properties: &BasicProperties, body: &Bytes) -> Result<CloudEvent, Unreadable> {
    let content_type = properties.content_type().as_ref().map(ShortString::as_str);
    let headers = properties.headers().as_ref();
    let mut attributes = Vec::new();
    for (name, value) in headers.iter().flat_map(|headers| headers.inner()) {
        if let Some(name) = attribute(name.as_str()) {
            attributes.push((name, text(name, value)?));
        }
    }
    carry::read(content_type, attributes.into_iter(), body)
}

/// What comes after one of the prefixes.
fn attribute(header: &str) -> Option<&str> {
    let name = |before: &str| {
        let (start, name) = header.split_at_checked(before.len())?;
        start.eq_ignore_ascii_case(before).then_some(name)
    };
    name(BEFORE).or_else(|| ALSO_BEFORE.into_iter().find_map(name))
}

fn text<'a>(name: &str, value: &'a AMQPValue) -> Result<Cow<'a, str>, Unreadable> {
    let moment = |moment: Option<DateTime<Utc>>| {
        let moment = moment.ok_or_else(|| Unreadable(format!("its attribute {name} is no moment")))?;
        Ok(Cow::Owned(moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
    };
    Ok(match value {
        // As the type for moments has it in AMQP 1.0, by who knows that one.
        AMQPValue::LongLongInt(millis) if name.eq_ignore_ascii_case("time") => {
            moment(DateTime::from_timestamp_millis(*millis))?
        }
        AMQPValue::LongString(text) => {
            let text = std::str::from_utf8(text.as_bytes());
            Cow::Borrowed(text.map_err(|_| Unreadable(format!("its attribute {name} is not UTF-8")))?)
        }
        AMQPValue::ShortString(text) => Cow::Borrowed(text.as_str()),
        AMQPValue::Boolean(value) => Cow::Owned(value.to_string()),
        AMQPValue::ShortShortInt(number) => Cow::Owned(number.to_string()),
        AMQPValue::ShortShortUInt(number) => Cow::Owned(number.to_string()),
        AMQPValue::ShortInt(number) => Cow::Owned(number.to_string()),
        AMQPValue::ShortUInt(number) => Cow::Owned(number.to_string()),
        AMQPValue::LongInt(number) => Cow::Owned(number.to_string()),
        AMQPValue::LongUInt(number) => Cow::Owned(number.to_string()),
        AMQPValue::LongLongInt(number) => Cow::Owned(number.to_string()),
        AMQPValue::Timestamp(seconds) => {
            moment(i64::try_from(*seconds).ok().and_then(|it| DateTime::from_timestamp(it, 0)))?
        }
        _ => return Err(Unreadable(format!("its attribute {name} is no text, number, boolean or moment"))),
    })
}

/// When a message was published, as far as it says so.
pub(super) fn published(delivery: &Delivery) -> Option<DateTime<Utc>> {
    if let Some(AMQPValue::LongLongInt(micros)) = header(&delivery.properties, PUBLISHED) {
        return DateTime::from_timestamp_micros(*micros);
    }
    let seconds = i64::try_from((*delivery.properties.timestamp())?).ok()?;
    DateTime::from_timestamp(seconds, 0)
}

/// A header by its name.
pub(super) fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a AMQPValue> {
    properties.headers().as_ref()?.inner().get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::cloud::Data;

    fn round(event: &CloudEvent) -> CloudEvent {
        let (properties, body) = write(event, Utc::now());
        Arrived::new(&properties, body).event.expect("it is read")
    }

    fn headers(pairs: &[(&str, AMQPValue)]) -> BasicProperties {
        let mut table = FieldTable::default();
        for (name, value) in pairs {
            table.insert((*name).into(), value.clone());
        }
        BasicProperties::default().with_headers(table)
    }

    fn string(text: &str) -> AMQPValue {
        AMQPValue::LongString(text.into())
    }

    #[test]
    fn attributes_are_headers_and_the_data_is_the_body() {
        let mut event = CloudEvent::new("1", "/shop", "shop.made").with_json("{\"a\": 1.50}");
        event.subject = Some("Zoë\r\n%\0".to_owned());
        let (properties, body) = write(&event, Utc::now());
        assert_eq!(header(&properties, "cloudEvents:id"), Some(&string("1")));
        assert_eq!(header(&properties, "cloudEvents:specversion"), Some(&string("1.0")));
        assert_eq!(header(&properties, "cloudEvents:datacontenttype"), None);
        assert_eq!(properties.content_type().as_ref().map(ShortString::as_str), Some("application/json"));
        assert_eq!(body, b"{\"a\": 1.50}");
        assert_eq!(round(&event), event);
    }

    #[test]
    fn what_headers_can_not_say_is_said_as_a_whole() {
        let mut untyped = CloudEvent::new("1", "/shop", "shop.made");
        untyped.data = Data::Bytes(Bytes::from_static(b"\x00\xff"));
        let mut whole = untyped.clone();
        whole.data_content_type = Some("application/cloudevents+avro".to_owned());
        let mut long = untyped.clone();
        long.data_content_type = Some(format!("application/{}", "x".repeat(255)));
        for (event, content_type) in [(untyped, Some(STRUCTURED)), (whole, None), (long, Some(STRUCTURED))] {
            let (properties, _) = write(&event, Utc::now());
            assert_eq!(properties.content_type().as_ref().map(ShortString::as_str), content_type);
            assert_eq!(round(&event), event);
        }
    }

    #[test]
    fn all_prefixes_and_types_of_attributes_are_read() {
        for (time, expected) in [
            (AMQPValue::Timestamp(1_767_323_045), "2026-01-02T03:04:05Z"),
            (AMQPValue::LongLongInt(1_767_323_045_678), "2026-01-02T03:04:05.678Z"),
            (string("2026-01-02T03:04:05.678901Z"), "2026-01-02T03:04:05.678901Z"),
        ] {
            let properties = headers(&[
                ("cloudEvents_specversion", string("1.0")),
                ("CLOUDEVENTS:id", AMQPValue::LongLongInt(7)),
                ("cloudEvents:source", AMQPValue::ShortString("/shop".into())),
                ("ce-type", string("shop.made")),
                ("cloudEvents_time", time),
                ("cloudEvents:urgent", AMQPValue::Boolean(true)),
                ("cloudEvent", string("x")),
                ("other", AMQPValue::Void),
            ]);
            let event = Arrived::new(&properties, Vec::new()).event.expect("it is one");
            assert_eq!((event.id.as_str(), event.extensions["urgent"].as_str()), ("7", "true"));
            assert_eq!(event.attribute("time").as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_event_says_why() {
        let whole = BasicProperties::default().with_content_type("Application/CloudEvents+JSON".into());
        let avro = BasicProperties::default().with_content_type("application/cloudevents+avro".into());
        let old = [("cloudEvents:specversion", string("0.3"))];
        let torn = [("cloudEvents:id", AMQPValue::LongString(b"\xff".to_vec().into()))];
        let list = [("cloudEvents:id", AMQPValue::Void)];
        let cases = [
            (headers(&[]), "{}", "no `specversion`"),
            (headers(&old), "", "not 1.0"),
            (headers(&torn), "", "not UTF-8"),
            (headers(&list), "", "no text, number"),
            (whole, "[", "not JSON of a CloudEvent"),
            (avro, "", "another format"),
        ];
        for (properties, body, why) in cases {
            let refused = Arrived::new(&properties, body.into()).event.expect_err("it is none");
            assert!(refused.to_string().contains(why), "{refused}");
        }
    }
}
