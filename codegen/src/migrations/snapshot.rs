//! The tables as text: what the migrations that are there lead to. A line for each table, column and value, in the order of
//! the names, so that git merges it line by line.

use std::collections::{BTreeMap, BTreeSet};

use fourfold_model::types::Scalar;

use super::schema::{Column, ColumnRole, ColumnType, Schema, Table};

/// The first line.
const HEADER: &str = "# The tables that the migrations here lead to; `cargo fourfold migrate new` writes this file, and it is committed.\n";

/// What tells git how to merge it.
pub const GIT: &str = "fourfold.schema merge=union\n";

impl Schema {
    /// The text, which [`Schema::parse`] reads.
    #[must_use]
    pub fn render(&self) -> String {
        let mut lines = BTreeSet::new();
        lines.extend(self.own.iter().map(|name| format!("own {name}")));
        for (name, table) in &self.tables {
            let kept = if table.kept { " kept" } else { "" };
            lines.insert(format!("table {name} {}{kept}", table.resource));
            for column in &table.columns {
                lines.insert(line(name, column));
                lines.extend(
                    column.values.iter().map(|value| format!("value {name}.{} {value}", column.name)),
                );
            }
        }
        let mut text = HEADER.to_owned();
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// Reads the text; every mistake with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let mut reading = Reading::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                reading.line(index + 1, line);
            }
        }
        reading.finish()
    }
}

fn line(table: &str, column: &Column) -> String {
    let rust = if column.nullable { format!("Option<{}>", column.rust) } else { column.rust.clone() };
    let mut words = vec![format!("column {table}.{} {rust}", column.name)];
    match column.ty {
        ColumnType::Choice => words.push("choice".to_owned()),
        ColumnType::Composite => words.push("json".to_owned()),
        ColumnType::Scalar(_) => {}
    }
    match column.role {
        ColumnRole::Plain => {}
        ColumnRole::Key => words.push("key".to_owned()),
        ColumnRole::Version { declared: true } => words.push("version".to_owned()),
        ColumnRole::Version { declared: false } => words.push("hidden".to_owned()),
        ColumnRole::CreatedAt => words.push("created_at".to_owned()),
        ColumnRole::UpdatedAt => words.push("updated_at".to_owned()),
        ColumnRole::DeletedAt => words.push("deleted_at".to_owned()),
    }
    for (is, word) in [(column.unique, "unique"), (column.index, "index"), (column.kept, "kept")] {
        if is {
            words.push(word.to_owned());
        }
    }
    words.extend(column.references.iter().map(|(table, target)| format!("references={table}.{target}")));
    words.join(" ")
}

#[derive(Default)]
struct Reading {
    schema: Schema,
    columns: BTreeMap<String, BTreeMap<String, Column>>,
    values: BTreeMap<(String, String), BTreeSet<String>>,
    errors: Vec<String>,
}

impl Reading {
    fn line(&mut self, number: usize, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let outcome = match words.as_slice() {
            ["own", name] => {
                // A line that both sides of a merge wrote is there twice, and says the same.
                self.schema.own.insert((*name).to_owned());
                Ok(())
            }
            ["table", name, resource] => self.table(name, resource, false),
            ["table", name, resource, "kept"] => self.table(name, resource, true),
            ["column", place, rust, words @ ..] => self.column(place, rust, words),
            ["value", place, value] => match place.split_once('.') {
                Some((table, column)) => {
                    let place = (table.to_owned(), column.to_owned());
                    self.values.entry(place).or_default().insert((*value).to_owned());
                    Ok(())
                }
                None => Err("a value belongs to a column, `value orders.status placed`".to_owned()),
            },
            _ => {
                Err(format!("`{line}` can't be read: a line begins with `table`, `column`, `value` or `own`"))
            }
        };
        if let Err(error) = outcome {
            self.errors.push(format!("line {number}: {error}"));
        }
    }

    fn table(&mut self, name: &str, resource: &str, kept: bool) -> Result<(), String> {
        let table = Table { resource: resource.to_owned(), columns: Vec::new(), kept };
        match self.schema.tables.insert(name.to_owned(), table.clone()) {
            Some(other) if other != table => Err(format!(
                "the table `{name}` is there twice with different words: keep one of the two lines"
            )),
            _ => Ok(()),
        }
    }

