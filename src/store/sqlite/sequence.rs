//! Ids made by the database, in blocks: known before the unit is, and never twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OptionalExtension};

use super::errors;
use super::writer::{Writer, lock, transaction};
use crate::descriptor::Descriptor;
use crate::store::StoreError;

const FIRST_BLOCK: i64 = 64;
const LARGEST_BLOCK: i64 = 1_024;

/// The numbers that this process may still give out for a table.
#[derive(Debug)]
struct Block {
    next: i64,
    end: i64,
    size: i64,
}

/// The blocks by table.
#[derive(Debug, Default)]
pub(super) struct Sequences(Mutex<HashMap<&'static str, Arc<tokio::sync::Mutex<Block>>>>);

impl Sequences {
    /// The next number for a table.
    pub(super) async fn next(
        &self,
        descriptor: &'static Descriptor,
        writer: &Writer,
    ) -> Result<i64, StoreError> {
        let block = self.block(descriptor);
        // Held while a block is fetched, so that those who wait share it.
        let mut block = block.lock().await;
        if block.next == block.end {
            let size = block.size;
            let start = writer.run(move |connection| reserve(connection, descriptor, size)).await?;
            *block = Block { next: start, end: start + size, size: (size * 2).min(LARGEST_BLOCK) };
        }
        let id = block.next;
        block.next += 1;
        Ok(id)
    }

    /// Forgets the numbers in hand, because somebody wrote rows past them by hand.
    pub(super) async fn forget(&self, descriptor: &'static Descriptor) {
        let block = self.block(descriptor);
        let mut block = block.lock().await;
        block.next = block.end;
    }

    fn block(&self, descriptor: &'static Descriptor) -> Arc<tokio::sync::Mutex<Block>> {
        let empty = || Arc::new(tokio::sync::Mutex::new(Block { next: 0, end: 0, size: FIRST_BLOCK }));
        Arc::clone(lock(&self.0).entry(descriptor.table).or_insert_with(empty))
    }
}

/// Takes `size` numbers for this process, after all that are given out and all that are in the table.
fn reserve(
    connection: &mut Connection,
    descriptor: &'static Descriptor,
    size: i64,
) -> Result<i64, StoreError> {
    let table = descriptor.table;
    let id = descriptor.fields[descriptor.id].name;
    let start = transaction(connection, |connection| {
        let next = connection
            .query_row("SELECT next FROM fourfold_sequence WHERE name = ?1", [table], |row| row.get(0))
            .optional()?
            .unwrap_or(1_i64);
        let greatest = connection
            .query_row(&format!("SELECT max(\"{id}\") FROM \"{table}\""), [], |row| {
                row.get::<_, Option<i64>>(0)
            })?
            .unwrap_or(0);
        let start = next.max(greatest.saturating_add(1));
        let Some(end) = start.checked_add(size) else { return Ok(None) };
        connection.execute(
            "INSERT INTO fourfold_sequence (name, next) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET next = excluded.next",
            (table, end),
        )?;
        Ok(Some(start))
    });
    match start {
        Ok(Some(start)) => Ok(start),
        Ok(None) => Err(StoreError::Internal(format!("table `{table}`: there are no greater ids left"))),
        Err(error) => Err(errors::store_error(&error)),
    }
}
