//! A migration on PostgreSQL: no lock is held while rows are read, and what can't be done so is named.

use std::fmt::Write as _;

use fourfold_model::ddl::{self, Engine, quote};

use super::difference::{Change, Difference, Retype};
use super::schema::Index;
use super::script::Script;
use super::value::postgres_text;

const ENGINE: Engine = Engine::Postgres;

pub(super) fn script(difference: &Difference) -> Script {
    let mut script = Script::default();
    own(difference, &mut script);
    for (name, table) in &difference.created {
        script.together(table.create(ENGINE, name, name));
        for index in table.indexes(name) {
            script.together(index.create(ENGINE, name));
        }
    }
    for (name, table) in &difference.created {
        for reference in table.references(name) {
            script.together(ddl::add_reference(name, &reference.ddl()));
        }
    }
    for change in &difference.changed {
        rename(change, &mut script);
    }
    for change in &difference.changed {
        transform(change, &mut script);
    }
    for change in &difference.changed {
        refuse_null(change, &mut script);
        refer(change, &mut script);
    }
    for change in &difference.changed {
        indexes(change, &mut script);
    }
    for change in &difference.changed {
        drop_columns(change, &mut script);
    }
    if !difference.dropped.is_empty() {
        script.commit();
        let names: Vec<String> = difference.dropped.iter().map(|name| quote(name)).collect();
        script.together(format!("DROP TABLE {}", names.join(", ")));
        script.hazard(
            "what is dropped is gone: have a backup, and run this once no instance of the release before is left",
        );
    }
    script
}

fn own(difference: &Difference, script: &mut Script) {
    for table in ddl::own(ENGINE) {
        if difference.own.contains(table.name) {
            script.together(table.create);
        }
        for (name, columns) in table.indexes {
            if difference.own.contains(*name) {
                script.together(table.create_index((name, columns)));
            }
        }
    }
}

fn alter(change: &Change, what: &str) -> String {
    format!("ALTER TABLE {} {what}", quote(&change.table))
}

fn rename(change: &Change, script: &mut Script) {
    if let Some(was) = &change.was {
        script.together(format!("ALTER TABLE {} RENAME TO {}", quote(was), quote(&change.table)));
    }
    for (from, to) in &change.renames {
        script.together(alter(change, &format!("RENAME COLUMN {} TO {}", quote(from), quote(to))));
    }
    for (old, new) in change.indexes(ENGINE).renamed {
        script.together(format!("ALTER INDEX {} RENAME TO {}", quote(&old.name), quote(&new.name)));
    }
    for (old, new) in change.renamed_references() {
        script.together(alter(change, &format!("RENAME CONSTRAINT {} TO {}", quote(&old), quote(&new))));
    }
    if change.was.is_some() || !change.renames.is_empty() {
        script.hazard(format!(
            "{}: the release before asks for the old names and fails from the moment that this is applied until its last \
             instance has stopped: stop it first, or add the new field beside the old one, fill it, and remove the old one in \
             a later release",
            change.table
        ));
    }
}

fn transform(change: &Change, script: &mut Script) {
    let table = quote(&change.table);
    for name in change.references().0 {
        script.together(alter(change, &format!("DROP CONSTRAINT {}", quote(&name))));
    }
    for (column, fill) in &change.adds {
        let mut add = format!("ADD COLUMN {} {}", quote(&column.name), column.sql_type(ENGINE));
        // It stays as the column's default, with which the release before can go on adding rows.
        if let Some(value) = column.left_out() {
            let _ = write!(add, " NOT NULL DEFAULT {}", value.postgres);
        }
        script.together(alter(change, &add));
        if let Some(fill) = fill.as_ref().filter(|fill| column.left_out() != Some(fill)) {
            script.together(format!("UPDATE {table} SET {} = {}", quote(&column.name), fill.postgres));
            script.hazard(writes_all(change, &column.name));
        }
    }
    for name in &change.loosened {
        script.together(alter(change, &format!("ALTER COLUMN {} DROP NOT NULL", quote(name))));
    }
    for Retype { column, postgres, .. } in &change.retypes {
        let Some(using) = postgres else { continue };
        let Some(wanted) = change.after.column(column) else { continue };
        let name = quote(column);
        // What the old type had as a default may be none of the new.
        script.together(alter(change, &format!("ALTER COLUMN {name} DROP DEFAULT")));
        script.together(alter(
            change,
            &format!("ALTER COLUMN {name} TYPE {} USING {using}", wanted.sql_type(ENGINE)),
        ));
        if let Some(value) = wanted.left_out() {
            script.together(alter(change, &format!("ALTER COLUMN {name} SET DEFAULT {}", value.postgres)));
        }
        script.hazard(format!(
            "{}.{column}: another type writes the whole table anew, and nobody reads or writes it meanwhile: for a large table \
             add a field of the new type beside it, fill it in parts, and remove the old one in a later release",
            change.table
        ));
    }
    for (column, value) in &change.updates {
        let name = quote(column);
        script.together(format!("UPDATE {table} SET {name} = {}", value.postgres));
        script.hazard(writes_all(change, column));
    }
    for (column, values) in &change.guards {
        let list: Vec<String> = values.iter().map(|value| postgres_text(value)).collect();
        let sentence = format!("rows of {} hold {} in {column}", change.table, values.join(" or "));
        script.together(format!(
            "DO $$ BEGIN\n  IF EXISTS (SELECT FROM {table} WHERE {} IN ({})) THEN\n    RAISE EXCEPTION {};\n  END IF;\nEND $$",
            quote(column),
            list.join(", "),
            postgres_text(&sentence.replace('%', "%%")),
        ));
        script.hazard(format!(
            "{}.{column}: this fails, and changes nothing, where a row holds {}: give such rows another value first, or say \
             --using '{}.{column}=<SQL expression>'",
            change.table,
            values.join(" or "),
            change.table
        ));
    }
    if let Some(column) = &change.buried {
        script.together(format!("DELETE FROM {table} WHERE {} IS NOT NULL", quote(column)));
    }
}

