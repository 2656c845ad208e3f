//! Messages as a Celery of 5.7 wrote them, and what it takes.

use lapin::BasicProperties;
use lapin::types::{AMQPType, AMQPValue, FieldTable, ShortString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::incoming::read;
use super::*;
use crate::amqp::Parcel;
use crate::tasks::broker::{Noted, Outcome};
use crate::tasks::message::{Caller, Message, Priority, RetryPolicy};
use crate::tasks::registry::Registry;
use crate::tasks::status::Failure;

const ID: &str = "9ba2f504-6119-4718-a953-196cb6c2d211";
const REPLY: &str = "dd3d085e-22fd-33c0-8490-79ab5fd70efe";
const PLAIN: &str =
    r#"[["a", "b"], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]"#;
const TYPED: &str = r#"[[], {"at": {"__type__": "datetime", "__value__": "2026-01-02T03:04:05"}, "z": {"__type__": "datetime", "__value__": "2026-01-02T00:00:00+00:00"}, "p": {"__type__": "decimal", "__value__": "1.50"}, "id": {"__type__": "uuid", "__value__": {"hex": "00000000000000000000000000000005"}}, "b": {"__type__": "bytes", "__value__": "hi"}, "r": {"__type__": "base64", "__value__": "/wA="}}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]"#;
const CHAIN: &str = r#"[[1], {}, {"callbacks": null, "errbacks": null, "chain": [{"task": "c", "args": [], "kwargs": {}, "options": {"task_id": "6977f58f-48f9-48e4-9117-a441915f3fc6", "reply_to": "dd3d085e-22fd-33c0-8490-79ab5fd70efe"}, "subtask_type": null, "immutable": true}, {"task": "b", "args": [2], "kwargs": {"k": 3}, "options": {"queue": "bq", "task_id": "302009ab-b2a2-4e1f-9376-41a0980e63e3", "reply_to": "dd3d085e-22fd-33c0-8490-79ab5fd70efe"}, "subtask_type": null, "immutable": false}], "chord": null}]"#;
const LINK: &str = r#"[[1], {}, {"callbacks": [{"task": "cb", "args": [], "kwargs": {}, "options": {}, "subtask_type": null, "immutable": false}], "errbacks": [{"task": "eb", "args": ["x"], "kwargs": {}, "options": {}, "subtask_type": null, "immutable": false}], "chain": null, "chord": null}]"#;
const FIRST: &str = r#"{"task": "a", "id": "493f56e0-d763-4240-9fc6-c4ed801266cb", "args": [1], "kwargs": {"k": 2}, "group": null, "group_index": null, "retries": 0, "eta": "2026-11-25T20:20:18.648727+00:00", "expires": null, "utc": true, "callbacks": null, "errbacks": null, "timelimit": [null, null], "taskset": null, "chord": null}"#;

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn headers() -> FieldTable {
    let mut headers = FieldTable::default();
    for (name, value) in [
        ("lang", text("py")),
        ("task", text("order.confirm")),
        ("id", text(ID)),
        ("shadow", AMQPValue::Void),
        ("eta", AMQPValue::Void),
        ("expires", AMQPValue::Void),
        ("group", AMQPValue::Void),
        ("group_index", AMQPValue::Void),
        ("retries", AMQPValue::LongInt(0)),
        ("timelimit", AMQPValue::FieldArray(vec![AMQPValue::Void, AMQPValue::Void].into())),
        ("root_id", text(ID)),
        ("parent_id", AMQPValue::Void),
        ("argsrepr", text("('a', 'b')")),
        ("kwargsrepr", text("{}")),
        ("origin", text("gen17919@vm")),
        ("ignore_result", AMQPValue::Void),
        ("replaced_task_nesting", AMQPValue::LongInt(0)),
        ("stamped_headers", AMQPValue::Void),
        ("stamps", AMQPValue::FieldTable(FieldTable::default())),
    ] {
        headers.insert(name.into(), value);
    }
    headers
}

fn properties(headers: FieldTable) -> BasicProperties {
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("utf-8".into())
        .with_delivery_mode(2)
        .with_priority(0)
        .with_correlation_id(ID.into())
        .with_reply_to(REPLY.into())
        .with_headers(headers)
}

fn with(name: &str, value: AMQPValue) -> BasicProperties {
    let mut headers = headers();
    headers.insert(name.into(), value);
    properties(headers)
}

fn taken(body: &str, properties: &BasicProperties) -> Message {
    read("orders", body.as_bytes(), properties, &Registry::default()).expect("a task")
}

fn refused(body: &str, properties: &BasicProperties) -> Refused {
    read("orders", body.as_bytes(), properties, &Registry::default()).expect_err("no task")
}

fn origin(message: &Message) -> Origin {
    message.foreign.as_deref().and_then(Origin::from_json).expect("what the end needs")
}

fn parts(parcel: &Parcel) -> (Value, FieldTable) {
    let headers = parcel.properties.headers().clone().unwrap_or_default();
    (serde_json::from_slice(&parcel.body).expect("JSON"), headers)
}

fn said(headers: &FieldTable, name: &str) -> String {
    match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        other => format!("{other:?}"),
    }
}

