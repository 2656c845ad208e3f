//! Writes that are carried out later, and the tasks that they become: the same for all resources.

use std::collections::BTreeMap;

use fourfold_model::model::Resource;

use super::shared::{failures, header_refs, object, parameter, text};
use super::spec::{MediaType, Operation, OrRef, Parameter, PathItem, Response, Tag};
use crate::schema::examples;
use crate::schema::merge::Node;
use crate::schema::spec::{Pairs, Schema};

/// Where tasks are looked at, unless the service says another path.
const PATH: &str = "/v1/tasks/{id}";
const TAG: &str = "tasks";

/// What a task may be.
const STATES: [&str; 6] = ["waiting", "running", "succeeded", "failed", "cancelled", "expired"];

pub(super) fn tag() -> Tag {
    let description = "Writes that are carried out later (`Prefer: respond-async`).";
    Tag { name: TAG.to_owned(), description: description.to_owned() }
}

/// The paths of tasks; none where the resource has that place.
pub(super) fn paths(resource: &Resource) -> BTreeMap<String, PathItem> {
    if resource.version == "v1" && resource.path == "tasks" {
        return BTreeMap::new();
    }
    let cancel = format!("{PATH}/cancel");
    BTreeMap::from([(PATH.to_owned(), task()), (cancel, end())])
}

/// The answer to a write that is carried out later.
pub(super) fn accepted() -> Response {
    let mut response = answer("The write is carried out later; `Location` is where it can be followed.");
    response.headers.0.extend(header_refs(&["Location", "Preference-Applied", "Idempotency-Replayed"]).0);
    response
}

fn task() -> PathItem {
    let mut get = operation("GetTask", "Get a task");
    get.description =
        "How a write stands that is carried out later, and what came of it. Who asked for it sees it, and \
                       nobody else."
            .into();
    get.responses.insert("200".to_owned(), OrRef::Here(answer("The task.")));
    get.responses.extend(failures(&["NotFound"]));
    let mut head = operation("HeadTask", "Get a task, without the body");
    head.description = "All headers of the answer to a GET, and nothing else.".into();
    let bare = Response { content: Pairs::default(), ..answer("The task.") };
    head.responses.insert("200".to_owned(), OrRef::Here(bare));
    head.responses.extend(failures(&["NotFound"]));
    get.parameters.insert(0, id());
    head.parameters.insert(0, id());
    PathItem {
        get: Some(get),
        head: Some(head),
        options: Some(options("OptionsTask")),
        ..PathItem::default()
    }
}

fn end() -> PathItem {
    let mut cancel = operation("CancelTask", "Cancel a task");
    cancel.description = "Takes back what has not begun.".into();
    cancel.responses.insert("200".to_owned(), OrRef::Here(answer("The task as it is now.")));
    cancel.responses.extend(failures(&["NotFound", "Conflict", "RequestTimeout", "TooLarge"]));
    cancel.parameters.insert(0, id());
    PathItem { post: Some(cancel), options: Some(options("OptionsCancelTask")), ..PathItem::default() }
}

fn options(method: &str) -> Operation {
    let mut options = operation(method, "What is possible here");
    options.description = "No authentication is needed for it.".into();
    // None is looked at.
    options.parameters = vec![OrRef::Here(Parameter {
        name: "id".to_owned(),
        place: "path",
        description: "Any id: it need not be one that there is.".to_owned(),
        required: true,
        schema: Schema { min_length: Some(1), ..Schema::of("string") },
        example: Some(Node::Text(examples::UUID.to_owned())),
    })];
    options.responses = failures(&["NotAcceptable", "Internal", "Unavailable", "DeadlineExceeded"]);
    let response = Response {
        description: "The methods.".to_owned(),
        headers: header_refs(&["X-Request-Id", "Allow"]),
        content: Pairs::default(),
    };
    options.responses.insert("204".to_owned(), OrRef::Here(response));
    options
}

