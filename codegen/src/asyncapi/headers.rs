//! The attributes of an event as headers.

use crate::schema::spec::{Pairs, Schema};

/// The name of the schema that all messages share.
pub(super) const NAME: &str = "CloudEvent";

/// What every event has.
pub(super) fn schema() -> Schema {
    let text = |description: &str| {
        let least = Some(1);
        Schema { description: description.to_owned(), min_length: least, ..Schema::of("string") }
    };
    let one = |name: &str| vec![name.to_owned()];
    let mut version = text("The version of CloudEvents.");
    version.names = one("1.0");
    let mut source = text("Who says so: the package as a path, unless the service is told another.");
    source.format = Some("uri-reference");
    let mut time = text("When it happened.");
    time.format = Some("date-time");
    let properties = [
        ("ce-specversion", version),
        ("ce-id", text("Which event of its source it is: two with the same source and id are the same.")),
        ("ce-source", source),
        ("ce-type", text("What happened.")),
        ("ce-subject", text("To what it happened: the id of the resource.")),
        ("ce-time", time),
        ("ce-datacontenttype", text("What the data is: JSON where nothing is said.")),
        (
            "ce-dataschema",
            text("Where the data is protobuf, its message: a path that ends in the full name."),
        ),
        ("ce-partitionkey", text("Events of one key arrive in the order in which they happened.")),
        ("ce-traceparent", text("The W3C trace parent of what made it happen.")),
    ];
    Schema {
        description: "The attributes of a CloudEvent 1.0 in binary mode.".to_owned(),
        required: ["ce-specversion", "ce-id", "ce-source", "ce-type"].map(str::to_owned).into(),
        properties: Some(Pairs(properties.map(|(name, schema)| (name.to_owned(), schema)).into())),
        ..Schema::of("object")
    }
}

/// Those of one type of events.
pub(super) fn of(kind: &str) -> Schema {
    let own = Schema { names: vec![kind.to_owned()], ..Schema::of("string") };
    let mut schema = Schema::of("object");
    schema.properties = Some(Pairs(vec![("ce-type".to_owned(), own)]));
    schema.all_of = vec![Schema::to(NAME)];
    schema
}