    fn column(&mut self, place: &str, rust: &str, words: &[&str]) -> Result<(), String> {
        let (table, name) =
            place.split_once('.').ok_or("a column belongs to a table, `column orders.id Uuid`")?;
        let column = column(name, rust, words)?;
        match self.columns.entry(table.to_owned()).or_default().insert(name.to_owned(), column.clone()) {
            Some(other) if other != column => Err(format!(
                "the column `{place}` is there twice with different words, as a merge of two changes leaves it: keep the \
                 line that both migrations together lead to"
            )),
            _ => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Schema, Vec<String>> {
        for ((table, column), values) in self.values {
            match self.columns.get_mut(&table).and_then(|columns| columns.get_mut(&column)) {
                Some(column) => column.values = values,
                None => {
                    self.errors.push(format!("there are values of `{table}.{column}`, and no such column"));
                }
            }
        }
        for (name, columns) in self.columns {
            match self.schema.tables.get_mut(&name) {
                Some(table) => table.columns = columns.into_values().collect(),
                None => self.errors.push(format!("there are columns of `{name}`, and no such table")),
            }
        }
        if self.errors.is_empty() { Ok(self.schema) } else { Err(self.errors) }
    }
}

fn column(name: &str, rust: &str, words: &[&str]) -> Result<Column, String> {
    let (nullable, bare) = match rust.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')) {
        Some(bare) => (true, bare),
        None => (false, rust),
    };
    let ty = if words.contains(&"choice") {
        ColumnType::Choice
    } else if words.contains(&"json") {
        ColumnType::Composite
    } else {
        let scalar = Scalar::from_rust(bare).ok_or_else(|| {
            format!("`{bare}` is no type of a column: after a type of your own stands `choice` or `json`")
        })?;
        ColumnType::Scalar(scalar)
    };
    let mut column = Column { nullable, ..Column::new(name, bare, ty) };
    for word in words {
        match *word {
            "choice" | "json" => {}
            "key" => column.role = ColumnRole::Key,
            "version" => column.role = ColumnRole::Version { declared: true },
            "hidden" => column.role = ColumnRole::Version { declared: false },
            "created_at" => column.role = ColumnRole::CreatedAt,
            "updated_at" => column.role = ColumnRole::UpdatedAt,
            "deleted_at" => column.role = ColumnRole::DeletedAt,
            "unique" => column.unique = true,
            "index" => column.index = true,
            "kept" => column.kept = true,
            other => match other.strip_prefix("references=").and_then(|target| target.split_once('.')) {
                Some((table, target)) => column.references = Some((table.to_owned(), target.to_owned())),
                None => return Err(format!("`{other}` is not a word for a column")),
            },
        }
    }
    Ok(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
column orders.id Uuid key
column orders.labels BTreeMap<String,i64> json
column orders.note Option<String> unique index
column orders.old Option<String> kept
column orders.row_version i64 hidden
column orders.status OrderStatus choice index
column orders.user_id Uuid index references=users.id
own fourfold_outbox
table orders shop.order.v1.Order
value orders.status placed
value orders.status shipped
";

    #[test]
    fn what_is_written_is_read_again() {
        let schema = Schema::parse(TEXT).expect("a schema");
        assert_eq!(schema.render(), format!("{HEADER}{TEXT}"));
    }

    #[test]
    fn a_merge_that_left_a_line_twice_is_fine_and_one_that_left_two_meanings_is_not() {
        let twice = format!("{TEXT}column orders.id Uuid key\ntable orders shop.order.v1.Order\n");
        assert_eq!(Schema::parse(&twice), Schema::parse(TEXT));
        let torn = format!("{TEXT}column orders.note String\n");
        let errors = Schema::parse(&torn).expect_err("two meanings");
        assert!(errors[0].starts_with("line 12: the column `orders.note` is there twice"), "{errors:?}");
    }

    #[test]
    fn every_line_that_cant_be_read_is_named() {
        let errors = Schema::parse("colum a.b c\ncolumn a.b Strin\nvalue x.y z\n").expect_err("mistakes");
        assert_eq!(errors.len(), 3, "{errors:?}");
    }
}
