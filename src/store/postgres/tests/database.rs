//! A database for one test: of tasks, of events.

use tokio_postgres::NoTls;

/// Where the tests find PostgreSQL, unless `FOURFOLD_TEST_POSTGRES_URL` says otherwise.
const USUAL: &str = "postgres://root@127.0.0.1:5432/postgres";

/// The server's URL.
pub(super) fn server() -> String {
    std::env::var("FOURFOLD_TEST_POSTGRES_URL").unwrap_or_else(|_| USUAL.to_owned())
}

/// Says that PostgreSQL is left out; where it has to be there, that is a failure.
pub(super) fn is_away(error: &tokio_postgres::Error) {
    let must = std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_POSTGRES_URL").is_some();
    assert!(!must, "PostgreSQL is away and must be tested here: {error}");
    eprintln!("left out: PostgreSQL ({error}); FOURFOLD_TEST_POSTGRES_URL says where it is");
}

async fn administer(sql: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(&server(), NoTls).await?;
    let connection = tokio::spawn(connection);
    let done = client.batch_execute(sql).await;
    drop(client);
    let _ = connection.await;
    done
}

/// A new database.
pub(crate) struct Database {
    name: String,
    pub(crate) url: String,
}

impl Database {
    /// `None` where there is no PostgreSQL.
    pub(crate) async fn make() -> Option<Self> {
        let name = format!("fourfold_test_{}", uuid::Uuid::now_v7().simple());
        if let Err(error) = administer(&format!("CREATE DATABASE {name}")).await {
            is_away(&error);
            return None;
        }
        let server = server();
        let (base, _) = server.rsplit_once('/')?;
        Some(Self { url: format!("{base}/{name}"), name })
    }

    /// Takes it away, whoever is still connected to it.
    pub(crate) async fn drop(self) {
        let gone = administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        gone.expect("the database goes away");
    }
}