fn operation(method: &str, summary: &str) -> Operation {
    Operation {
        id: format!("tasks.{method}"),
        tags: vec![TAG.to_owned()],
        summary: summary.to_owned(),
        description: String::new(),
        deprecated: false,
        parameters: vec![parameter("RequestId")],
        request_body: None,
        responses: failures(&[
            "InvalidArgument",
            "Unauthenticated",
            "NotAcceptable",
            "ResourceExhausted",
            "Internal",
            "Unavailable",
            "DeadlineExceeded",
        ]),
    }
}

fn answer(description: &str) -> Response {
    let example = Node::Object(
        [
            ("id", Node::Text(examples::UUID.to_owned())),
            ("name", Node::Text("order.create".to_owned())),
            ("state", Node::Text("waiting".to_owned())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
    );
    let json = MediaType { schema: Schema::to("Task"), example: Some(example) };
    Response {
        description: description.to_owned(),
        headers: header_refs(&["X-Request-Id", "Cache-Control", "Vary"]),
        content: Pairs(vec![("application/json".to_owned(), json)]),
    }
}

fn id() -> OrRef<Parameter> {
    OrRef::Here(Parameter {
        name: "id".to_owned(),
        place: "path",
        description: "The id of the task: the last part of `Location`.".to_owned(),
        required: true,
        schema: Schema { format: Some("uuid"), ..Schema::of("string") },
        example: Some(Node::Text(examples::UUID.to_owned())),
    })
}

/// What the caller says to have it later.
pub(super) fn prefer() -> Parameter {
    Parameter {
        name: "Prefer".to_owned(),
        place: "header",
        description:
            "`respond-async` (RFC 7240): answer 202 at once and carry the write out later, as a task."
                .to_owned(),
        required: false,
        // What else may be preferred is passed over, as it has to be.
        schema: Schema::of("string"),
        example: Some(Node::Text("respond-async".to_owned())),
    }
}

/// A task, and why one failed.
pub(super) fn schemas() -> [(String, Schema); 2] {
    let time = |description: &str| Schema { format: Some("date-time"), ..text(description) };
    let count = |description: &str| {
        let minimum = Some(Node::Int(0));
        Schema { description: description.to_owned(), minimum, ..Schema::of("integer") }
    };
    let state = Schema { names: STATES.map(str::to_owned).into(), ..text("Where it stands.") };
    let task = object(
        "A write that is carried out later.",
        &["id", "name", "state"],
        vec![
            ("id", Schema { format: Some("uuid"), ..text("Its id.") }),
            ("name", text("What it does: the resource and the operation.")),
            ("state", state),
            ("attempts", count("How many attempts have begun.")),
            ("max_attempts", count("How many there may be.")),
            ("created_at", time("When it was asked for.")),
            ("run_at", time("When it may begin, or be tried again.")),
            ("started_at", time("When the last attempt began.")),
            ("finished_at", time("When it ended.")),
            ("error", Schema::to("TaskFailure")),
            (
                "result",
                Schema {
                    description: "What it answered: the resource as it is then.".to_owned(),
                    ..Schema::default()
                },
            ),
        ],
    );
    let mut errors = Schema::of("array");
    errors.description = "Everything that is wrong with what was asked.".into();
    errors.items = Some(Box::new(object(
        "",
        &["pointer", "code", "message"],
        vec![
            ("pointer", text("A JSON Pointer (RFC 6901); what was sent as the body is under `/data`.")),
            ("code", text("The rule that is broken, in a word.")),
            ("message", text("What is wrong and what is allowed.")),
        ],
    )));
    let failure = object(
        "Why the last attempt failed.",
        &["code", "message"],
        vec![
            ("code", text("The kind of failure in a word, for code to read.")),
            ("message", text("What went wrong.")),
            ("errors", errors),
        ],
    );
    [("Task".to_owned(), task), ("TaskFailure".to_owned(), failure)]
}
