//! The connections: all that differs between the two databases, but for the tables' column types.

use sqlx::{Executor as _, Pool, Transaction};

#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
pub(crate) type Engine = sqlx::Sqlite;
#[cfg(feature = "postgres")]
pub(crate) type Engine = sqlx::Postgres;

/// Where to read and where to write; on PostgreSQL the same pool.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) reader: Pool<Engine>,
    writer: Pool<Engine>,
}

impl Database {
    /// SQLite has one writer at a time: a pool of one connection waits its turn without ever being told "busy".
    #[cfg(all(feature = "sqlite", not(feature = "postgres")))]
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

        let options = url
            .parse::<SqliteConnectOptions>()?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        // A file does not go away between two statements, so asking each time whether it is there only costs.
        let pool = || SqlitePoolOptions::new().test_before_acquire(false);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let reader = pool().max_connections(4).connect_with(options.read_only(true)).await?;
        Ok(Self { reader, writer })
    }

    #[cfg(feature = "postgres")]
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        use sqlx::postgres::PgPoolOptions;

        // By default sqlx asks each connection whether it is alive before each use, a round trip of its own. Tuned
        // services switch it off; `PING=1` switches it on.
        let ping = std::env::var("PING").is_ok_and(|value| value == "1");
        let pool = PgPoolOptions::new().max_connections(16).test_before_acquire(ping).connect(url).await?;
        Ok(Self { reader: pool.clone(), writer: pool })
    }

    /// Opens a transaction that is going to write. SQLite takes the lock now, so that what is read here still holds
    /// when it is written.
    #[cfg(all(feature = "sqlite", not(feature = "postgres")))]
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction<'static, Engine>> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    #[cfg(feature = "postgres")]
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction<'static, Engine>> {
        self.writer.begin().await
    }

    /// Runs the statements that make a table.
    pub(crate) async fn migrate(&self, sql: &'static str) -> sqlx::Result<()> {
        self.writer.execute(sql).await?;
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}
