//! What all operations share: parameters, headers and the answers about what went wrong.

use std::collections::BTreeMap;

use super::failures::{FAILURES, Failure};
use super::spec::{Components, Header, MediaType, OrRef, Parameter, Response, SecurityScheme};
use crate::schema::examples;
use crate::schema::merge::Node;
use crate::schema::spec::{Pairs, Schema, Xml};

/// What all resources' documents have in common.
pub(super) fn components() -> Components {
    let mut components = Components { headers: headers(), parameters: parameters(), ..Components::default() };
    for failure in FAILURES.iter().filter(|failure| failure.status != 405) {
        components.responses.insert(failure.name.to_owned(), response(failure));
    }
    components.schemas.insert("Problem".to_owned(), problem());
    components.schemas.insert("Violation".to_owned(), violation());
    components.schemas.extend(super::tasks::schemas());
    components.responses.insert("Accepted".to_owned(), super::tasks::accepted());
    components.parameters.insert("Prefer".to_owned(), super::tasks::prefer());
    components.security_schemes.insert(
        "bearer",
        SecurityScheme {
            kind: "http",
            scheme: "bearer",
            description: "What the service takes as proof of who calls, where it asks for one: see `WWW-Authenticate` of an \
                          answer 401.",
        },
    );
    components
}

/// References to the answers of these names, by status.
pub(super) fn failures(names: &[&str]) -> BTreeMap<String, OrRef<Response>> {
    FAILURES
        .iter()
        .filter(|failure| names.contains(&failure.name))
        .map(|failure| (failure.status.to_string(), OrRef::to("responses", failure.name)))
        .collect()
}

/// References to headers.
pub(super) fn header_refs(names: &[&str]) -> Pairs<OrRef<Header>> {
    Pairs(names.iter().map(|name| ((*name).to_owned(), OrRef::to("headers", name))).collect())
}

/// A reference to a parameter.
pub(super) fn parameter(name: &str) -> OrRef<Parameter> {
    OrRef::to("parameters", name)
}

fn response(failure: &Failure) -> Response {
    let mut names = vec!["X-Request-Id", "Cache-Control"];
    names.extend(failure.headers);
    let text = |text: &str| Node::Text(text.to_owned());
    let mut members = vec![
        ("type".to_owned(), text(&format!("urn:fourfold:problem:{}", failure.code))),
        ("title".to_owned(), text(failure.title)),
        ("status".to_owned(), Node::Int(failure.status.into())),
        ("detail".to_owned(), text(failure.detail)),
        ("code".to_owned(), text(failure.code)),
        ("request_id".to_owned(), text(examples::UUID)),
    ];
    if failure.status == 400 {
        members.push(("errors".to_owned(), Node::List(vec![violation_example()])));
    }
    let json = MediaType { schema: Schema::to("Problem"), example: Some(Node::Object(members)) };
    let xml = MediaType { schema: Schema::to("Problem"), example: None };
    Response {
        description: failure.description.to_owned(),
        headers: header_refs(&names),
        content: Pairs(vec![
            ("application/problem+json".to_owned(), json),
            ("application/problem+xml".to_owned(), xml),
        ]),
    }
}

fn violation_example() -> Node {
    let members = [("parameter", "page_size"), ("code", "type"), ("detail", "must be a whole number")];
    Node::Object(members.map(|(name, value)| (name.to_owned(), Node::Text(value.to_owned()))).into())
}

pub(super) fn text(description: &str) -> Schema {
    Schema { description: description.to_owned(), ..Schema::of("string") }
}

pub(super) fn object(description: &str, required: &[&str], properties: Vec<(&str, Schema)>) -> Schema {
    let mut schema = Schema::of("object");
    schema.description = description.into();
    schema.required = required.iter().map(|name| (*name).to_owned()).collect();
    schema.properties =
        Some(Pairs(properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()));
    schema
}

fn problem() -> Schema {
    let mut status = Schema::of("integer");
    status.description = "The HTTP status.".into();
    (status.minimum, status.maximum) = (Some(Node::Int(400)), Some(Node::Int(599)));
    let mut errors = Schema::of("array");
    errors.description = "Everything that is wrong with the request, up to a hundred things.".into();
    errors.items = Some(Box::new(Schema {
        xml: Some(Xml { name: Some("i".to_owned()), ..Xml::default() }),
        ..Schema::to("Violation")
    }));
    errors.xml = Some(Xml { wrapped: true, ..Xml::default() });
    let mut kind = text("What identifies the kind of problem.");
    kind.format = Some("uri");
    let mut code = text("The kind of problem in a word, for code to read.");
    let mut codes: Vec<_> = FAILURES.iter().map(|failure| failure.code).collect();
    codes.extend(["already_exists", "aborted"]);
    codes.sort_unstable();
    codes.dedup();
    code.names = codes.into_iter().map(str::to_owned).collect();
    let mut schema = object(
        "What went wrong (RFC 9457).",
        &["type", "title", "status", "detail", "code", "request_id"],
        vec![
            ("type", kind),
            ("title", text("The kind of problem, for people.")),
            ("status", status),
            ("detail", text("What went wrong this time, and what to do about it.")),
            ("code", code),
            ("request_id", text("The id of the request, as in `X-Request-Id` and in the service's log.")),
            ("errors", errors),
        ],
    );
    schema.xml = Some(Xml {
        name: Some("problem".to_owned()),
        namespace: Some("urn:ietf:rfc:7807"),
        ..Xml::default()
    });
    schema
}

