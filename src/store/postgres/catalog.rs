//! What is in the database's catalog: the tables as they are.

use std::collections::HashMap;

use tokio_postgres::{Client, Error};

/// A table that exists.
#[derive(Debug, Default)]
pub(super) struct Existing {
    pub(super) columns: Vec<ExistingColumn>,
    /// Name, and whether only some rows count.
    pub(super) indexes: Vec<(String, bool)>,
    /// The names of the foreign keys.
    pub(super) references: Vec<String>,
    /// The columns of the primary key.
    pub(super) key: Vec<String>,
    pub(super) has_rows: bool,
}

/// A column that exists.
#[derive(Debug)]
pub(super) struct ExistingColumn {
    pub(super) name: String,
    /// As `format_type` writes it.
    pub(super) sql_type: String,
    /// Empty where the type has none.
    pub(super) collation: String,
    pub(super) not_null: bool,
    /// Whether a row that does not say it still gets a value.
    pub(super) has_default: bool,
    /// Whether a sequence belongs to it.
    pub(super) numbered: bool,
}

/// The tables of the current schema that have one of these names.
pub(super) async fn read(client: &Client, names: &[&str]) -> Result<HashMap<String, Existing>, Error> {
    let mut tables: HashMap<String, Existing> = HashMap::new();
    let columns = client
        .query(
            "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), \
                    COALESCE(l.collname::text, ''), a.attnotnull, \
                    a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '', \
                    pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             LEFT JOIN pg_collation l ON l.oid = a.attcollation \
             WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r', 'p') \
               AND c.relname::text = ANY ($1) ORDER BY c.relname, a.attnum",
            &[&names],
        )
        .await?;
    for row in columns {
        tables.entry(row.try_get(0)?).or_default().columns.push(ExistingColumn {
            name: row.try_get(1)?,
            sql_type: row.try_get(2)?,
            collation: row.try_get(3)?,
            not_null: row.try_get(4)?,
            has_default: row.try_get(5)?,
            numbered: row.try_get(6)?,
        });
    }
    let indexes = client
        .query(
            "SELECT t.relname::text, i.relname::text, x.indpred IS NOT NULL, x.indisprimary, \
                    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.oid ORDER BY a.attnum) \
             FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
             WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND t.relname::text = ANY ($1)",
            &[&names],
        )
        .await?;
    for row in indexes {
        let table = tables.entry(row.try_get(0)?).or_default();
        table.indexes.push((row.try_get(1)?, row.try_get(2)?));
        if row.try_get(3)? {
            table.key = row.try_get(4)?;
        }
    }
    let references = client
        .query(
            "SELECT t.relname::text, k.conname::text FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid \
             WHERE k.contype = 'f' AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND t.relname::text = ANY ($1)",
            &[&names],
        )
        .await?;
    for row in references {
        tables.entry(row.try_get(0)?).or_default().references.push(row.try_get(1)?);
    }
    for (name, table) in &mut tables {
        let text = format!("SELECT EXISTS (SELECT 1 FROM {})", super::schema::quote(name));
        table.has_rows = client.query_one_scalar(&text, &[]).await?;
    }
    Ok(tables)
}
