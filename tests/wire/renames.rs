//! `was`: a field that has another name now keeps what is stored under the old one.

use fourfold::Server;
use fourfold::prelude::*;
use serde_json::json;

use crate::engines::on_every_engine;

mod before {
    use super::*;

    #[derive(Resource)]
    #[resource(package = "test.library.v1")]
    pub struct Book {
        #[field(id)]
        pub id: Uuid,
        #[field(unique, filter, sort)]
        pub name: String,
        pub pages: i32,
        pub author: Author,
        pub chapters: Vec<Chapter>,
    }

    #[derive(Value)]
    pub struct Author {
        pub name: String,
        pub born: Option<i32>,
    }

    #[derive(Value)]
    pub struct Chapter {
        pub heading: String,
    }
}

mod after {
    use super::*;

    #[derive(Resource)]
    #[resource(package = "test.library.v1")]
    pub struct Book {
        #[field(id)]
        pub id: Uuid,
        #[field(unique, filter, sort, was = "name")]
        pub title: String,
        pub pages: i32,
        #[field(was = "author")]
        pub writer: Author,
        pub chapters: Vec<Chapter>,
    }

    #[derive(Value)]
    pub struct Author {
        #[field(was = "name")]
        pub full_name: String,
        #[field(was = "born")]
        pub year_of_birth: Option<i32>,
    }

    #[derive(Value)]
    pub struct Chapter {
        #[field(was = "heading")]
        pub title: String,
    }
}

fn under_the_old_names(server: Server) -> Server {
    server.mount::<before::Book>()
}

fn under_the_new_names(server: Server) -> Server {
    server.mount::<after::Book>()
}

#[tokio::test]
async fn what_was_stored_is_read_under_the_new_names() {
    for service in on_every_engine(under_the_old_names).await {
        let mut client = service.client().await;
        let emma = json!({
            "name": "Emma", "pages": 1, "author": {"name": "Jane", "born": 1775}, "chapters": [{"heading": "I"}]
        });
        let place = client.post("/v1/books", emma).await.expect(201).header("location").to_owned();
        let keyed = [("idempotency-key", "k"), ("content-type", "application/merge-patch+json")];
        client.send("PATCH", &place, &keyed, r#"{"pages":2}"#).await.expect(200);

        let service = service.again(under_the_new_names).await;
        let mut client = service.client().await;
        let mut stored = client.get(&place).await.expect(200).json();
        stored.as_object_mut().expect("an object").remove("id");
        let renamed = json!({
            "title": "Emma", "pages": 2, "writer": {"full_name": "Jane", "year_of_birth": 1775},
            "chapters": [{"title": "I"}]
        });
        assert_eq!(stored, renamed, "{}", service.engine);
        // The first answer to a request that is repeated, too.
        let again = client.send("PATCH", &place, &keyed, r#"{"pages":2}"#).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.json()["title"]), ("true", &json!("Emma")));
        assert_eq!(again.json()["writer"], renamed["writer"]);

        let found = client.get("/v1/books?title=Emma&order_by=title").await.expect(200).json();
        assert_eq!(found["books"].as_array().map(Vec::len), Some(1));
        let twice = client.post("/v1/books", renamed).await.expect(409);
        assert_eq!(twice.violations(), ["/title unique"], "{}", service.engine);
        let changed = client.patch(&place, json!({"writer": {"full_name": "Jane Austen"}})).await.expect(200);
        assert_eq!(changed.json()["writer"], json!({"full_name": "Jane Austen", "year_of_birth": 1775}));
        assert_eq!(client.get(&place).await.expect(200).json()["writer"]["year_of_birth"], 1775);
        service.stop().await;
    }
}

#[tokio::test]
async fn no_request_may_say_an_old_name() {
    for service in on_every_engine(under_the_new_names).await {
        let mut client = service.client().await;
        let writer = json!({"full_name": "Jane", "year_of_birth": null});
        let right = json!({"title": "Emma", "pages": 1, "writer": writer, "chapters": []});
        let place = client.post("/v1/books", right).await.expect(201).header("location").to_owned();
        let old = json!({
            "title": "Emma", "name": "Emma", "pages": 1, "writer": {"full_name": "Jane", "name": "Jane"},
            "chapters": [{"title": "I", "heading": "I"}]
        });
        let wanted = ["/chapters/0/heading unknown", "/name unknown", "/writer/name unknown"];
        for answer in [
            client.post("/v1/books", old.clone()).await,
            client.put(&place, old.clone()).await,
            client.patch(&place, old).await,
        ] {
            let mut said = answer.expect(400).violations();
            said.sort();
            assert_eq!(said, wanted, "{}", service.engine);
        }
        client.get("/v1/books?name=Emma").await.expect(400);
        service.stop().await;
    }
}
