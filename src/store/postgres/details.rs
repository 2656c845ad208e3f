//! What a schema of another program holds: its catalog, read and never changed.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Error};

use crate::ddl::Engine;
use crate::migrations::{ColumnDetails, Details, IndexDetails, ReferenceDetails, TableDetails};

/// The tables of the current schema, and the name of each that a row is about.
type Tables = BTreeMap<String, TableDetails>;

/// A domain is the type below it, as often as it takes.
const COLUMNS: &str = "
WITH RECURSIVE base (oid, below, modifier) AS (
  SELECT t.oid, t.oid, -1 FROM pg_type t WHERE t.typtype <> 'd'
  UNION ALL
  SELECT t.oid, b.below, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.modifier END
  FROM pg_type t JOIN base b ON b.oid = t.typbasetype WHERE t.typtype = 'd'
)
SELECT c.relname::text, a.attname::text, col_description(c.oid, a.attnum),
       format_type(b.below, CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE b.modifier END),
       a.attnotnull, CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
       a.attgenerated <> '', a.attidentity <> '', pg_get_serial_sequence(quote_ident(c.relname), a.attname),
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = b.below ORDER BY e.enumsortorder),
       CASE WHEN b.oid <> b.below THEN format_type(b.oid, NULL) END
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN base b ON b.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r', 'p')
ORDER BY c.relname, a.attnum";

const INDEXES: &str = "
SELECT t.relname::text, i.relname::text, x.indisunique, x.indisprimary,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')),
       pg_get_expr(x.indpred, x.indrelid), pg_get_indexdef(x.indexrelid), x.indexprs IS NOT NULL,
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place)
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) ORDER BY i.relname";

const REFERENCES: &str = "
SELECT t.relname::text, k.conname::text, f.relname::text, k.confdeltype::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.number ORDER BY u.place),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = u.number ORDER BY u.place)
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype = 'f' AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
ORDER BY k.conname";

const CHECKS: &str = "
SELECT t.relname::text, pg_get_expr(k.conbin, k.conrelid)
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
WHERE k.contype = 'c' AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
ORDER BY k.conname";

const TRIGGERS: &str = "
SELECT t.relname::text, g.tgname::text FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
ORDER BY g.tgname";

const RELATIONS: &str = "
SELECT c.relname::text, c.relkind IN ('v', 'm'), obj_description(c.oid, 'pg_class') FROM pg_class c
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition ORDER BY c.relname";

/// All of it.
pub(super) async fn read(client: &Client) -> Result<Details, Error> {
    let mut tables = Tables::new();
    let mut views = Vec::new();
    for row in client.query(RELATIONS, &[]).await? {
        let name: String = row.try_get(0)?;
        if row.try_get(1)? {
            views.push(name);
        } else {
            let table =
                TableDetails { name: name.clone(), comment: row.try_get(2)?, ..TableDetails::default() };
            tables.insert(name, table);
        }
    }
    columns(client, &mut tables).await?;
    indexes(client, &mut tables).await?;
    references(client, &mut tables).await?;
    for row in client.query(CHECKS, &[]).await? {
        let Some(table) = tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        table.checks.push(row.try_get(1)?);
    }
    for row in client.query(TRIGGERS, &[]).await? {
        let Some(table) = tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        table.triggers.push(row.try_get(1)?);
    }
    let catalog = super::catalog::all(client, "current_schema()").await?;
    Ok(Details { engine: Engine::Postgres, tables: tables.into_values().collect(), views, catalog })
}

async fn columns(client: &Client, tables: &mut Tables) -> Result<(), Error> {
    for row in client.query(COLUMNS, &[]).await? {
        let Some(table) = tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        table.columns.push(ColumnDetails {
            name: row.try_get(1)?,
            comment: row.try_get(2)?,
            sql_type: row.try_get(3)?,
            not_null: row.try_get(4)?,
            default: row.try_get(5)?,
            generated: row.try_get(6)?,
            numbered: row.try_get(7)?,
            sequence: row.try_get(8)?,
            values: row.try_get(9)?,
            domain: row.try_get(10)?,
        });
    }
    Ok(())
}

async fn indexes(client: &Client, tables: &mut Tables) -> Result<(), Error> {
    for row in client.query(INDEXES, &[]).await? {
        let Some(table) = tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        let columns: Vec<String> = row.try_get(8)?;
        if row.try_get(3)? {
            table.key = columns;
            continue;
        }
        table.indexes.push(IndexDetails {
            name: row.try_get(1)?,
            columns: if row.try_get(7)? { Vec::new() } else { columns },
            unique: row.try_get(2)?,
            constraint: row.try_get(4)?,
            condition: row.try_get(5)?,
            made_by: row.try_get(6)?,
        });
    }
    Ok(())
}

async fn references(client: &Client, tables: &mut Tables) -> Result<(), Error> {
    for row in client.query(REFERENCES, &[]).await? {
        let Some(table) = tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        let on_delete = match row.try_get::<_, &str>(3)? {
            "c" => "CASCADE",
            "n" => "SET NULL",
            "d" => "SET DEFAULT",
            _ => "",
        };
        table.references.push(ReferenceDetails {
            name: row.try_get(1)?,
            table: row.try_get(2)?,
            on_delete: on_delete.to_owned(),
            columns: row.try_get(4)?,
            targets: row.try_get(5)?,
        });
    }
    Ok(())
}
