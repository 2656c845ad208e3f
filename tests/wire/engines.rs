//! Servers for tests: on SQLite always, on PostgreSQL where there is one.

use std::net::SocketAddr;
use std::path::PathBuf;

use fourfold::{Config, Running, Server};

use crate::client::Client;

/// A server on a database of its own, which goes away with it.
pub(crate) struct Service {
    pub running: Running,
    pub engine: &'static str,
    #[allow(dead_code, reason = "not every target of tests looks into the database")]
    pub url: String,
    cleanup: Cleanup,
}

enum Cleanup {
    Folder(PathBuf),
    #[cfg(feature = "postgres")]
    Database(String),
}

impl Service {
    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address()).await
    }

    /// The same database, served with other structs.
    #[allow(dead_code, reason = "not every target of tests starts again")]
    pub(crate) async fn again(self, mount: Mount) -> Self {
        let Self { running, engine, url, cleanup } = self;
        running.stop().await;
        let running = start(mount, &url).await;
        Self { running, engine, url, cleanup }
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
        match self.cleanup {
            Cleanup::Folder(folder) => std::fs::remove_dir_all(folder).expect("the folder goes away"),
            #[cfg(feature = "postgres")]
            Cleanup::Database(name) => postgres::drop_database(&name).await,
        }
    }
}

/// What a test's server serves.
pub(crate) type Mount = fn(Server) -> Server;

/// Starts a server on each engine that is there.
pub(crate) async fn on_every_engine(mount: Mount) -> Vec<Service> {
    let mut services = vec![on_sqlite(mount).await];
    #[cfg(feature = "postgres")]
    services.extend(postgres::start(mount).await);
    services
}

pub(crate) async fn on_sqlite(mount: Mount) -> Service {
    let folder = std::env::temp_dir().join(format!("fourfold-test-{}", fourfold::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let url = format!("sqlite:{}", folder.join("test.db").display());
    let running = start(mount, &url).await;
    Service { running, engine: "sqlite", url, cleanup: Cleanup::Folder(folder) }
}

async fn start(mount: Mount, url: &str) -> Running {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = url.into();
    config.migrate = true;
    mount(Server::new(config)).start().await.expect("the server starts")
}

#[cfg(feature = "postgres")]
pub(crate) mod postgres {
    use tokio_postgres::NoTls;

    use super::{Cleanup, Mount, Service};

    /// Where the tests find PostgreSQL, unless `FOURFOLD_TEST_POSTGRES_URL` says otherwise.
    const USUAL: &str = "postgres://root@127.0.0.1:5432/postgres";

    fn server() -> String {
        std::env::var("FOURFOLD_TEST_POSTGRES_URL").unwrap_or_else(|_| USUAL.to_owned())
    }

    pub(crate) async fn administer(sql: &str) -> Result<(), tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(&server(), NoTls).await?;
        let connection = tokio::spawn(connection);
        let done = client.batch_execute(sql).await;
        drop(client);
        let _ = connection.await;
        done
    }

    pub(crate) async fn start(mount: Mount) -> Option<Service> {
        let (name, url) = database().await?;
        let running = super::start(mount, &url).await;
        Some(Service { running, engine: "postgres", url, cleanup: Cleanup::Database(name) })
    }

    /// A new database, by name and URL. `None` where there is no PostgreSQL; in CI that is a failure.
    pub(crate) async fn database() -> Option<(String, String)> {
        let name = format!("fourfold_test_{}", fourfold::Uuid::now_v7().simple());
        if let Err(error) = administer(&format!("CREATE DATABASE {name}")).await {
            let must =
                std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_POSTGRES_URL").is_some();
            assert!(!must, "PostgreSQL is away and must be tested here: {error}");
            println!("left out: PostgreSQL ({error})");
            return None;
        }
        let (base, _) = server().rsplit_once('/').map(|(base, name)| (base.to_owned(), name.to_owned()))?;
        let url = format!("{base}/{name}");
        Some((name, url))
    }

    pub(crate) async fn drop_database(name: &str) {
        administer(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("the database goes away");
    }
}