fn message() -> Message {
    Message {
        id: ID.parse().unwrap(),
        created_at: "2026-11-25T20:00:00Z".parse().unwrap(),
        ..Message::new("default", "py.add", r#"{"x":1,"note":"secret"}"#.to_owned())
    }
}

#[test]
fn what_is_sent_has_every_header_of_celerys_own_and_of_its_type() {
    let sent = outgoing(&message(), REPLY).unwrap();
    let (body, headers) = parts(&sent);
    assert_eq!(
        body,
        json!([[], {"x": 1, "note": "secret"}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}])
    );
    assert_eq!(sent.routing_key, "celery");
    let kinds = |table: &FieldTable| -> Vec<(String, AMQPType)> {
        table.inner().iter().map(|(name, value)| (name.to_string(), value.get_type())).collect()
    };
    let mut expected = kinds(&self::headers());
    for (name, kind) in &mut expected {
        // As `delay` writes it; `send_task` leaves it open.
        if name == "ignore_result" {
            *kind = AMQPType::Boolean;
        }
    }
    assert_eq!(kinds(&headers), expected);
    let properties = &sent.properties;
    assert_eq!(properties.content_type().as_ref().map(ShortString::as_str), Some("application/json"));
    assert_eq!(properties.content_encoding().as_ref().map(ShortString::as_str), Some("utf-8"));
    assert_eq!(properties.correlation_id().as_ref().map(ShortString::as_str), Some(ID));
    assert_eq!(properties.reply_to().as_ref().map(ShortString::as_str), Some(REPLY));
    assert_eq!((*properties.delivery_mode(), *properties.priority()), (Some(2), Some(0)));
    assert_eq!(*properties.expiration(), None, "what RabbitMQ drops is never answered");
    assert!(!format!("{headers:?}").contains("secret"), "arguments are not in headers");
}

#[test]
fn what_is_sent_says_how_it_runs() {
    let sent = Message {
        run_at: Some("2026-11-25T20:00:01.5Z".parse().unwrap()),
        expires_at: Some("2026-11-25T21:00:00Z".parse().unwrap()),
        priority: Priority::High,
        trace_parent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        retry: RetryPolicy { timeout: std::time::Duration::from_millis(1500), ..RetryPolicy::default() },
        ..message()
    };
    let parcel = outgoing(&sent, "").unwrap();
    let (_, headers) = parts(&parcel);
    assert_eq!(said(&headers, "eta"), "2026-11-25T20:00:01.500000+00:00");
    assert_eq!(said(&headers, "expires"), "2026-11-25T21:00:00.000000+00:00");
    assert_eq!(said(&headers, "traceparent"), sent.trace_parent.clone().unwrap());
    let limits = AMQPValue::FieldArray(vec![AMQPValue::LongInt(2), AMQPValue::Void].into());
    assert_eq!(headers.inner().get("timelimit"), Some(&limits), "hard, soft");
    assert_eq!(headers.inner().get("ignore_result"), Some(&AMQPValue::Boolean(true)), "nobody waits for it");
    assert_eq!(*parcel.properties.priority(), Some(9));
}

