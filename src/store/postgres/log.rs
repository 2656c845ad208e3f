//! The outbox of events as a log, for those who watch: which one it is, and how much of it is still there.

use uuid::Uuid;

use super::Postgres;
use super::outbox::query;
use super::relay::number;
use super::schema::RELAY;
use crate::store::{Log, Position, StoreError};

impl Postgres {
    pub(crate) async fn log(&self) -> Result<Log, StoreError> {
        if let Some(log) = self.noted_log().await? {
            return Ok(log);
        }
        let text = format!(
            "INSERT INTO {RELAY} (name, tx, seq, holder, held_until) VALUES ('log', '0', 0, $1, now()) \
             ON CONFLICT (name) DO NOTHING"
        );
        self.point(text, &[&Uuid::new_v4()]).await?;
        let noted = self.noted_log().await?;
        noted.ok_or_else(|| StoreError::Internal("the log of events was not noted".to_owned()))
    }

    /// What will still be committed has a transaction that is open now, or one that comes.
    async fn noted_log(&self) -> Result<Option<Log>, StoreError> {
        let text = format!(
            "SELECT r.tx::text, r.seq, r.holder, pg_snapshot_xmin(pg_current_snapshot())::text FROM {RELAY} AS r \
             WHERE r.name = 'log'"
        );
        let session = self.inner.shared.readers.pick()?;
        let rows = query(&session, text, &[], self.inner.shared.server.patience).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let start = Position { tx: number(row, 0)?, seq: row.get(1) };
        let open = number(row, 3)?;
        let end = Position { tx: open.saturating_sub(1), seq: i64::MAX };
        Ok(Some(Log { id: row.get(2), start, end }))
    }
}
