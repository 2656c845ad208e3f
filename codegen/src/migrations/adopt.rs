//! From tables that somebody else made to those that the structs want, with their rows.
//!
//! What is written does its work on the database that is there, and makes the same tables where there are none: so one list
//! of migrations is right for both, and for tests.

use fourfold_model::ddl::{self, Engine, quote};

use super::difference::Difference;
use super::schema::{Column, ColumnRole, ColumnType, Table};
use super::script::Script;
use super::value;
use fourfold_model::types::Scalar;

/// A table that is there.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// Its name.
    pub name: String,
    /// Its name from now on.
    pub table: String,
    /// Its columns.
    pub columns: Vec<ThereColumn>,
    /// Its indexes but that of the key.
    pub indexes: Vec<ThereIndex>,
    /// The names of its foreign keys, on PostgreSQL.
    pub references: Vec<String>,
    /// The columns of a key that is no id: they stay together unique beside the one that is added.
    pub old_key: Vec<String>,
    /// What goes with the table where it is made anew: triggers, checks.
    pub lost: Vec<String>,
}

/// A column that is there.
#[derive(Clone, Debug, Default)]
pub struct ThereColumn {
    /// Its name.
    pub name: String,
    /// The field that it is from now on; `None` where it is left out.
    pub field: Option<String>,
    /// What it holds from now on, over the column; `None` where that is what it holds now.
    pub conversion: Option<String>,
    /// What is true of a value that can't be converted.
    pub unfit: Option<String>,
    /// Whether it is to be left out of a row, and the database does not let it.
    pub demanded: bool,
    /// Whether it has a default.
    pub has_default: bool,
    /// The sequence that counts it.
    pub sequence: Option<String>,
    /// Whether it is computed.
    pub generated: bool,
}

/// An index that is there.
#[derive(Clone, Debug, Default)]
pub struct ThereIndex {
    /// Its name.
    pub name: String,
    /// Its columns under their old names; empty where it is on an expression.
    pub columns: Vec<String>,
    /// Whether no two rows hold the same.
    pub unique: bool,
    /// Whether it is that of a constraint.
    pub constraint: bool,
    /// Which rows count.
    pub condition: Option<String>,
    /// What made it.
    pub made_by: String,
    /// Whether one of the struct's does the same.
    pub replaced: bool,
}