/// Shapes that end a whole worker of Python's.
#[test]
fn what_would_kill_a_worker_is_never_sent() {
    for payload in ["", "[]", "[[],{},{}]", "7", "null", "{", r#"{"x":1}]"#, "{}{}"] {
        let refused =
            outgoing(&Message { payload: payload.to_owned(), ..message() }, "").expect_err("refused");
        assert!(refused.contains("JSON object"), "{refused}");
    }
}

#[test]
fn a_service_like_this_one_gets_the_policy_and_in_whose_name_it_runs() {
    let principal = crate::context::Principal::new("ada").with_role("admin");
    let sent = Message {
        caller: Some(Caller { principal, key: Some("signup-1".to_owned()) }),
        retry: RetryPolicy { attempts: 3, ..RetryPolicy::default() },
        ..message()
    };
    let parcel = outgoing(&sent, REPLY).unwrap();
    assert!(!said(&parts(&parcel).1, "fourfold").contains("secret"), "arguments are not in headers");
    let came = read("default", &parcel.body, &parcel.properties, &Registry::default()).unwrap();
    assert_eq!((came.id, &came.name, &came.payload), (sent.id, &sent.name, &sent.payload));
    assert_eq!((came.retry, came.caller), (sent.retry, sent.caller));
    assert_eq!((came.attempts, came.keep), (1, false));
}

