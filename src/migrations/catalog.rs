//! The tables of a database as its own catalog tells them, in a form in which two can be compared.

use std::collections::BTreeMap;

/// The tables of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The tables by name.
    pub tables: BTreeMap<String, TableCatalog>,
}

/// A table. All texts are as the engine writes them.
///
/// Defaults of columns are left out: a service says all columns of a row that it adds, and a default is there for a release
/// that does not know the column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableCatalog {
    /// The columns by name: type, collation, whether they refuse null.
    pub columns: BTreeMap<String, String>,
    /// The columns in which rows may leave out a value.
    pub optional: Vec<String>,
    /// The indexes by name.
    pub indexes: BTreeMap<String, String>,
    /// The foreign keys by column.
    pub references: BTreeMap<String, String>,
}

impl Catalog {
    /// What keeps this database from being one that `wanted` describes, a sentence each; and what it has besides, which is
    /// in nobody's way. Tables that are not in `wanted` are nobody's business here.
    #[must_use]
    pub fn compare(&self, wanted: &Self) -> (Vec<String>, Vec<String>) {
        let (mut wrong, mut besides) = (Vec::new(), Vec::new());
        for (name, wanted) in &wanted.tables {
            match self.tables.get(name) {
                None => wrong.push(format!("table {name} is missing")),
                Some(found) => found.compare(name, wanted, &mut wrong, &mut besides),
            }
        }
        (wrong, besides)
    }
}

impl TableCatalog {
    fn compare(&self, table: &str, wanted: &Self, wrong: &mut Vec<String>, besides: &mut Vec<String>) {
        let parts = [
            ("column", &self.columns, &wanted.columns),
            ("index", &self.indexes, &wanted.indexes),
            ("reference of", &self.references, &wanted.references),
        ];
        for (what, found, wanted) in parts {
            for (name, wanted) in wanted {
                match found.get(name) {
                    None => wrong.push(format!("{table}: {what} {name} is missing: it must be {wanted}")),
                    Some(found) if found != wanted => {
                        wrong.push(format!("{table}: {what} {name} is {found}, and must be {wanted}"));
                    }
                    Some(_) => {}
                }
            }
            for (name, text) in found.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
                let sentence = format!("{table}: {what} {name} ({text}) is nobody's");
                if what == "column" && !self.optional.contains(name) {
                    wrong.push(format!("{sentence}, and no row can be added without it"));
                } else {
                    besides.push(sentence);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, &str)]) -> Catalog {
        let columns: BTreeMap<String, String> =
            columns.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let optional =
            columns.iter().filter(|(_, text)| !text.contains("NOT NULL")).map(|(name, _)| name.clone());
        let table = TableCatalog { optional: optional.collect(), columns, ..TableCatalog::default() };
        Catalog { tables: [("a".to_owned(), table)].into() }
    }

    #[test]
    fn every_difference_is_said_and_what_is_in_nobodys_way_is_told_apart() {
        let found = table(&[("x", "TEXT"), ("mine", "TEXT"), ("theirs", "TEXT NOT NULL")]);
        let wanted = table(&[("x", "INTEGER"), ("y", "TEXT")]);
        let (wrong, besides) = found.compare(&wanted);
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong.iter().any(|text| text.contains("theirs") && text.contains("no row can be added")));
        assert_eq!(besides, ["a: column mine (TEXT) is nobody's"]);
        assert_eq!(wanted.compare(&wanted), (vec![], vec![]));
        assert_eq!(Catalog::default().compare(&wanted).0, ["table a is missing"]);
    }
}
