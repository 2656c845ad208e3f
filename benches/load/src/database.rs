//! Databases: filled once, copied fresh for every window, so that each begins with the same rows.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::NoTls;

use crate::Result;
use crate::arguments::Arguments;
use crate::server::Side;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Sqlite, Self::Postgres].into_iter().find(|engine| engine.name() == word)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

pub(crate) enum Database {
    Sqlite { template: PathBuf, copy: PathBuf },
    Postgres { server: String, template: String, copy: String },
}

impl Database {
    pub(crate) fn new(side: Side, engine: Engine, arguments: &Arguments) -> Result<Self> {
        Ok(match engine {
            Engine::Sqlite => Self::Sqlite {
                template: arguments.directory.join(format!("{}-template.db", side.name())),
                copy: arguments.directory.join(format!("{}.db", side.name())),
            },
            Engine::Postgres => {
                let url = &arguments.postgres;
                let (scheme, rest) = url.split_once("://").ok_or_else(|| format!("{url} is not a URL"))?;
                let host = rest.split(['/', '?']).next().unwrap_or_default();
                // Two runs at once must not drop each other's.
                let name = format!("{}_{}", side.name().replace('-', "_"), std::process::id());
                Self::Postgres {
                    server: format!("{scheme}://{host}"),
                    template: format!("fourfold_bench_{name}_template"),
                    copy: format!("fourfold_bench_{name}"),
                }
            }
        })
    }

    /// What the services are told while the template is filled.
    pub(crate) fn template_url(&self) -> String {
        match self {
            Self::Sqlite { template, .. } => format!("sqlite:{}", template.display()),
            Self::Postgres { server, template, .. } => format!("{server}/{template}"),
        }
    }

    /// What they are told while they are measured.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { copy, .. } => format!("sqlite:{}", copy.display()),
            Self::Postgres { server, copy, .. } => format!("{server}/{copy}"),
        }
    }

    /// Makes an empty template.
    pub(crate) async fn create(&self) -> Result<()> {
        self.remove().await?;
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres { server, template, .. } => {
                let create = format!("CREATE DATABASE {template} TEMPLATE template0 ENCODING 'UTF8'");
                administer(server, "postgres", &[create]).await
            }
        }
    }

    /// After it has been filled: leaves nothing for the windows to clean up.
    pub(crate) async fn keep_as_template(&self) -> Result<()> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres { server, template, .. } => {
                administer(server, template, &["VACUUM FREEZE ANALYZE".to_owned()]).await
            }
        }
    }

    /// Replaces the copy by a fresh one.
    pub(crate) async fn copy(&self) -> Result<()> {
        match self {
            Self::Sqlite { template, copy } => {
                for suffix in ["", "-wal", "-shm"] {
                    let name = |path: &PathBuf| format!("{}{suffix}", path.display());
                    let _ = fs::remove_file(name(copy));
                    if suffix != "-shm" && fs::exists(name(template))? {
                        fs::copy(name(template), name(copy))?;
                        // Else the first window pays for writing the copy out.
                        fs::File::open(name(copy))?.sync_all()?;
                    }
                }
                Ok(())
            }
            Self::Postgres { server, template, copy } => {
                let statements = [
                    format!("DROP DATABASE IF EXISTS {copy} WITH (FORCE)"),
                    format!("CREATE DATABASE {copy} TEMPLATE {template}"),
                    "CHECKPOINT".to_owned(),
                ];
                administer(server, "postgres", &statements).await
            }
        }
    }

    /// Removes the template and the copy.
    pub(crate) async fn remove(&self) -> Result<()> {
        match self {
            Self::Sqlite { template, copy } => {
                for path in [template, copy] {
                    for suffix in ["", "-wal", "-shm"] {
                        let _ = fs::remove_file(format!("{}{suffix}", path.display()));
                    }
                }
                Ok(())
            }
            Self::Postgres { server, template, copy } => {
                let drop = |name| format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                administer(server, "postgres", &[drop(copy), drop(template)]).await
            }
        }
    }
}

async fn administer(server: &str, database: &str, statements: &[String]) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(&format!("{server}/{database}"), NoTls).await?;
    let connection = tokio::spawn(connection);
    for statement in statements {
        let mut tries = 0;
        // The services' connections take a moment to be gone.
        while let Err(error) = client.batch_execute(statement).await {
            tries += 1;
            if tries == 20 {
                return Err(format!("{statement}: {error}: {:?}", error.as_db_error()).into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    drop(client);
    connection.await??;
    Ok(())
}