#[test]
fn a_plain_message_is_a_task() {
    let came = taken(r#"[[], {"x": 1}, {}]"#, &properties(headers()));
    assert_eq!(
        (came.id.to_string().as_str(), came.name.as_str(), came.queue.as_str()),
        (ID, "order.confirm", "orders")
    );
    assert_eq!((came.payload.as_str(), came.attempts, came.run_at), (r#"{"x": 1}"#, 1, None));
    let origin = origin(&came);
    assert_eq!(
        (origin.id.as_str(), origin.reply_to.as_str(), origin.root_id.as_deref()),
        (ID, REPLY, Some(ID))
    );
    assert!(!origin.ignore_result && origin.chain.is_empty());
}

#[test]
fn what_a_message_may_lack_or_write_otherwise() {
    let mut least = FieldTable::default();
    least.insert("task".into(), text("order.confirm"));
    least.insert("id".into(), text("order-7"));
    let came = taken("[[], {}, null]", &BasicProperties::default().with_headers(least));
    assert_eq!(came.id.get_version_num(), 5, "an id that is no UUID has a lasting one here");
    assert_eq!(origin(&came).id, "order-7");

    for (name, value) in
        [("retries", text("2")), ("retries", AMQPValue::LongLongInt(2)), ("retries", AMQPValue::ShortInt(2))]
    {
        let came = taken("[[], {}, {}]", &with(name, value));
        assert_eq!((came.attempts, came.retry.attempts), (3, 6));
    }
    let often = taken("[[], {}, {}]", &with("retries", AMQPValue::LongInt(40)));
    assert_eq!((often.attempts, often.retry.attempts), (41, 41), "it is run once at least");
    for time in
        ["2026-11-25T20:00:01.123456+00:00", "2026-11-25T20:00:01.123456789Z", "2026-11-25T20:00:01.123456"]
    {
        let came = taken("[[], {}, {}]", &with("eta", text(time)));
        assert_eq!(came.run_at.unwrap().timestamp_micros(), 1_795_636_801_123_456, "{time}");
    }
    let limits = AMQPValue::FieldArray(vec![AMQPValue::LongInt(30), AMQPValue::LongInt(20)].into());
    assert_eq!(taken("[[], {}, {}]", &with("timelimit", limits)).retry.timeout.as_secs(), 20);
    let charset = properties(headers()).with_content_type("application/json; charset=utf-8".into());
    assert_eq!(taken("[null, null, {}]", &charset).payload, "{}");
    assert!(origin(&taken("[[], {}, {}]", &with("ignore_result", AMQPValue::Boolean(true)))).ignore_result);
    assert_eq!(taken("[[], {}, {}]", &with("unheard_of", AMQPValue::Void)).payload, "{}");
}

#[test]
fn types_that_json_has_no_word_for_are_what_fields_take() {
    let came = taken(TYPED, &properties(headers()));
    let payload: Value = serde_json::from_str(&came.payload).unwrap();
    assert_eq!(
        payload,
        json!({
            "at": "2026-01-02T03:04:05Z", "z": "2026-01-02T00:00:00+00:00", "p": "1.50",
            "id": "00000000-0000-0000-0000-000000000005", "b": "aGk=", "r": "/wA=",
        })
    );
    let odd = r#"[[], {"x": {"__type__": "set", "__value__": [1]}}, {}]"#;
    assert!(refused(odd, &properties(headers())).why.contains("Python type"));
}

#[test]
fn the_first_protocol_is_understood() {
    let came = taken(FIRST, &properties(FieldTable::default()));
    assert_eq!((came.name.as_str(), came.attempts), ("a", 1));
    assert_eq!(
        came.payload, r#"{"args":[1],"kwargs":{"k": 2}}"#,
        "a task that is not known has no names for them"
    );
    assert!(came.run_at.is_some());
    assert_eq!(origin(&came).id, "493f56e0-d763-4240-9fc6-c4ed801266cb");
}

#[test]
fn what_can_not_be_run_says_why_and_whom_to_tell() {
    let plain = properties(headers());
    for (body, why) in [
        (r#"{"task": 7}"#, "no JSON array"),
        ("[[], {}]", "[args, kwargs, embed]"),
        ("[[], {}, {}, {}]", "[args, kwargs, embed]"),
        ("", "no JSON array"),
        ("[[], 7, {}]", "named arguments"),
        ("[7, {}, {}]", "must be an array"),
        ("[[], {}, 7]", "third part"),
        (r#"[[], {}, {"chain": 7}]"#, "`chain`"),
        (r#"[[], {}, {"chain": [7]}]"#, "no signature"),
        (r#"[[], {}, {"callbacks": [{"task": "a", "kwargs": []}]}]"#, "`kwargs`"),
        (r#"[[], {}, {"chord": {"task": "sum"}}]"#, "chord"),
        (r#"[[], {}, {"chain": [{"task": "celery.chord", "subtask_type": "chord"}]}]"#, "chord"),
    ] {
        let refused = refused(body, &plain);
        assert!(refused.why.contains(why), "{body}: {}", refused.why);
        let (name, origin) = refused.task.expect("whom to tell");
        assert_eq!(
            (name.as_str(), origin.id.as_str(), origin.reply_to.as_str()),
            ("order.confirm", ID, REPLY)
        );
    }
    for (properties, why) in [
        (with("eta", text("tomorrow")), "`eta`"),
        (with("expires", text("99999-01-01")), "`expires`"),
        (with("eta", text("9999-01-01T00:00:00Z")), "too far away"),
        (plain.clone().with_content_type("application/x-python-serialize".into()), "task_serializer"),
        (with("compression", text("application/x-gzip")), "task_compression"),
    ] {
        assert!(refused("[[], {}, {}]", &properties).why.contains(why));
    }
    let nobody = refused(r#"["no task"]"#, &BasicProperties::default());
    assert_eq!((nobody.code, nobody.task), ("unreadable", None));
    let mut without_id = headers();
    without_id.insert("id".into(), AMQPValue::Void);
    assert!(refused("[[], {}, {}]", &properties(without_id)).why.contains("`id`"));
    assert!(refused(&format!("[[], {}, {{}}]", "[".repeat(100_000)), &plain).why.contains("no JSON array"));
}

/// What the end publishes, as (queue, body, headers).
fn published(
    outcome: &Outcome,
    body: &str,
    properties: &BasicProperties,
) -> (Vec<Value>, Vec<(String, Value, FieldTable)>) {
    let came = taken(body, properties);
    let (metas, calls) = ends(&origin(&came), outcome, &came.name, &Registry::default());
    let metas = metas.iter().map(|meta| serde_json::from_str(&meta.json).expect("JSON")).collect();
    let calls = calls.iter().map(|parcel| {
        let (body, headers) = parts(parcel);
        (parcel.routing_key.clone(), body, headers)
    });
    (metas, calls.collect())
}

fn failed() -> Outcome {
    let mut failure = Failure::new("invalid_argument", "the request is not valid");
    failure.violations = vec![("/data/note".to_owned(), "length".to_owned(), "too long".to_owned())];
    Outcome::Failed(failure)
}

#[test]
fn results_are_as_celery_writes_them() {
    let plain = properties(headers());
    let of = |outcome: &Outcome| published(outcome, PLAIN, &plain).0;
    let done = of(&Outcome::Succeeded(Some(r#"{"id":1}"#.to_owned()))).remove(0);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&done), ["children", "date_done", "result", "status", "task_id", "traceback"]);
    assert_eq!(
        (&done["status"], &done["result"], &done["task_id"]),
        (&json!("SUCCESS"), &json!({"id": 1}), &json!(ID))
    );
    assert!(done["date_done"].as_str().unwrap().ends_with("+00:00"));
    assert_eq!(of(&Outcome::Succeeded(None))[0]["result"], Value::Null);
    let failed = of(&failed()).remove(0);
    let said = "invalid_argument: the request is not valid; /data/note: too long";
    assert_eq!(
        failed["result"],
        json!({"exc_type": "ValueError", "exc_message": [said], "exc_module": "builtins"})
    );
    let again = of(&Outcome::Retry(chrono::Utc::now(), Failure::new("unavailable", "away"))).remove(0);
    assert_eq!((&again["status"], &again["date_done"]), (&json!("RETRY"), &Value::Null));
    assert_eq!(again["result"]["exc_type"], "ConnectionError");
    let late = of(&Outcome::Expired).remove(0);
    assert_eq!(
        (&late["status"], &late["result"]["exc_type"]),
        (&json!("REVOKED"), &json!("TaskRevokedError"))
    );
    assert_eq!(of(&Outcome::Returned), Vec::<Value>::new());
    let ignored = with("ignore_result", AMQPValue::Boolean(true));
    assert_eq!(
        published(&Outcome::Succeeded(None), PLAIN, &ignored).0,
        Vec::<Value>::new(),
        "nobody wants to know"
    );
}

#[test]
fn a_chain_goes_on_with_the_result_and_the_rest() {
    let (metas, calls) = published(&Outcome::Succeeded(Some("7".to_owned())), CHAIN, &properties(headers()));
    let [(queue, body, headers)] = &calls[..] else { panic!("one comes next: {calls:?}") };
    assert_eq!((queue.as_str(), &body[0], &body[1]), ("bq", &json!([7, 2]), &json!({"k": 3})));
    assert_eq!(body[2]["chain"].as_array().unwrap().len(), 1);
    let id = "302009ab-b2a2-4e1f-9376-41a0980e63e3";
    assert_eq!(
        (said(headers, "id"), said(headers, "root_id"), said(headers, "parent_id")),
        (id.into(), ID.into(), ID.into())
    );
    assert_eq!(metas[0]["children"], json!([[[id, null], null]]));

    // And the last of it, which takes no result.
    let rest = format!("[[], {{}}, {}]", body[2]);
    let (_, calls) =
        published(&Outcome::Succeeded(Some("9".to_owned())), &rest, &properties(self::headers()));
    assert_eq!(
        (calls[0].0.as_str(), &calls[0].1[0], &calls[0].1[2]["chain"]),
        ("celery", &json!([]), &Value::Null)
    );
}

#[test]
fn a_chain_that_breaks_tells_whoever_waits_for_its_end() {
    let (metas, calls) = published(&failed(), CHAIN, &properties(headers()));
    assert!(calls.is_empty());
    let ids: Vec<_> = metas
        .iter()
        .map(|meta| (meta["task_id"].as_str().unwrap(), meta["status"].as_str().unwrap()))
        .collect();
    let [c, b] = ["6977f58f-48f9-48e4-9117-a441915f3fc6", "302009ab-b2a2-4e1f-9376-41a0980e63e3"];
    assert_eq!(ids, [(c, "FAILURE"), (b, "FAILURE"), (ID, "FAILURE")]);
}

#[test]
fn callbacks_come_after_success_and_errbacks_after_failure() {
    let (_, calls) = published(&Outcome::Succeeded(Some("3".to_owned())), LINK, &properties(headers()));
    assert_eq!(
        calls.iter().map(|(_, body, headers)| (said(headers, "task"), body[0].clone())).collect::<Vec<_>>(),
        [("cb".to_owned(), json!([3]))]
    );
    let (_, calls) = published(&failed(), LINK, &properties(headers()));
    assert_eq!(
        calls.iter().map(|(_, body, headers)| (said(headers, "task"), body[0].clone())).collect::<Vec<_>>(),
        [("eb".to_owned(), json!([ID, "x"]))]
    );
}

#[test]
fn a_group_and_a_chain_within_are_called_part_by_part() {
    let body = r#"[[], {}, {"chain": [{"task": "celery.group", "subtask_type": "group", "kwargs": {"tasks": [
        {"task": "a", "args": [], "kwargs": {}, "options": {"group_id": "g"}},
        {"task": "celery.chain", "subtask_type": "chain", "kwargs": {"tasks": [{"task": "b"}, {"task": "c"}]}}]}}]}]"#;
    let (_, calls) = published(&Outcome::Succeeded(Some("1".to_owned())), body, &properties(headers()));
    let names: Vec<_> =
        calls.iter().map(|(_, body, headers)| (said(headers, "task"), body[0].clone())).collect();
    assert_eq!(names, [("a".to_owned(), json!([1])), ("b".to_owned(), json!([1]))]);
    assert_eq!(said(&calls[0].2, "group"), "g");
    assert_eq!(calls[1].1[2]["chain"][0]["task"], "c");
}

#[test]
fn what_the_end_needs_survives_being_kept() {
    for body in [CHAIN, LINK, PLAIN] {
        let mut origin = origin(&taken(body, &properties(headers())));
        origin.expires = Some("2026-11-25T21:00:00Z".parse().unwrap());
        origin.group = Some("g".to_owned());
        origin.priority = 5;
        assert_eq!(Origin::from_json(&origin.to_json()), Some(origin));
    }
    assert_eq!(Origin::from_json("{}"), None);
}

#[test]
fn what_comes_back_is_what_became_of_the_task() {
    let id: Uuid = ID.parse().unwrap();
    let read = |text: String| answer(text.as_bytes(), None).map(|answered| (answered.id, answered.noted));
    let failure = |code: &str, message: &str| Failure::new(code, message);
    for (status, result, noted) in [
        ("STARTED", json!({"pid": 7, "hostname": "celery@vm"}), Noted::Began),
        ("SUCCESS", json!({"x": 1}), Noted::Ended(Outcome::Succeeded(Some(r#"{"x":1}"#.to_owned())))),
        ("SUCCESS", json!(null), Noted::Ended(Outcome::Succeeded(None))),
        (
            "FAILURE",
            json!({"exc_type": "ValueError", "exc_message": ["bad", 3], "exc_module": "builtins"}),
            Noted::Ended(Outcome::Failed(failure("ValueError", "bad, 3"))),
        ),
        (
            "RETRY",
            json!({"exc_type": "ValueError", "exc_message": ["not yet"], "exc_module": "builtins"}),
            Noted::Again(failure("ValueError", "not yet")),
        ),
        (
            "REVOKED",
            json!({"exc_type": "TaskRevokedError", "exc_message": ["expired"], "exc_module": "celery.exceptions"}),
            Noted::Ended(Outcome::Expired),
        ),
        (
            "REVOKED",
            json!({"exc_type": "TaskRevokedError", "exc_message": ["terminated"], "exc_module": "celery.exceptions"}),
            Noted::Ended(Outcome::Failed(failure("TaskRevokedError", "terminated"))),
        ),
    ] {
        let meta = json!({"status": status, "result": result, "traceback": null, "children": [], "date_done": null, "task_id": ID});
        assert_eq!(read(meta.to_string()), Some((id, noted)));
    }
    for nothing in [
        "",
        "[]",
        "{}",
        r#"{"status":"SUCCESS","task_id":"order-7"}"#,
        r#"{"status":"SENT","task_id":"9ba2f504-6119-4718-a953-196cb6c2d211"}"#,
    ] {
        assert_eq!(read(nothing.to_owned()), None, "{nothing}");
    }
}
