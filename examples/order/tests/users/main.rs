//! The client of the user service against the real one, over gRPC and over REST: the same code, the same answers.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod calls;
mod outage;
mod proxy;
mod watch;

use std::net::SocketAddr;
use std::time::Duration;

use fourfold::client::Client;
use fourfold::{Config, Running, Server};
use order::generated::clients::shop::user::v1::{Address, Role, User, UserClient};

/// The two ways to a service.
const SCHEMES: [&str; 2] = ["grpc", "http"];

/// A user service on a database in memory; at a port of its own unless it is to be the one before.
async fn serve(port: u16) -> Running {
    let server = Server::new(Config::default()).mount::<user::User>().configure(|config| {
        config.listen.set_port(port);
        config.database_url = "sqlite::memory:".into();
    });
    server.start().await.expect("the user service starts")
}

fn client(scheme: &str, address: SocketAddr) -> UserClient {
    let client = Client::builder(&format!("{scheme}://{address}"))
        .backoff(Duration::from_millis(5), Duration::from_millis(20))
        .deadline(Duration::from_secs(20))
        .attempt_timeout(Duration::from_secs(10));
    UserClient::new(client.build().expect("a URL"))
}

fn ada() -> User {
    User {
        email: Some("ada@example.com".to_owned()),
        name: Some("Ada Lovelace".to_owned()),
        password: Some("correct horse".to_owned()),
        role: Some(Role::Admin.into()),
        address: Some(Address {
            street: Some("12 St James's Square".to_owned()),
            city: Some("London".to_owned()),
            country: Some("GB".to_owned()),
        }),
        labels: [("channel".to_owned(), "web".to_owned())].into(),
        ..User::default()
    }
}