fn writes_all(change: &Change, column: &str) -> String {
    format!(
        "{}.{column}: all rows are written in one transaction, which takes as long as that takes and locks them meanwhile: for \
         a large table run the UPDATE by hand in parts before",
        change.table
    )
}

/// `NOT NULL` by way of a check that is validated while others read and write: the column is not scanned under a lock.
fn refuse_null(change: &Change, script: &mut Script) {
    let added = change.adds.iter().filter(|(column, _)| !column.nullable && column.left_out().is_none());
    let added: Vec<(&String, Option<&super::value::Sql>)> =
        added.map(|(column, _)| (&column.name, None)).collect();
    let tightened = change.tightened.iter().map(|(name, fill)| (name, fill.as_ref()));
    for (name, fill) in tightened.chain(added) {
        let (column, check) = (quote(name), quote(&ddl::name_of(&change.table, name, "filled")));
        script.commit();
        script.together(alter(
            change,
            &format!("ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID"),
        ));
        script.commit();
        if let Some(fill) = fill {
            let table = quote(&change.table);
            script
                .together(format!("UPDATE {table} SET {column} = {} WHERE {column} IS NULL", fill.postgres));
        } else if change.tightened.iter().any(|(tightened, _)| tightened == name) {
            script.hazard(format!(
                "{}.{name}: this fails where a row holds null; look with SELECT count(*) FROM {} WHERE {column} IS NULL",
                change.table,
                quote(&change.table)
            ));
        }
        script.together(alter(change, &format!("VALIDATE CONSTRAINT {check}")));
        script.commit();
        script.together(alter(change, &format!("ALTER COLUMN {column} SET NOT NULL")));
        script.together(alter(change, &format!("DROP CONSTRAINT {check}")));
        script.hazard(format!(
            "{}.{name}: where the release before still writes null, its writes fail from then on",
            change.table
        ));
    }
}

fn refer(change: &Change, script: &mut Script) {
    for reference in change.references().1 {
        script.commit();
        script.together(format!("{} NOT VALID", ddl::add_reference(&change.table, &reference.ddl())));
        script.commit();
        script.together(alter(change, &format!("VALIDATE CONSTRAINT {}", quote(&reference.name))));
        script.hazard(format!(
            "{}.{}: this fails where a row points to one of {} that does not exist",
            change.table, reference.column, reference.table
        ));
    }
}

fn indexes(change: &Change, script: &mut Script) {
    let indexes = change.indexes(ENGINE);
    for index in &indexes.new {
        script.alone(concurrently(change, index, &index.name));
        duplicates(change, index, script);
    }
    for index in &indexes.anew {
        let name = format!("{}_anew", index.name.chars().take(58).collect::<String>());
        let mut statements = concurrently(change, index, &name);
        // Until the new one is there, the old one does its work.
        statements.push(format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote(&index.name)));
        statements.push(format!("ALTER INDEX IF EXISTS {} RENAME TO {}", quote(&name), quote(&index.name)));
        script.alone(statements);
        duplicates(change, index, script);
    }
    for index in &indexes.gone {
        script.alone(vec![format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote(&index.name))]);
    }
}

/// An index that could not be finished stays behind and is of no use: it is taken away first, so that this may run again.
fn concurrently(change: &Change, index: &Index, name: &str) -> Vec<String> {
    let unique = if index.unique { "UNIQUE " } else { "" };
    vec![
        format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote(name)),
        format!(
            "CREATE {unique}INDEX CONCURRENTLY {} ON {} {}",
            quote(name),
            quote(&change.table),
            ddl::index_on(ENGINE, &index.ddl())
        ),
    ]
}

fn duplicates(change: &Change, index: &Index, script: &mut Script) {
    if index.unique {
        let column = quote(&index.column);
        script.hazard(format!(
            "{}.{}: this fails where two rows hold the same; look with SELECT {column}, count(*) FROM {} GROUP BY {column} \
             HAVING count(*) > 1",
            change.table,
            index.column,
            quote(&change.table)
        ));
    }
}

fn drop_columns(change: &Change, script: &mut Script) {
    if change.drops.is_empty() {
        return;
    }
    script.commit();
    for column in &change.drops {
        script.together(alter(change, &format!("DROP COLUMN {}", quote(column))));
    }
    script.hazard(format!(
        "{}: what is dropped is gone: have a backup, and run this once no instance of a release is left that has the field",
        change.table
    ));
}
