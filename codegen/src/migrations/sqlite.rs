//! A migration on SQLite: what `ALTER TABLE` can't do, a new table does, which takes over the rows.

use std::collections::BTreeMap;

use fourfold_model::ddl::{self, Engine, quote};

use super::difference::{Change, Difference};
use super::schema::Column;
use super::script::Script;
use super::value;

const ENGINE: Engine = Engine::Sqlite;

pub(super) fn script(difference: &Difference) -> Script {
    let mut script = Script::default();
    own(difference, &mut script);
    for (name, table) in &difference.created {
        script.together(table.create(ENGINE, name, name));
        for index in table.indexes(name) {
            script.together(index.create(ENGINE, name));
        }
    }
    for change in &difference.changed {
        if let Some(was) = &change.was {
            script.together(format!("ALTER TABLE {} RENAME TO {}", quote(was), quote(&change.table)));
            script.together(format!(
                "UPDATE fourfold_sequence SET name = {} WHERE name = {}",
                value::quote(&change.table),
                value::quote(was)
            ));
        }
    }
    for change in &difference.changed {
        changed(change, &mut script);
    }
    for name in &difference.dropped {
        script.together(format!("DROP TABLE {}", quote(name)));
        script.hazard("what is dropped is gone: have a backup");
    }
    script
}

fn own(difference: &Difference, script: &mut Script) {
    for table in ddl::own(ENGINE) {
        if difference.own.contains(table.name) {
            script.together(table.create);
        }
        for index in table.indexes.iter().filter(|(name, _)| difference.own.contains(*name)) {
            script.together(table.create_index(*index));
        }
    }
}

fn changed(change: &Change, script: &mut Script) {
    let table = quote(&change.table);
    let rename = format!("ALTER TABLE {table} RENAME COLUMN");
    for (from, to) in &change.renames {
        script.together(format!("{rename} {} TO {}", quote(from), quote(to)));
    }
    let indexes = change.indexes(ENGINE);
    if let Some(column) = &change.buried {
        script.together(format!("DELETE FROM {table} WHERE {} IS NOT NULL", quote(column)));
    }
    // Indexes that go, go first: a column that has one can't be dropped. With a column's own all is said below.
    let dropped =
        change.before.indexes(&change.table).into_iter().filter(|it| change.drops.contains(&it.column));
    let dropped: Vec<String> = dropped.map(|index| index.name).collect();
    let is_anew = needs_anew(change);
    let renamed = indexes.renamed.iter().map(|(old, _)| &old.name);
    let gone = indexes.gone.iter().chain(&indexes.anew).map(|index| &index.name);
    let mut seen = Vec::new();
    if !is_anew {
        for name in renamed.chain(gone).chain(&dropped) {
            // What is renamed as well has its old name still.
            let name =
                indexes.renamed.iter().find(|(_, new)| new.name == *name).map_or(name, |(old, _)| &old.name);
            if !seen.contains(&name) {
                script.together(format!("DROP INDEX {}", quote(name)));
                seen.push(name);
            }
        }
    }
    guards(change, script);
    if is_anew {
        anew(change, script);
        return;
    }
    for (column, fill) in &change.adds {
        let mut sql =
            format!("ALTER TABLE {table} ADD COLUMN {} {}", quote(&column.name), column.sql_type(ENGINE));
        if !column.nullable {
            sql.push_str(" NOT NULL");
        }
        if let Some(fill) = fill {
            sql.push_str(" DEFAULT ");
            sql.push_str(&fill.sqlite);
        }
        script.together(sql);
    }
    for column in &change.drops {
        script.together(format!("ALTER TABLE {table} DROP COLUMN {}", quote(column)));
        script.hazard("what is dropped is gone: have a backup");
    }
    let wanted = change.after.indexes(&change.table);
    let is_made = |index: &&super::schema::Index| {
        let is_renamed = indexes.renamed.iter().any(|(_, new)| new.name == index.name);
        is_renamed || indexes.new.contains(index) || indexes.anew.contains(index)
    };
    for index in wanted.iter().filter(is_made) {
        script.together(index.create(ENGINE, &change.table));
    }
    for index in indexes.new.iter().chain(&indexes.anew).filter(|index| index.unique) {
        script.hazard(duplicates(&change.table, &index.column));
    }
}

fn duplicates(table: &str, column: &str) -> String {
    let name = quote(column);
    format!(
        "{table}.{column}: this fails, and changes nothing, where two rows hold the same; look with SELECT {name}, count(*) \
         FROM {} GROUP BY {name} HAVING count(*) > 1",
        quote(table)
    )
}