/// The text of the migration for the engine of the database that is there. Its head begins with `title` and says `sentences`.
#[must_use]
pub fn adopt(
    difference: &Difference,
    there: &[There],
    engine: Engine,
    title: &str,
    sentences: &[String],
) -> String {
    let mut script = Script::default();
    for table in ddl::own(engine) {
        let absent = |sql: String| sql.replacen("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1);
        let index_absent = |sql: String| sql.replacen("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ", 1);
        script.together(absent(table.create.to_owned()));
        for index in table.indexes {
            script.together(index_absent(table.create_index(*index)));
        }
    }
    let pairs: Vec<(&There, &Table)> = difference
        .created
        .iter()
        .filter_map(|(name, table)| Some((there.iter().find(|there| there.table == *name)?, table)))
        .collect();
    match engine {
        Engine::Sqlite => sqlite(&pairs, &mut script),
        Engine::Postgres => postgres(&pairs, &mut script),
    }
    let name = match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    script.hazard("other programs that use these tables find other types from then on: have a backup, and stop them first");
    script.render(title, name, "import", sentences)
}

impl Difference {
    /// Whether a table is new.
    #[must_use]
    pub fn creates(&self, table: &str) -> bool {
        self.created.iter().any(|(name, _)| name == table)
    }

    /// Whether anything but these tables is new or changes.
    #[must_use]
    pub fn changes_others(&self, is_one: impl Fn(&str) -> bool) -> bool {
        let created = self.created.iter().map(|(name, _)| name);
        let changed = self.changed.iter().map(|change| &change.table);
        created.chain(changed).chain(&self.dropped).any(|table| !is_one(table))
    }
}

impl There {
    /// The column that a field is.
    fn of(&self, field: &str) -> Option<&ThereColumn> {
        self.columns.iter().find(|column| column.field.as_deref() == Some(field))
    }

    /// The name of a column from now on.
    fn renamed<'a>(&'a self, name: &'a str) -> &'a str {
        let column = self.columns.iter().find(|column| column.name == name);
        column.and_then(|column| column.field.as_deref()).unwrap_or(name)
    }

    /// An index over several columns that stays as it is, made again.
    fn again(&self, index: &ThereIndex) -> Option<String> {
        let same = index.columns.iter().all(|name| self.renamed(name) == name) && self.name == self.table;
        if !index.made_by.is_empty() && same {
            return Some(index.made_by.clone());
        }
        if index.columns.is_empty() || (index.condition.is_some() && !same) {
            return None;
        }
        Some(self.over(&index.columns, index.unique, index.condition.as_deref()))
    }

    fn over(&self, columns: &[String], unique: bool, condition: Option<&str>) -> String {
        let names: Vec<&str> = columns.iter().map(|name| self.renamed(name)).collect();
        let name = ddl::name_of(&self.table, &names.join("_"), if unique { "key" } else { "idx" });
        let list: Vec<String> = names.iter().map(|name| quote(name)).collect();
        let unique = if unique { "UNIQUE " } else { "" };
        let condition = condition.map(|text| format!(" WHERE {text}")).unwrap_or_default();
        let (name, table) = (quote(&name), quote(&self.table));
        format!("CREATE {unique}INDEX {name} ON {table} ({}){condition}", list.join(", "))
    }
}

/// Each table is made anew, and takes the rows over.
fn sqlite(pairs: &[(&There, &Table)], script: &mut Script) {
    // Views that ask for a table which is away for a moment are not looked at.
    script.together("PRAGMA legacy_alter_table = ON");
    for (there, table) in pairs {
        let all: Vec<String> =
            there.columns.iter().filter(|it| !it.generated).map(|it| quote(&it.name)).collect();
        let (old, new) = (quote(&there.name), quote(&there.table));
        let anew = format!("{}_anew", there.table);
        script.together(format!("CREATE TABLE IF NOT EXISTS {old} ({})", all.join(", ")));
        unfit(there, script);
        let kept: Vec<&ThereColumn> =
            there.columns.iter().filter(|it| it.field.is_none() && !it.generated).collect();
        let mut columns: Vec<ddl::Column<'_>> =
            table.columns.iter().map(|column| column.ddl(Engine::Sqlite)).collect();
        columns.extend(kept.iter().filter(|kept| table.column(&kept.name).is_none()).map(|kept| {
            let part = ddl::Part::Plain;
            ddl::Column { name: &kept.name, sql_type: "ANY", not_null: false, default: None, part }
        }));
        let references = table.references(&there.table);
        let references: Vec<ddl::Reference<'_>> =
            references.iter().map(super::schema::Reference::ddl).collect();
        script.together(ddl::create_table(Engine::Sqlite, &anew, &columns, &references));
        let names: Vec<String> = columns.iter().map(|column| quote(column.name)).collect();
        let values = columns.iter().map(|column| match table.column(column.name) {
            Some(wanted) => content(there, wanted),
            None => quote(column.name),
        });
        script.together(format!(
            "INSERT INTO {} ({})\n  SELECT {}\n  FROM {old}",
            quote(&anew),
            names.join(", "),
            values.collect::<Vec<_>>().join(", ")
        ));
        // A number that was given once is not given again, also where its row is gone.
        if table.key().is_some_and(|key| key.ty == ColumnType::Scalar(Scalar::I64)) {
            script.together(format!(
                "INSERT OR IGNORE INTO fourfold_sequence (name, next) SELECT {}, seq + 1 FROM sqlite_sequence WHERE name = {}",
                value::quote(&there.table),
                value::quote(&there.name)
            ));
        }
        script.together(format!("DROP TABLE {old}"));
        script.together(format!("ALTER TABLE {} RENAME TO {new}", quote(&anew)));
        for index in table.indexes(&there.table) {
            script.together(index.create(Engine::Sqlite, &there.table));
        }
        for index in there.indexes.iter().filter(|index| !index.replaced) {
            match there.again(index) {
                Some(sql) => script.together(sql),
                None => script.hazard(format!("{}: its index {} is not made again", there.name, index.name)),
            }
        }
        if !there.old_key.is_empty() {
            script.together(there.over(&there.old_key, true, None));
        }
        for lost in &there.lost {
            script
                .hazard(format!("{}: the table is made anew, and {lost} goes with the old one", there.name));
        }
    }
    script.together("PRAGMA legacy_alter_table = OFF");
}

/// What a column of the new table gets.
fn content(there: &There, wanted: &Column) -> String {
    match there.of(&wanted.name) {
        Some(column) => column.conversion.clone().unwrap_or_else(|| quote(&column.name)),
        None if wanted.role == ColumnRole::Key => "row_number() OVER ()".to_owned(),
        None if matches!(wanted.role, ColumnRole::Version { .. }) => "1".to_owned(),
        None => "NULL".to_owned(),
    }
}

/// A check with a name that says what is wrong, where a row holds what can't be converted.
fn unfit(there: &There, script: &mut Script) {
    for column in &there.columns {
        let Some(unfit) = &column.unfit else { continue };
        let sentence = format!("every row of {} can be converted in {}", there.name, column.name);
        script.together(format!(
            "CREATE TEMP TABLE fourfold_guard (found INTEGER CONSTRAINT {} CHECK (found = 0))",
            quote(&sentence)
        ));
        let table = quote(&there.name);
        script
            .together(format!("INSERT INTO temp.fourfold_guard SELECT count(*) FROM {table} WHERE {unfit}"));
        script.together("DROP TABLE temp.fourfold_guard");
    }
}

/// Each table is changed in place where it is there, and made where it is not.
fn postgres(pairs: &[(&There, &Table)], script: &mut Script) {
    for (there, _) in pairs {
        for name in &there.references {
            let table = quote(&there.name);
            script
                .together(format!("ALTER TABLE IF EXISTS {table} DROP CONSTRAINT IF EXISTS {}", quote(name)));
        }
    }
    for (there, table) in pairs {
        let mut made = vec![table.create(Engine::Postgres, &there.table, &there.table)];
        made.extend(
            table.indexes(&there.table).iter().map(|index| index.create(Engine::Postgres, &there.table)),
        );
        let name = value::postgres_text(&quote(&there.name));
        script.together(format!(
            "DO $adopt$ BEGIN\n  IF to_regclass({name}) IS NULL THEN\n{}  ELSE\n{}  END IF;\nEND $adopt$",
            inside(&made),
            inside(&changes(there, table))
        ));
    }
    for (there, table) in pairs {
        for reference in table.references(&there.table) {
            script.together(ddl::add_reference(&there.table, &reference.ddl()));
        }
    }
    script.hazard(
        "tables whose columns get another type are written anew, and nobody reads or writes them meanwhile; a view, a rule \
         or a computed column that uses such a column has to be dropped before, and made again after",
    );
}

fn inside(statements: &[String]) -> String {
    let line = |statement: &String| format!("    {};\n", statement.replace('\n', "\n    "));
    if statements.is_empty() { "    NULL;\n".to_owned() } else { statements.iter().map(line).collect() }
}

fn changes(there: &There, table: &Table) -> Vec<String> {
    let mut all = Vec::new();
    let name = quote(&there.table);
    if there.name != there.table {
        all.push(format!("ALTER TABLE {} RENAME TO {name}", quote(&there.name)));
    }
    for column in &there.columns {
        if let Some(field) = column.field.as_ref().filter(|field| **field != column.name) {
            let (from, to) = (quote(&column.name), quote(field));
            all.push(format!("ALTER TABLE {name} RENAME COLUMN {from} TO {to}"));
        }
    }
    for column in &there.columns {
        let Some(unfit) = &column.unfit else { continue };
        let sentence = format!("{}.{}: not every row can be converted", there.name, column.name);
        let sentence = value::postgres_text(&sentence.replace('%', "%%"));
        all.push(format!(
            "IF EXISTS (SELECT FROM {name} WHERE {unfit}) THEN\n  RAISE EXCEPTION {sentence};\nEND IF"
        ));
    }
    for index in there.indexes.iter().filter(|index| index.replaced) {
        let index_name = quote(&index.name);
        all.push(if index.constraint {
            format!("ALTER TABLE {name} DROP CONSTRAINT {index_name}")
        } else {
            format!("DROP INDEX {index_name}")
        });
    }
    let mut defaults = Vec::new();
    let mut types = Vec::new();
    for column in &there.columns {
        let Some(field) = &column.field else {
            if column.demanded {
                defaults.push(format!("ALTER COLUMN {} DROP NOT NULL", quote(&column.name)));
            }
            continue;
        };
        let Some(wanted) = table.column(field) else { continue };
        let quoted = quote(field);
        if column.has_default && (column.conversion.is_some() || column.sequence.is_some()) {
            defaults.push(format!("ALTER COLUMN {quoted} DROP DEFAULT"));
        }
        if let Some(using) = &column.conversion {
            let ty = wanted.sql_type(Engine::Postgres);
            types.push(format!("ALTER COLUMN {quoted} TYPE {ty} USING {using}"));
        }
    }
    for actions in [defaults, types].iter().filter(|actions| !actions.is_empty()) {
        all.push(format!("ALTER TABLE {name}\n  {}", actions.join(",\n  ")));
    }
    key(there, table, &name, &mut all);
    for wanted in &table.columns {
        if matches!(wanted.role, ColumnRole::Version { declared: false }) && there.of(&wanted.name).is_none()
        {
            let column = quote(&wanted.name);
            let ty = wanted.sql_type(Engine::Postgres);
            all.push(format!("ALTER TABLE {name} ADD COLUMN {column} {ty} NOT NULL DEFAULT 1"));
        }
    }
    all.extend(table.indexes(&there.table).iter().map(|index| index.create(Engine::Postgres, &there.table)));
    all
}

/// An id that the database makes is an identity.
fn key(there: &There, table: &Table, name: &str, all: &mut Vec<String>) {
    let Some(key) = table.key() else { return };
    let column = quote(&key.name);
    let numbered = key.ty == ColumnType::Scalar(Scalar::I64);
    match there.of(&key.name) {
        Some(old) if numbered => {
            let (table_text, key_text) = (value::postgres_text(name), value::postgres_text(&key.name));
            let sequence = old.sequence.as_ref().map_or_else(
                || format!("pg_get_serial_sequence({table_text}, {key_text})"),
                |sequence| value::postgres_text(sequence),
            );
            // The id of a row that is gone is given to nobody: what counted knows more than the rows.
            all.push(format!(
                "PERFORM set_config('fourfold.last', greatest((SELECT max({column}) FROM {name}), \
                 pg_sequence_last_value(to_regclass({sequence})), 0)::text, true)"
            ));
            if let Some(sequence) = &old.sequence {
                all.push(format!("DROP SEQUENCE IF EXISTS {sequence}"));
            }
            all.push(format!("ALTER TABLE {name} ALTER COLUMN {column} DROP IDENTITY IF EXISTS"));
            all.push(format!(
                "ALTER TABLE {name} ALTER COLUMN {column} ADD GENERATED BY DEFAULT AS IDENTITY"
            ));
            all.push(format!(
                "PERFORM setval(pg_get_serial_sequence({table_text}, {key_text}), current_setting('fourfold.last')::bigint + 1, \
                 false)"
            ));
        }
        None => {
            if !there.old_key.is_empty() {
                all.push(format!(
                    "EXECUTE (SELECT 'ALTER TABLE {name} DROP CONSTRAINT ' || quote_ident(conname) FROM pg_constraint \
                     WHERE conrelid = {}::regclass AND contype = 'p')",
                    value::postgres_text(name)
                ));
                all.push(there.over(&there.old_key, true, None));
            }
            all.push(format!(
                "ALTER TABLE {name} ADD COLUMN {column} BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
            ));
        }
        Some(_) => {}
    }
}
