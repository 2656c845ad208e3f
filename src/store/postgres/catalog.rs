//! What is in the database's catalog: the tables as they are.

use std::collections::HashMap;

use tokio_postgres::{Client, Error};

use crate::migrations::Catalog;

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
    // The names of the columns are those of the table: an index keeps the name that a column had when it was made.
    let indexes = client
        .query(
            "SELECT t.relname::text, i.relname::text, x.indpred IS NOT NULL, x.indisprimary, \
                    ARRAY(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS k (number, place) \
                          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place) \
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

/// All tables of a schema, to be compared with others. The name of the schema is an expression.
pub(super) async fn all(client: &Client, schema: &str) -> Result<Catalog, Error> {
    let mut catalog = Catalog::default();
    let name = client.query_one(&format!("SELECT {schema}::text"), &[]).await?;
    let name: Option<String> = name.try_get(0)?;
    let name = name.unwrap_or_default();
    let columns = client
        .query(
            "SELECT c.relname::text, a.attname::text, \
                    format_type(a.atttypid, a.atttypmod) \
                    || CASE WHEN l.collname IS NULL OR l.collname = 'default' THEN '' ELSE ' COLLATE ' || l.collname END \
                    || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END \
                    || CASE a.attidentity WHEN '' THEN '' ELSE ' IDENTITY' END \
                    || CASE WHEN k.conname IS NULL THEN '' ELSE ' PRIMARY KEY' END, \
                    NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             LEFT JOIN pg_collation l ON l.oid = a.attcollation \
             LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey) \
             WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind IN ('r', 'p')",
            &[&name],
        )
        .await?;
    for row in columns {
        let table = catalog.tables.entry(row.try_get(0)?).or_default();
        let column: String = row.try_get(1)?;
        if row.try_get(3)? {
            table.optional.push(column.clone());
        }
        table.columns.insert(column, row.try_get(2)?);
    }
    // The names of schemas differ, and all else is to be compared.
    let plain = |text: String| text.replace(&format!("{name}."), "").replace("pg_temp.", "");
    let indexes = client
        .query(
            "SELECT t.relname::text, i.relname::text, pg_get_indexdef(x.indexrelid), x.indisvalid \
             FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
             WHERE NOT x.indisprimary AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)",
            &[&name],
        )
        .await?;
    for row in indexes {
        let Some(table) = catalog.tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        let unfinished = if row.try_get(3)? { "" } else { " (unfinished)" };
        table.indexes.insert(row.try_get(1)?, plain(row.try_get(2)?) + unfinished);
    }
    let references = client
        .query(
            "SELECT t.relname::text, a.attname::text, pg_get_constraintdef(k.oid) \
             FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1] \
             WHERE k.contype = 'f' AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)",
            &[&name],
        )
        .await?;
    for row in references {
        let Some(table) = catalog.tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        table.references.insert(row.try_get(1)?, plain(row.try_get(2)?));
    }
    Ok(catalog)
}
