//! Values whose fields took null once: what rows hold of that time is read with the defaults of now.

use fourfold::Server;
use fourfold::prelude::*;
use serde_json::json;

use crate::engines::on_every_engine;
use crate::tasks::{accepted, ended};

mod before {
    use super::*;

    #[derive(Resource)]
    #[resource(package = "test.cellar.v1")]
    pub struct Bottle {
        #[field(id)]
        pub id: Uuid,
        pub name: String,
        pub label: Label,
        pub notes: Vec<Label>,
    }

    #[derive(Value)]
    pub struct Label {
        pub year: Option<i32>,
        pub grapes: Option<Vec<String>>,
        pub text: Option<String>,
    }
}

mod after {
    use super::*;

    #[derive(Resource)]
    #[resource(package = "test.cellar.v1", operation(age))]
    pub struct Bottle {
        #[field(id)]
        pub id: Uuid,
        pub name: String,
        pub label: Label,
        pub notes: Vec<Label>,
    }

    #[derive(Value)]
    pub struct Label {
        #[field(default = 1900)]
        pub year: i32,
        pub grapes: Vec<String>,
        #[field(default = "none")]
        pub text: Option<String>,
    }

    impl BottleOperations for Bottle {
        async fn age(&mut self, _ctx: &Context) -> Result<()> {
            self.label.year += 1;
            Ok(())
        }
    }
}

fn as_it_was(server: Server) -> Server {
    server.mount::<before::Bottle>()
}

fn as_it_is(server: Server) -> Server {
    server.mount::<after::Bottle>()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_as_null_is_read_as_the_default_wherever_a_row_is_read() {
    for service in on_every_engine(as_it_was).await {
        let mut client = service.client().await;
        let unsaid = json!({"year": null, "grapes": null, "text": null});
        let bottle = json!({"name": "Nuits", "label": unsaid, "notes": [unsaid]});
        let place = client.post("/v1/bottles", bottle).await.expect(201).header("location").to_owned();

        let service = service.again(as_it_is).await;
        let mut client = service.client().await;
        let label = |year: i32| json!({"year": year, "grapes": [], "text": null});
        let stored = client.get(&place).await.expect(200).json();
        assert_eq!((&stored["label"], &stored["notes"]), (&label(1900), &json!([label(1900)])));
        let listed = client.get("/v1/bottles").await.expect(200).json();
        assert_eq!(listed["bottles"], json!([stored]), "{}", service.engine);

        // The structs of operations, now and as a task; and what leaves the value alone.
        let aged = client.post(&format!("{place}/age"), json!({})).await.expect(200).json();
        assert_eq!(aged["label"], label(1901), "{}", service.engine);
        let task = accepted(&mut client, "POST", &format!("{place}/age"), "{}").await;
        assert_eq!(ended(&mut client, &task).await["result"]["label"], label(1902), "{}", service.engine);
        let renamed = client.patch(&place, json!({"name": "Nuits-Saint-Georges"})).await.expect(200).json();
        assert_eq!(renamed["label"], label(1902), "{}", service.engine);

        // Who says null now is told.
        let refused =
            client.post("/v1/bottles", json!({"name": "b", "label": {"year": null}, "notes": []})).await;
        assert_eq!(refused.expect(400).violations(), ["/label/year null"], "{}", service.engine);
        service.stop().await;
    }
}

#[tokio::test]
async fn the_first_answer_to_a_request_that_is_repeated_has_the_defaults_too() {
    for service in on_every_engine(as_it_was).await {
        let mut client = service.client().await;
        let label = json!({"year": null, "grapes": null, "text": null});
        let bottle = json!({"name": "Nuits", "label": label, "notes": []});
        let place = client.post("/v1/bottles", bottle).await.expect(201).header("location").to_owned();
        let keyed = [("idempotency-key", "k"), ("content-type", "application/merge-patch+json")];
        client.send("PATCH", &place, &keyed, r#"{"name":"N"}"#).await.expect(200);

        let service = service.again(as_it_is).await;
        let mut client = service.client().await;
        let again = client.send("PATCH", &place, &keyed, r#"{"name":"N"}"#).await.expect(200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json()["label"], json!({"year": 1900, "grapes": [], "text": null}));
        service.stop().await;
    }
}
