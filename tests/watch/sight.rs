//! What a watcher sees: what it asked for and what it may, and never a secret.

use fourfold::descriptor::{BoxFuture, Descriptor};
use fourfold::{
    Authenticator, Context, Credentials, Error, ErrorKind, OperationKind, Policy, Principal, Result, RowView,
    Server,
};
use serde_json::json;

use crate::engines::on_every_engine;
use crate::resources::{CANARY, all, boat};
use crate::sse::{Event, try_watch, watch};

fn words(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let before = if event.data["before"].is_null() { "" } else { " before" };
            format!("{} {}{before}", event.name, event.row("boat")["harbour"].as_str().unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn an_event_tells_what_happened_and_how_it_was_before() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let mut stream = watch(service.address(), "/v1/boats:watch", &[]).await;
        client.post("/v1/boats", boat("ada")).await.expect(201);
        client.patch("/v1/boats/ada", json!({"miles": 7})).await.expect(200);
        client.post("/v1/boats/ada/sail", json!({"to": "sea"})).await.expect(200);
        client.delete("/v1/boats/ada").await.expect(204);
        let events = stream.take(4).await;
        let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names, ["created", "updated", "sailed", "deleted"], "{}", service.engine);
        let data = &events[1].data;
        assert_eq!((&data["before"]["miles"], &data["boat"]["miles"]), (&json!(0), &json!(7)));
        assert_eq!(data["changed"], json!(["miles", "version"]));
        assert_eq!(events[2].data["changed"], json!(["harbour", "miles", "version"]));
        assert_eq!(events[3].data["boat"]["harbour"], "sea", "as it was");
        assert!(events[3].data.get("before").is_none() && events[0].data.get("changed").is_none());
        service.stop().await;
    }
}

#[tokio::test]
async fn no_secret_is_ever_in_it() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let mut stream = watch(service.address(), "/v1/boats:watch", &[]).await;
        client.post("/v1/boats", boat("ada")).await.expect(201);
        let secrets = json!({
            "key": format!("{CANARY} 2"), "owner": format!("{CANARY} 3"),
            "papers": {"insurance": format!("{CANARY} 4")},
        });
        client.patch("/v1/boats/ada", secrets).await.expect(200);
        client.post("/v1/boats/ada/sail", json!({"to": "sea"})).await.expect(200);
        client.delete("/v1/boats/ada").await.expect(204);
        let events = stream.take(4).await;
        assert!(!stream.raw.contains(CANARY), "{}", stream.raw);
        for name in ["\"key\"", "\"owner\"", "\"insurance\""] {
            assert!(!stream.raw.contains(name), "{name} in {}", stream.raw);
        }
        assert_eq!(events[0].data["boat"]["papers"], json!({"flag": "blue"}));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_filter_is_that_of_a_list_and_what_leaves_it_is_deleted() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let path = "/v1/boats:watch?filter=harbour%20%3D%20%22s*%22%20AND%20miles%20%3E%3D%2010";
        let mut stream = watch(service.address(), path, &[]).await;
        client.post("/v1/boats", boat("other")).await.expect(201);
        client.post("/v1/boats", boat("ada")).await.expect(201);
        client.post("/v1/boats/ada/sail", json!({"to": "sea"})).await.expect(200);
        client.post("/v1/boats/ada/sail", json!({"to": "sound"})).await.expect(200);
        client.patch("/v1/boats/ada", json!({"harbour": "here"})).await.expect(200);
        client.patch("/v1/boats/ada", json!({"miles": 1})).await.expect(200);
        client.patch("/v1/boats/ada", json!({"harbour": "south", "miles": 11})).await.expect(200);
        client.delete("/v1/boats/ada").await.expect(204);
        let events = stream.take(5).await;
        let expected =
            ["sailed sea", "sailed sound before", "deleted sound", "updated south", "deleted south"];
        // What came into the filter shows how it was: it may be seen, it was only not asked for.
        assert_eq!(words(&events), expected, "{}", service.engine);
        service.stop().await;
    }
}