fn violation() -> Schema {
    let mut schema = object(
        "One thing that is wrong with a request. Its place is one of `pointer`, `parameter` and `header`.",
        &["code", "detail"],
        vec![
            ("pointer", text("A JSON Pointer (RFC 6901) into the body; empty for the body as a whole.")),
            ("parameter", text("The name of a query parameter.")),
            ("header", text("The name of a header.")),
            (
                "code",
                text("The rule that is broken in a word, such as `required`, `type`, `unknown` or `length`."),
            ),
            ("detail", text("What is wrong and what is allowed.")),
        ],
    );
    schema.examples = vec![violation_example()];
    schema
}

fn headers() -> BTreeMap<String, Header> {
    let number = || Schema { minimum: Some(Node::Int(0)), ..Schema::of("integer") };
    let pattern = |pattern: &str| Schema { pattern: Some(pattern.to_owned()), ..Schema::of("string") };
    let all = [
        (
            "X-Request-Id",
            true,
            "The id of the request: the caller's, where it sent one that fits into a log line, else a new one.",
            Schema::of("string"),
        ),
        (
            "ETag",
            true,
            "The version of the resource in this format, for `If-Match` and `If-None-Match`.",
            pattern("^\"[0-9]+(?:\\.[a-z]+)?\"$"),
        ),
        (
            "Location",
            true,
            "The path of the new resource, or of the task that makes it.",
            Schema { format: Some("uri-reference"), ..Schema::of("string") },
        ),
        ("Retry-After", false, "After how many seconds another try is worth it.", number()),
        ("Accept-Patch", true, "What a PATCH may send here (RFC 5789).", Schema::of("string")),
        ("Accept-Post", true, "What a POST may send here.", Schema::of("string")),
        ("Allow", true, "The methods that are possible here.", Schema::of("string")),
        (
            "Idempotency-Replayed",
            false,
            "There, and `true`, where this is the first answer again to a repeat under the same `Idempotency-Key`.",
            Schema { names: vec!["true".to_owned()], ..Schema::of("string") },
        ),
        ("WWW-Authenticate", true, "How to say who calls (RFC 9110, section 11.6.1).", Schema::of("string")),
        ("Preference-Applied", true, "What of `Prefer` was done (RFC 7240).", Schema::of("string")),
        ("Cache-Control", true, "Who may keep the answer, and how long.", Schema::of("string")),
        ("Vary", true, "The request's headers that the answer depends on.", Schema::of("string")),
    ];
    all.into_iter()
        .map(|(name, required, description, schema)| {
            (name.to_owned(), Header { description, required, schema })
        })
        .collect()
}

fn parameters() -> BTreeMap<String, Parameter> {
    let header = |name: &str, description: &str, schema: Schema, example: Option<&str>| Parameter {
        name: name.to_owned(),
        place: "header",
        description: description.to_owned(),
        required: false,
        schema,
        example: example.map(|example| Node::Text(example.to_owned())),
    };
    // No pattern: entity tags are a syntax of HTTP's own, and tools that know the header write it better without one.
    let tags = Schema::of("string");
    let key = Schema {
        pattern: Some("^(?:[!#-\\[\\]-~]{1,255}|\"[!#-\\[\\]-~]{1,255}\")$".to_owned()),
        ..Schema::of("string")
    };
    let all = [
        (
            "IdempotencyKey",
            header(
                "Idempotency-Key",
                "A key of the caller's own for this request, such as a UUID, with or without quotes. A repeat under it gets \
                 the first answer and changes nothing; another request under it is refused with 422.",
                key,
                None,
            ),
        ),
        (
            "IfMatch",
            header(
                "If-Match",
                "`*`, or the entity tags of versions: only if the resource is of one of them (RFC 9110, section 13.1.1).",
                tags.clone(),
                Some("*"),
            ),
        ),
        (
            "IfNoneMatch",
            header(
                "If-None-Match",
                "`*`, or the entity tags of versions: only if the resource is of none of them (RFC 9110, section 13.1.2).",
                tags,
                Some("\"7\""),
            ),
        ),
        (
            "RequestId",
            header(
                "X-Request-Id",
                "An id for the request, which the answer and the service's log repeat: up to 128 letters, digits and \
                 `-_.:/+=`. One that is longer or holds something else is replaced.",
                Schema::of("string"),
                Some("checkout-4711"),
            ),
        ),
    ];
    all.into_iter().map(|(name, parameter)| (name.to_owned(), parameter)).collect()
}
