//! What would go wrong later is said before anything is served.

use fourfold::prelude::*;
use fourfold::{Config, Server};

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