struct Keys;

impl Authenticator for Keys {
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Principal>> {
        Box::pin(async move {
            let id = credentials.header("x-key").map(Principal::new);
            id.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "send an x-key"))
        })
    }
}

/// Everybody sees the boats in the harbour that is called as they are, `root` all of them; `blind` may not watch.
struct Harbours;

impl Policy for Harbours {
    fn may<'a>(
        &'a self,
        ctx: &'a Context,
        _resource: &'static Descriptor,
        operation: OperationKind,
    ) -> BoxFuture<'a, Result<bool>> {
        let may = operation != OperationKind::Watch || ctx.principal().id() != Some("blind");
        Box::pin(async move { Ok(may) })
    }

    fn may_row<'a>(
        &'a self,
        ctx: &'a Context,
        operation: OperationKind,
        row: RowView<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            if operation == OperationKind::Watch {
                assert_eq!(row.get::<String>("key"), None, "what no event holds has no value");
                assert_eq!(row.get::<Option<String>>("owner"), Some(None));
            }
            let caller = ctx.principal().id().unwrap_or_default();
            Ok(caller == "root" || row.get::<String>("harbour").as_deref() == Some(caller))
        })
    }
}

fn guarded(server: Server) -> Server {
    all(server).authenticator(Keys).policy(Harbours)
}

#[tokio::test]
async fn rows_out_of_sight_are_not_told_and_what_goes_out_of_sight_is_deleted() {
    for service in on_every_engine(guarded).await {
        let address = service.address();
        let mut client = service.client().await;
        let key = |name| [("x-key", name), ("content-type", "application/json")];
        let mut sea = watch(address, "/v1/boats:watch", &key("sea")).await;
        let mut root = watch(address, "/v1/boats:watch", &key("root")).await;
        let body = boat("ada").to_string();
        client.send("POST", "/v1/boats", &key("root"), body).await.expect(201);
        for harbour in ["sea", "sea", "port", "sound", "sea"] {
            let body = json!({"to": harbour}).to_string();
            client.send("POST", "/v1/boats/ada/sail", &key("root"), body).await.expect(200);
        }
        client.send("DELETE", "/v1/boats/ada", &key("root"), "").await.expect(204);
        let seen = sea.take(5).await;
        let expected = ["sailed sea", "sailed sea before", "deleted sea", "sailed sea", "deleted sea"];
        assert_eq!(words(&seen), expected, "{}", service.engine);
        for hidden in ["here", "port", "sound"] {
            assert!(!sea.raw.contains(&format!("\"{hidden}\"")), "{}", sea.raw);
        }
        assert!(seen[0].data.get("changed").is_none(), "nor what is not as it was");
        assert_eq!(root.take(7).await.len(), 7);

        let (status, text) =
            try_watch(address, "/v1/boats:watch", &key("blind")).await.unwrap().err().unwrap();
        assert_eq!(status, 403, "{text}");
        assert!(text.contains("you may not watch boats"), "{text}");
        let (status, _) = try_watch(address, "/v1/boats:watch", &[]).await.unwrap().err().unwrap();
        assert_eq!(status, 401);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_behavior_decides_what_is_shown_as_it_does_for_a_get() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let mut stream = watch(service.address(), "/v1/masks:watch", &[]).await;
        let made = client.post("/v1/masks", json!({"face": "smile", "behind": CANARY})).await.expect(201);
        let path = format!("/v1/masks/{}", made.json()["id"]);
        client.patch(&path, json!({"face": "frown!"})).await.expect(200);
        let shown = client.get(&path).await.expect(200).json();
        let events = stream.take(2).await;
        assert_eq!(events[1].row("mask")["face"], shown["face"]);
        assert_eq!(events[1].data["before"]["face"], "a mask of 5 letters");
        assert!(!stream.raw.contains("smile") && !stream.raw.contains(CANARY), "{}", stream.raw);
        service.stop().await;
    }
}
