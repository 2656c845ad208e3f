//! What goes wrong in the user's own code stays there.

use fourfold::prelude::*;
use serde_json::json;

use crate::engines::on_every_engine;
use crate::resources::all;

#[tokio::test]
async fn a_panic_or_an_error_is_one_500_without_inner_detail() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for name in ["panic", "error"] {
            let failed = client.post("/v1/traps", json!({"name": name})).await.expect(500);
            assert_eq!(failed.json()["request_id"], failed.header("x-request-id"));
            let text = failed.text();
            assert!(!text.contains("s3cret") && !text.contains("digit"), "{text}");
        }
        let made = client.post("/v1/traps", json!({"name": "calm"})).await.expect(201);
        let path = format!("{}/spring", made.header("location"));
        client.post(&path, json!({"how": "panic"})).await.expect(500);
        client.post(&path, json!({"how": "gently"})).await.expect(200);
        let rows = client.get("/v1/traps").await.expect(200).json();
        assert_eq!(rows["traps"].as_array().unwrap().len(), 1, "nothing of the failures is stored");
        service.stop().await;
    }
}

#[tokio::test]
async fn what_goes_wrong_after_the_commit_does_not_change_the_answer() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for name in ["panic after", "error after"] {
            let made = client.post("/v1/traps", json!({"name": name})).await.expect(201);
            client.get(made.header("location")).await.expect(200);
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_a_504_and_stores_nothing() {
    for service in on_every_engine(|server| {
        all(server).configure(|config| config.request_timeout = Duration::from_millis(300))
    })
    .await
    {
        let mut client = service.client().await;
        client.post("/v1/traps", json!({"name": "slow"})).await.expect(504);
        let rows = client.get("/v1/traps").await.expect(200).json();
        assert_eq!(rows["traps"], json!([]));
        service.stop().await;
    }
}

/// What code can write into, and callers can't.
#[derive(Resource)]
#[resource(package = "test.unfit.v1", path = "diaries", operation(spoil, input = Spoil))]
struct Diary {
    #[field(id)]
    id: Uuid,
    since: Option<Date>,
    moments: Vec<Timestamp>,
    mood: Option<f64>,
    notes: BTreeMap<String, String>,
}

#[derive(Value)]
struct Spoil {
    what: String,
}

impl DiaryOperations for Diary {
    async fn spoil(&mut self, _ctx: &Context, input: Spoil) -> Result<()> {
        match input.what.as_str() {
            "since" => self.since = Some(Date::MIN),
            "moments" => self.moments.push(Timestamp::MAX_UTC),
            "mood" => self.mood = Some(f64::NAN),
            "key" => drop(self.notes.insert("a\0b".to_owned(), String::new())),
            _ => drop(self.notes.insert("a".to_owned(), "\0".to_owned())),
        }
        Ok(())
    }
}

/// What nobody can store is the default.
#[derive(Resource)]
#[resource(package = "test.unfit.v1", path = "calendars")]
struct Calendar {
    #[field(id)]
    id: Uuid,
    #[field(output_only, default = Date::MIN)]
    since: Date,
}

#[tokio::test]
async fn what_not_every_engine_can_hold_is_refused_by_all_and_never_stored() {
    for service in on_every_engine(|server| server.mount::<Diary>().mount::<Calendar>()).await {
        let mut client = service.client().await;
        let made = client.post("/v1/diaries", json!({"moments": [], "notes": {}})).await.expect(201);
        let place = made.header("location").to_owned();
        for (what, wanted) in [
            ("since", "/since range"),
            ("moments", "/moments/0 range"),
            ("mood", "/mood range"),
            ("key", "/notes/a\0b character"),
            ("note", "/notes/a character"),
        ] {
            let refused = client.post(&format!("{place}/spoil"), json!({"what": what})).await.expect(409);
            assert_eq!(refused.violations(), [wanted], "{}", service.engine);
        }
        assert_eq!(client.get(&place).await.expect(200).json(), made.json(), "{}", service.engine);
        let refused = client.post("/v1/calendars", json!({})).await.expect(400);
        assert_eq!(refused.violations(), ["/since range"], "{}", service.engine);
        service.stop().await;
    }
}
