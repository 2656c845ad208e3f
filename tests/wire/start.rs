//! What would go wrong later is said before anything is served.

use fourfold::prelude::*;
use fourfold::{Config, Server};
use serde_json::json;

use crate::engines::on_every_engine;

mod first {
    use super::*;

    #[derive(Resource)]
    #[resource(package = "test.first.v1", path = "things")]
    pub struct Thing {
        #[field(id)]
        pub id: Uuid,
    }

    #[derive(Resource)]
    #[resource(package = "test.first.v1", path = "other-things", table = "things")]
    pub struct Other {
        #[field(id)]
        pub id: Uuid,
    }
}

mod second {
    use super::*;

    #[derive(Resource)]
    #[resource(package = "test.second.v1", path = "things")]
    pub struct Thing {
        #[field(id)]
        pub id: Uuid,
    }

    #[derive(Resource)]
    #[resource(package = "test.first.v1", path = "more-things")]
    pub struct Other {
        #[field(id)]
        pub id: Uuid,
    }
}

/// Names whose parts add up to the same.
mod underscores {
    use super::*;

    #[derive(Resource)]
    #[resource(package = "test.one.v1", path = "pets")]
    pub struct Pet {
        #[field(id)]
        pub id: i64,
        #[field(unique, sort, references = "test.two.v1.PetOwner")]
        pub owner_name: Option<i64>,
    }

    #[derive(Resource)]
    #[resource(package = "test.two.v1", path = "pets-owner")]
    pub struct PetOwner {
        #[field(id)]
        pub id: i64,
        #[field(unique, sort, references = "test.one.v1.Pet")]
        pub name: Option<i64>,
    }
}

#[tokio::test]
async fn names_whose_parts_add_up_to_the_same_do_not_meet_in_the_store() {
    let mount = |server: Server| server.mount::<underscores::Pet>().mount::<underscores::PetOwner>();
    for service in on_every_engine(mount).await {
        let mut client = service.client().await;
        let owner = client.post("/v1/pets-owner", json!({})).await.expect(201).json()["id"].clone();
        client.post("/v1/pets", json!({"owner_name": owner})).await.expect(201);
        let again = client.post("/v1/pets", json!({"owner_name": owner})).await.expect(409);
        assert_eq!(again.violations(), ["/owner_name unique"], "{}", service.engine);
        service.stop().await;
    }
}

async fn refusal(mount: fn(Server) -> Server) -> String {
    let mut config = Config::default();
    config.listen = ([127, 0, 0, 1], 0).into();
    config.database_url = "sqlite::memory:".into();
    mount(Server::new(config)).start().await.expect_err("it does not start").to_string()
}

#[tokio::test]
async fn two_resources_with_one_route_are_refused_with_a_way_out() {
    let said = refusal(|server| server.mount::<first::Thing>().mount::<second::Thing>()).await;
    let wanted = "test.first.v1.Thing and test.second.v1.Thing are both served at /v1/things: \
                  write another `path = \"..\"` for one of them";
    assert!(said.contains(wanted), "{said}");
}

#[tokio::test]
async fn two_resources_with_one_table_are_refused_with_a_way_out() {
    let said = refusal(|server| server.mount::<first::Thing>().mount::<first::Other>()).await;
    assert!(said.contains("are both stored in things: write another `table = \"..\"`"), "{said}");
}

#[tokio::test]
async fn two_structs_with_one_name_are_refused_with_a_way_out() {
    let said = refusal(|server| server.mount::<first::Other>().mount::<second::Other>()).await;
    assert!(said.contains("two structs are called test.first.v1.Other: write another `package"), "{said}");
}

#[tokio::test]
async fn a_resource_that_is_mounted_twice_is_refused() {
    let said = refusal(|server| server.mount::<first::Thing>().mount::<first::Thing>()).await;
    assert!(said.contains("test.first.v1.Thing is mounted twice"), "{said}");
}
