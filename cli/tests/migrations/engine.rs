//! A database of each kind, made for a test and taken away after it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use fourfold::migrations::{Database, Engine};
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Where the tests find PostgreSQL, unless `FOURFOLD_TEST_POSTGRES_URL` says otherwise.
const USUAL: &str = "postgres://root@127.0.0.1:5432/postgres";

/// A database, and a connection to it that is not fourfold's.
pub(crate) struct Place {
    pub(crate) database: Database,
    kind: Kind,
}

enum Kind {
    Sqlite { path: PathBuf, connection: rusqlite::Connection },
    Postgres { name: String, client: tokio_postgres::Client },
}

pub(crate) fn postgres() -> String {
    std::env::var("FOURFOLD_TEST_POSTGRES_URL").unwrap_or_else(|_| USUAL.to_owned())
}

async fn client(url: &str) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The URL with another database.
fn with_name(url: &str, name: &str) -> String {
    let (base, _) = url.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{name}")
}

impl Place {
    /// An empty one of its own, also where two tests call theirs the same; `None` where there is no PostgreSQL, and nobody
    /// says that there must be.
    pub(crate) async fn new(engine: Engine, name: &str) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let name = format!("fourfold_{name}_{process}_{number}");
        if engine == Engine::Sqlite {
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.db"));
            let _ = std::fs::remove_file(&path);
            let database = Database::open(&format!("sqlite:{}", path.display())).await.expect("a database");
            let connection = rusqlite::Connection::open(&path).expect("a connection");
            let number = |text: &str| text.parse::<f64>().unwrap_or_default();
            let by_value = move |one: &str, other: &str| number(one).total_cmp(&number(other));
            connection.create_collation("fourfold_decimal", by_value).expect("a collation");
            return Some(Self { database, kind: Kind::Sqlite { path, connection } });
        }
        let url = postgres();
        let must =
            std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_POSTGRES_URL").is_some();
        let admin = match client(&url).await {
            Ok(client) => client,
            Err(error) if must => panic!("PostgreSQL at {url}: {error}"),
            Err(_) => return None,
        };
        admin
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .expect("none of before");
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
        let url = with_name(&url, &name);
        let database = Database::open(&url).await.expect("a database");
        let client = client(&url).await.expect("a connection");
        Some(Self { database, kind: Kind::Postgres { name, client } })
    }

    pub(crate) fn url(&self) -> String {
        match &self.kind {
            Kind::Sqlite { path, .. } => format!("sqlite:{}", path.display()),
            Kind::Postgres { name, .. } => with_name(&postgres(), name),
        }
    }

    /// Runs statements.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), String> {
        match &self.kind {
            Kind::Sqlite { connection, .. } => {
                connection.execute_batch(sql).map_err(|error| error.to_string())
            }
            Kind::Postgres { client, .. } => {
                client.batch_execute(sql).await.map_err(|error| format!("{error:?}"))
            }
        }
    }

    /// The rows of a query, as text.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        match &self.kind {
            Kind::Sqlite { connection, .. } => {
                let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
                let count = statement.column_count();
                let row = |row: &rusqlite::Row<'_>| {
                    (0..count)
                        .map(|at| row.get::<_, Option<String>>(at))
                        .collect::<rusqlite::Result<Vec<_>>>()
                };
                let rows = statement.query_map([], row).expect("rows");
                rows.map(|row| row.unwrap_or_else(|error| panic!("{sql}: {error}"))).collect()
            }
            Kind::Postgres { client, .. } => {
                let messages =
                    client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
                let rows = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                });
                rows.map(|row| (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()).collect()
            }
        }
    }

    /// Takes it away.
    pub(crate) async fn remove(self) {
        self.database.close().await;
        match self.kind {
            Kind::Sqlite { path, connection } => {
                drop(connection);
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", path.display()));
                }
            }
            Kind::Postgres { name, client } => {
                drop(client);
                let admin = self::client(&postgres()).await.expect("a connection");
                admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("it goes");
            }
        }
    }
}
