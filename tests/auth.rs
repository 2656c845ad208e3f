//! Who calls and what they may do, and what of the user's own joins in: routes, state, statements, calls in process.

#![allow(missing_docs, unreachable_pub, reason = "tests say what they mean by their names")]

#[path = "wire/client.rs"]
#[allow(dead_code, reason = "the other tests need more of it")]
mod client;
#[path = "wire/engines.rs"]
#[allow(dead_code, reason = "the other tests need more of it")]
mod engines;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::{get, post};
use fourfold::descriptor::{BoxFuture, Descriptor};
use fourfold::prelude::*;
use fourfold::{
    AllowAll, Anyone, Authenticator, Config, Credentials, OperationKind, Policy, Principal, RowView, Server,
    Statement,
};
use serde_json::json;

use client::{Answer, Client};
use engines::{on_every_engine, on_sqlite};

/// Words of somebody.
#[derive(Resource)]
#[resource(package = "test.note.v1", path = "notes", operation(stamp, input = Stamp))]
pub struct Note {
    #[field(id)]
    pub id: Uuid,
    #[field(filter)]
    pub owner: String,
    #[field(sort)]
    pub text: String,
    #[field(version)]
    pub version: i64,
}

/// What a stamp says.
#[derive(Value)]
pub struct Stamp {
    pub word: String,
}

/// How often the method of an operation ran.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

impl NoteOperations for Note {
    async fn stamp(&mut self, ctx: &Context, input: Stamp) -> Result<()> {
        let Some(runs) = ctx.state::<Runs>() else { return Err(Error::internal("no state")) };
        runs.0.fetch_add(1, Ordering::SeqCst);
        match input.word.as_str() {
            "copy" => {
                let copy = NoteCreate { owner: self.owner.clone(), text: "a copy".to_owned() };
                ctx.execute(
                    Statement::new("INSERT INTO stamps VALUES ($1, $2)")
                        .bind("copied".to_owned())
                        .bind(self.id),
                );
                ctx.service().create::<Note>(ctx, copy).await?;
            }
            word => {
                let statement = Statement::new("INSERT INTO stamps VALUES ($1, $2)");
                ctx.execute(statement.bind(word.trim_start_matches("fail ").to_owned()).bind(self.id));
            }
        }
        if input.word.starts_with("fail ") {
            return Err(Error::failed_precondition("this stamp fails"));
        }
        self.text = input.word;
        Ok(())
    }
}

/// The header `x-key` names the caller; `nobody` is let in unnamed.
struct Keys;

impl Authenticator for Keys {
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Principal>> {
        Box::pin(async move {
            match credentials.header("x-key") {
                Some("nobody") => Ok(Principal::anonymous()),
                Some("panic") => panic!("s3cret inner detail"),
                Some(name) => Ok(Principal::new(name)),
                None => Err(Error::new(fourfold::ErrorKind::Unauthenticated, "send your x-key")),
            }
        })
    }

    fn challenge(&self) -> &'static str {
        "Key realm=\"notes\""
    }
}

/// `guest` may only read; everybody else sees and makes what is their own, `root` all.
struct Owners;

impl Policy for Owners {
    fn may<'a>(
        &'a self,
        ctx: &'a Context,
        _resource: &'static Descriptor,
        operation: OperationKind,
    ) -> BoxFuture<'a, Result<bool>> {
        let read = matches!(operation, OperationKind::Get | OperationKind::List);
        Box::pin(async move { Ok(read || ctx.principal().id() != Some("guest")) })
    }

    fn may_row<'a>(
        &'a self,
        ctx: &'a Context,
        _operation: OperationKind,
        row: RowView<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let caller = ctx.principal().id().unwrap_or("nobody");
            Ok(caller == "root" || row.get::<String>("owner").as_deref() == Some(caller))
        })
    }
}

fn guarded(server: Server) -> Server {
    server.mount::<Note>().authenticator(Keys).policy(Owners).state(Runs::default())
}

fn open(server: Server) -> Server {
    server.mount::<Note>().state(Runs::default())
}

async fn as_(client: &mut Client, key: &str, method: &str, path: &str, body: serde_json::Value) -> Answer {
    let headers = [("x-key", key), ("content-type", "application/json")];
    client.send(method, path, &headers, body.to_string()).await
}

