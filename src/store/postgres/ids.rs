//! Numbers for resources whose id the database makes, fetched in blocks.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Mutex as AsyncMutex;
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::Postgres;
use super::schema::quote;
use super::session::{Key, Session};
use crate::descriptor::Descriptor;
use crate::store::StoreError;

/// How many numbers a fetch takes; a restart loses at most so many.
const BLOCK: i64 = 64;

type Block = Arc<AsyncMutex<VecDeque<i64>>>;

/// The numbers that are at hand, by the descriptor's address.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    blocks: Mutex<HashMap<usize, Block>>,
}

impl Numbers {
    fn block(&self, descriptor: &'static Descriptor) -> Block {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(blocks.entry(std::ptr::from_ref(descriptor).addr()).or_default())
    }
}

impl Postgres {
    pub(crate) async fn next_id(&self, descriptor: &'static Descriptor) -> Result<i64, StoreError> {
        let block = self.inner.numbers.block(descriptor);
        let mut block = block.lock().await;
        if let Some(number) = block.pop_front() {
            return Ok(number);
        }
        let (table, column) = (quote(descriptor.table), descriptor.fields[descriptor.id].name);
        let table = &table;
        let numbers = self
            .inner
            .shared
            .point(move |session| async move { fetch(&session, table, column).await })
            .await?;
        block.extend(numbers.into_iter().flatten());
        block.pop_front().ok_or_else(|| {
            StoreError::Internal(format!(
                "column {column} of table {table} has no sequence to take numbers from"
            ))
        })
    }
}

async fn fetch(session: &Session, table: &str, column: &str) -> Result<Vec<Option<i64>>, Error> {
    let text = "SELECT nextval(pg_get_serial_sequence($1, $2)) FROM generate_series(1, $3)".to_owned();
    let types = vec![Type::TEXT, Type::TEXT, Type::INT8];
    let statement = session.statement(Key::Text(text.clone()), |_| (text, types)).await?;
    let rows = session.client.query(&statement, &[&table, &column, &BLOCK]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