/// Whether `ALTER TABLE` can't do it.
fn needs_anew(change: &Change) -> bool {
    let (gone, new) = change.references();
    let drops_reference = change.before.references(&change.table);
    let drops_reference = drops_reference.iter().any(|reference| change.drops.contains(&reference.column));
    let other_content = change.retypes.iter().any(|retype| {
        let types = (change.before.column(&retype.column), change.after.column(&retype.column));
        let is_other =
            matches!(types, (Some(old), Some(new)) if old.sql_type(ENGINE) != new.sql_type(ENGINE));
        retype.sqlite.is_some() || is_other
    });
    let constant = |(_, fill): &(Column, Option<value::Sql>)| fill.as_ref().is_none_or(|fill| fill.constant);
    // The hidden row version has a default, with which a table may be left behind; a declared one has none.
    let version = |table: &super::schema::Table| {
        table
            .columns
            .iter()
            .find(|column| matches!(column.role, super::schema::ColumnRole::Version { .. }))
            .map(|it| it.role)
    };
    !gone.is_empty()
        || !new.is_empty()
        || drops_reference
        || other_content
        || !change.tightened.is_empty()
        || !change.loosened.is_empty()
        || !change.updates.is_empty()
        || !change.adds.iter().all(constant)
        || version(&change.before) != version(&change.after)
}

/// The content of each column that is another than it was, by the column.
fn contents(change: &Change) -> BTreeMap<String, String> {
    let mut contents: BTreeMap<String, String> = BTreeMap::new();
    for retype in &change.retypes {
        if let Some(sqlite) = &retype.sqlite {
            contents.insert(retype.column.clone(), sqlite.clone());
        }
    }
    for (column, value) in &change.updates {
        contents.insert(column.clone(), value.sqlite.clone());
    }
    for (column, fill) in &change.tightened {
        if let Some(fill) = fill {
            let held = contents.get(column).cloned().unwrap_or_else(|| quote(column));
            contents.insert(column.clone(), format!("coalesce({held}, {})", fill.sqlite));
        }
    }
    for (column, fill) in &change.adds {
        contents.insert(column.name.clone(), fill.as_ref().map_or("NULL", |fill| &fill.sqlite).to_owned());
    }
    contents
}

fn anew(change: &Change, script: &mut Script) {
    let table = quote(&change.table);
    let temporary = format!("{}_anew", change.table);
    let contents = contents(change);
    let names: Vec<String> = change.after.columns.iter().map(|column| quote(&column.name)).collect();
    let values: Vec<String> = change
        .after
        .columns
        .iter()
        .map(|column| contents.get(&column.name).cloned().unwrap_or_else(|| quote(&column.name)))
        .collect();
    script.together(change.after.create_anew(&change.table, &temporary));
    script.together(format!(
        "INSERT INTO {} ({})\n  SELECT {}\n  FROM {table}",
        quote(&temporary),
        names.join(", "),
        values.join(", ")
    ));
    script.together(format!("DROP TABLE {table}"));
    script.together(format!("ALTER TABLE {} RENAME TO {table}", quote(&temporary)));
    for index in change.after.indexes(&change.table) {
        script.together(index.create(ENGINE, &change.table));
    }
    script.hazard(format!(
        "{}: SQLite can't change this in place, so a new table takes over the rows: no other process writes meanwhile, and \
         indexes and triggers of your own go with the old table, so add them here again",
        change.table
    ));
    for (column, fill) in &change.tightened {
        if fill.is_none() {
            script.hazard(format!(
                "{}.{column}: this fails, and changes nothing, where a row holds null; look with SELECT count(*) FROM {table} \
                 WHERE {} IS NULL",
                change.table,
                quote(column)
            ));
        }
    }
    for (column, _) in change.adds.iter().filter(|(it, _)| !it.nullable && it.left_out().is_none()) {
        script.hazard(format!(
            "{}.{}: the release before doesn't know the column, and its rows are refused from then on: give the field a \
             `default` that is a literal, make it an `Option`, or stop that release first",
            change.table, column.name
        ));
    }
    for reference in change.references().1 {
        script.hazard(format!(
            "{}.{}: this fails, and changes nothing, where a row points to one of {} that does not exist",
            change.table, reference.column, reference.table
        ));
    }
    if !change.drops.is_empty() {
        script.hazard("what is dropped is gone: have a backup");
    }
    for index in change.indexes(ENGINE).new.iter().filter(|index| index.unique) {
        script.hazard(duplicates(&change.table, &index.column));
    }
}

/// A check with a name that says what is wrong, where a row holds what is no value any more.
fn guards(change: &Change, script: &mut Script) {
    for (column, values) in &change.guards {
        let list: Vec<String> = values.iter().map(|value| value::quote(value)).collect();
        let sentence = format!("no row of {} holds {} in {column}", change.table, values.join(" or "));
        let name = quote(column);
        let held = change.updates.iter().find(|(updated, _)| updated == column);
        let held = held.map_or(name, |(_, value)| format!("({})", value.sqlite));
        script.together(format!(
            "CREATE TEMP TABLE fourfold_guard (found INTEGER CONSTRAINT {} CHECK (found = 0))",
            quote(&sentence)
        ));
        script.together(format!(
            "INSERT INTO temp.fourfold_guard SELECT count(*) FROM {} WHERE {held} IN ({})",
            quote(&change.table),
            list.join(", ")
        ));
        script.together("DROP TABLE temp.fourfold_guard");
        script.hazard(format!(
            "{0}.{column}: this fails, and changes nothing, where a row holds {1}: give such rows another value first, or say \
             --using '{0}.{column}=<SQL expression>'",
            change.table,
            values.join(" or ")
        ));
    }
}