#[tokio::test]
async fn a_stranger_gets_401_and_how_to_say_who_it_is() {
    for service in on_every_engine(guarded).await {
        let mut client = service.client().await;
        for (method, path) in [
            ("GET", "/v1/notes"),
            ("POST", "/v1/notes"),
            ("GET", "/v1/notes/x"),
            ("HEAD", "/v1/notes/x"),
            ("PATCH", "/v1/notes/x"),
            ("DELETE", "/v1/notes/x"),
            ("POST", "/v1/notes/x/stamp"),
        ] {
            // Not the key, nor the body, nor whether the row exists is looked at before.
            let headers = [("idempotency-key", "not a key"), ("content-type", "text/plain")];
            let refused = client.send(method, path, &headers, "{").await.expect(401);
            assert_eq!(refused.header("www-authenticate"), "Key realm=\"notes\"", "{method} {path}");
            assert_eq!(refused.header("content-type"), "application/problem+json");
        }
        let failed = as_(&mut client, "panic", "GET", "/v1/notes", json!({})).await.expect(500);
        assert!(!failed.text().contains("s3cret"), "{}", failed.text());
        service.stop().await;
    }
}

#[tokio::test]
async fn who_may_not_do_a_thing_at_all_gets_403_whether_or_not_the_row_exists() {
    for service in on_every_engine(guarded).await {
        let mut client = service.client().await;
        let note = json!({"owner": "ann", "text": "t"});
        let made = as_(&mut client, "ann", "POST", "/v1/notes", note.clone()).await.expect(201);
        let there = made.header("location").to_owned();
        for place in [there.as_str(), "/v1/notes/00000000-0000-0000-0000-000000000000", "/v1/notes/x"] {
            for method in ["PATCH", "PUT", "DELETE"] {
                // Before the body is read, too.
                let refused =
                    as_(&mut client, "guest", method, place, json!("not an object")).await.expect(403);
                assert_eq!(refused.json()["code"], "permission_denied");
            }
            as_(&mut client, "guest", "POST", &format!("{place}/stamp"), json!({})).await.expect(403);
        }
        as_(&mut client, "guest", "POST", "/v1/notes", note).await.expect(403);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_row_that_is_not_the_callers_is_as_if_it_were_not_there() {
    for service in on_every_engine(guarded).await {
        let mut client = service.client().await;
        let note = json!({"owner": "ann", "text": "t"});
        let made = as_(&mut client, "ann", "POST", "/v1/notes", note.clone()).await.expect(201);
        let there = made.header("location").to_owned();
        let missing = "/v1/notes/00000000-0000-0000-0000-000000000000";
        for (method, body) in [
            ("GET", json!({})),
            ("PATCH", json!({"text": "u"})),
            ("PUT", note.clone()),
            ("DELETE", json!({})),
        ] {
            let hidden = as_(&mut client, "bob", method, &there, body.clone()).await.expect(404).json();
            let absent = as_(&mut client, "bob", method, missing, body).await.expect(404).json();
            assert_eq!((&hidden["detail"], &hidden["title"]), (&absent["detail"], &absent["title"]));
        }
        as_(&mut client, "bob", "POST", &format!("{there}/stamp"), json!({"word": "w"})).await.expect(404);
        // Conditions say nothing of it either.
        let headers = [("x-key", "bob"), ("if-match", "\"9\""), ("content-type", "application/json")];
        client.send("PATCH", &there, &headers, "{}").await.expect(404);
        as_(&mut client, "bob", "POST", "/v1/notes", note).await.expect(403);
        as_(&mut client, "ann", "GET", &there, json!({})).await.expect(200);
        service.stop().await;
    }
}

#[tokio::test]
async fn lists_leave_out_what_is_not_the_callers_and_tokens_tell_nothing_of_it() {
    for service in on_every_engine(guarded).await {
        let mut client = service.client().await;
        for number in 0..12 {
            let owner = if number % 3 == 0 { "ann" } else { "bob" };
            let note = json!({"owner": owner, "text": format!("{owner}-{number:02}")});
            as_(&mut client, "root", "POST", "/v1/notes", note).await.expect(201);
        }
        let (mut texts, mut token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/v1/notes?page_size=4&order_by=text&page_token={token}");
            let page = as_(&mut client, "ann", "GET", &path, json!({})).await.expect(200).json();
            for note in page["notes"].as_array().unwrap() {
                texts.push(note["text"].as_str().unwrap().to_owned());
            }
            page["next_page_token"].as_str().unwrap().clone_into(&mut token);
            pages += 1;
            if token.is_empty() {
                break;
            }
            assert!(pages < 20, "pages come to an end");
            let last = texts.last().expect("the first page has some").clone();
            let plain = String::from_utf8_lossy(&decoded(&token)).into_owned();
            assert!(plain.contains(&last) && !plain.contains("bob"), "{plain:?}");
        }
        assert_eq!(texts, ["ann-00", "ann-03", "ann-06", "ann-09"], "{}", service.engine);
        service.stop().await;
    }
}

/// Base64url, as far as a test needs it.
fn decoded(token: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in token.bytes() {
        let value = ALPHABET.iter().position(|it| *it == byte).expect("base64url");
        bits = bits << 6 | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    out
}

#[tokio::test]
async fn an_idempotency_key_belongs_to_who_used_it() {
    for service in on_every_engine(guarded).await {
        let mut client = service.client().await;
        let mut ids = std::collections::BTreeSet::new();
        for (caller, owner) in [("root", "ann"), ("ann", "ann"), ("nobody", "nobody")] {
            for _ in 0..2 {
                let headers =
                    [("x-key", caller), ("idempotency-key", "one"), ("content-type", "application/json")];
                let body = json!({"owner": owner, "text": "t"}).to_string();
                let made = client.send("POST", "/v1/notes", &headers, body).await.expect(201);
                ids.insert(made.json()["id"].to_string());
            }
        }
        assert_eq!(ids.len(), 3, "one row for each caller");
        // Who may not do it any more does not get the first answer either.
        let headers = [("x-key", "guest"), ("idempotency-key", "one"), ("content-type", "application/json")];
        client.send("POST", "/v1/notes", &headers, r#"{"owner":"ann","text":"t"}"#).await.expect(403);
        service.stop().await;
    }
}

#[tokio::test]
async fn without_an_authenticator_and_a_policy_strangers_are_not_served() {
    let everywhere = || {
        let mut config = Config::default();
        config.listen = ([0, 0, 0, 0], 0).into();
        config.database_url = "sqlite::memory:".into();
        Server::new(config).mount::<Note>()
    };
    for server in [everywhere(), everywhere().authenticator(Anyone), everywhere().policy(AllowAll)] {
        let sentence = server.start().await.expect_err("it is refused").to_string();
        for word in
            ["open to everybody on 0.0.0.0", "Server::authenticator", "Anyone", "AllowAll", "127.0.0.1"]
        {
            assert!(sentence.contains(word), "{sentence}");
        }
    }
    let running = everywhere().authenticator(Anyone).policy(AllowAll).start().await.expect("it was meant");
    let mut client = Client::connect(([127, 0, 0, 1], running.address().port()).into()).await;
    client.get("/v1/notes").await.expect(200);
    drop(client);
    running.stop().await;
}

#[tokio::test]
async fn rust_callers_get_the_same_rules() {
    for service in on_every_engine(guarded).await {
        let calls = service.running.service();
        let ann = calls.context(Principal::new("ann"));
        let bob = calls.context(Principal::new("bob"));
        let guest = calls.context(Principal::new("guest"));
        let create = || NoteCreate { owner: "ann".to_owned(), text: "t".to_owned() };
        let note = calls.create::<Note>(&ann, create()).await.unwrap();
        assert_eq!((note.version, note.text.as_str()), (1, "t"));
        let kind = |result: Result<Note>| result.map(|_| ()).expect_err("it is refused").kind();
        assert_eq!(kind(calls.create::<Note>(&bob, create()).await), fourfold::ErrorKind::PermissionDenied);
        assert_eq!(kind(calls.create::<Note>(&guest, create()).await), fourfold::ErrorKind::PermissionDenied);
        assert_eq!(kind(calls.get::<Note>(&bob, note.id).await), fourfold::ErrorKind::NotFound);
        let long = NoteCreate { owner: "ann".to_owned(), text: "t".repeat(5000) };
        let refused = calls.create::<Note>(&ann, long).await.err().expect("it is refused");
        assert_eq!(refused.violations()[0].pointer, "/text");

        let update = || NoteUpdate { text: Patch::Set("u".to_owned()), ..NoteUpdate::default() };
        let changed = calls.update::<Note>(&ann, note.id, update()).await.unwrap();
        assert_eq!((changed.version, changed.owner.as_str(), changed.text.as_str()), (2, "ann", "u"));
        assert_eq!(kind(calls.update::<Note>(&bob, note.id, update()).await), fourfold::ErrorKind::NotFound);
        assert_eq!(calls.get::<Note>(&ann, note.id).await.unwrap().text, "u");
        let page = calls.list::<Note>(&ann, "owner = ann", "text desc", 10, "").await.unwrap();
        assert_eq!((page.items.len(), page.next_page_token.as_str()), (1, ""));
        assert!(calls.list::<Note>(&bob, "", "", 10, "").await.unwrap().items.is_empty());
        assert!(calls.list::<Note>(&ann, "owner =", "", 10, "").await.is_err());
        assert!(calls.delete::<Note>(&bob, note.id).await.is_err());
        calls.delete::<Note>(&ann, note.id).await.unwrap();
        assert_eq!(kind(calls.get::<Note>(&ann, note.id).await), fourfold::ErrorKind::NotFound);
        service.stop().await;
    }
}

/// The user's own table.
async fn make_table(service: &engines::Service) {
    const TABLE: &str = "CREATE TABLE stamps (word TEXT PRIMARY KEY, note UUID)";
    match service.url.strip_prefix("sqlite:") {
        Some(path) => rusqlite::Connection::open(path).unwrap().execute_batch(TABLE).unwrap(),
        #[cfg(feature = "postgres")]
        None => {
            let (client, connection) =
                tokio_postgres::connect(&service.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(TABLE).await.unwrap();
        }
        #[cfg(not(feature = "postgres"))]
        None => unreachable!("there is one engine"),
    }
}

#[tokio::test]
async fn a_statement_of_ones_own_is_committed_with_the_row_or_not_at_all() {
    for service in on_every_engine(open).await {
        let mut client = service.client().await;
        let made = client.post("/v1/notes", json!({"owner": "ann", "text": "t"})).await.expect(201);
        let place = made.header("location").to_owned();
        let stamp = format!("{place}/stamp");
        make_table(&service).await;
        // The method failed after it had added the statement: the word is free.
        client.post(&stamp, json!({"word": "fail once"})).await.expect(409);
        client.post(&stamp, json!({"word": "once"})).await.expect(200);
        // The statement fails: the row does not change, and the caller learns no inner detail.
        let before = client.get(&place).await.expect(200);
        let failed = client.post(&stamp, json!({"word": "once"})).await.expect(500);
        assert!(!failed.text().to_lowercase().contains("stamps"), "{}", failed.text());
        assert_eq!(client.get(&place).await.expect(200).body, before.body, "{}", service.engine);
        // A condition fails: the method did not even run.
        let headers = [("if-match", "\"1\""), ("content-type", "application/json")];
        client.send("POST", &stamp, &headers, r#"{"word":"twice"}"#).await.expect(412);
        client.post(&stamp, json!({"word": "twice"})).await.expect(200);
        service.stop().await;
    }
}

#[tokio::test]
async fn an_operation_may_call_another_without_lending_it_its_key_and_statements() {
    for service in on_every_engine(open).await {
        let mut client = service.client().await;
        let made = client.post("/v1/notes", json!({"owner": "ann", "text": "t"})).await.expect(201);
        let stamp = format!("{}/stamp", made.header("location"));
        make_table(&service).await;
        for _ in 0..2 {
            let headers = [("idempotency-key", "copy"), ("content-type", "application/json")];
            let answer = client.send("POST", &stamp, &headers, r#"{"word":"copy"}"#).await.expect(200);
            assert_eq!(answer.json()["text"], "copy", "{}", service.engine);
        }
        let notes = client.get("/v1/notes").await.expect(200).json();
        assert_eq!(notes["notes"].as_array().map(Vec::len), Some(2));
        // The statement was the outer operation's: its word is taken.
        client.post(&stamp, json!({"word": "copied"})).await.expect(500);
        service.stop().await;
    }
}

#[tokio::test]
async fn routes_of_ones_own_stand_beside_the_resources_under_the_same_guard() {
    let service = on_sqlite(|server| {
        let routes = Router::new()
            .route("/hello", get(|| async { "hello" }))
            .route("/panic", get(async || -> &'static str { panic!("s3cret inner detail") }))
            .route("/slow", get(|| async { tokio::time::sleep(Duration::from_mins(1)).await }))
            .route("/size", post(|body: Bytes| async move { body.len().to_string() }));
        open(server).routes(routes).configure(|config| {
            config.request_timeout = Duration::from_millis(300);
            config.max_body_bytes = 1000;
        })
    })
    .await;
    let mut client = service.client().await;
    let hello = client.get("/hello").await.expect(200);
    assert_eq!((hello.text().as_str(), hello.header("x-request-id").len()), ("hello", 36));
    client.send("HEAD", "/hello", &[], "").await.expect(200);
    let failed = client.get("/panic").await.expect(500);
    assert!(!failed.text().contains("s3cret"), "{}", failed.text());
    client.get("/slow").await.expect(504);
    client.send("POST", "/size", &[], "x".repeat(1000)).await.expect(200);
    client.send("POST", "/size", &[], "x".repeat(1001)).await.expect(413);
    client.get("/v1/notes").await.expect(200);
    client.get("/nothing").await.expect(404);
    client.get("/healthz").await.expect(200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_finishes_what_runs_and_takes_nothing_new() {
    let service = on_sqlite(|server| {
        let routes = Router::new().route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(400)).await;
                "done"
            }),
        );
        open(server).routes(routes)
    })
    .await;
    let address = service.address();
    let mut client = service.client().await;
    let idle = service.client().await;
    let running = tokio::spawn(async move { client.get("/slow").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stopping = tokio::spawn(service.stop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nothing new is taken");
    assert_eq!(running.await.unwrap().expect(200).text(), "done");
    let stopped = tokio::time::timeout(Duration::from_secs(5), stopping).await;
    stopped.expect("an idle connection does not hold it up").unwrap();
    drop(idle);
}
