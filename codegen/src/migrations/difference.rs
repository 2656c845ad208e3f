//! What has to become of the tables that are there, so that they are those which the structs want.

use std::collections::{BTreeMap, BTreeSet};

use fourfold_model::ddl::Engine;

use super::convert::{Conversion, convert};
use super::renames;
use super::schema::{Column, ColumnRole, Schema, Table};
use super::value::Sql;

/// What a person says beside the structs.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Whether what was kept, and what goes now, may be dropped with its data.
    pub allow_destructive: bool,
    /// What a column holds from now on, as an SQL expression, by `orders.total`; of one engine alone where it is said.
    pub using: BTreeMap<String, Vec<(Option<Engine>, String)>>,
}

/// What has to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Tables and indexes of the store's own that are new.
    pub(super) own: BTreeSet<String>,
    /// New tables.
    pub(super) created: Vec<(String, Table)>,
    /// Tables that go, with their rows.
    pub(super) dropped: Vec<String>,
    /// Tables that change.
    pub(super) changed: Vec<Change>,
    /// What is done, a sentence each.
    pub sentences: Vec<String>,
    /// What can't be done like this, each with a way out.
    pub refused: Vec<String>,
    /// What the tables are then.
    pub after: Schema,
}

/// What changes in a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    /// What it is called from now on.
    pub(super) table: String,
    /// What it was called, where that is another name.
    pub(super) was: Option<String>,
    /// The columns as they were, by the names that they have from now on.
    pub(super) before: Table,
    /// The columns as they were, under their old names.
    pub(super) original: Table,
    pub(super) after: Table,
    /// Old and new names.
    pub(super) renames: Vec<(String, String)>,
    pub(super) adds: Vec<(Column, Option<Sql>)>,
    pub(super) drops: Vec<String>,
    pub(super) retypes: Vec<Retype>,
    /// Columns that refuse null from now on, and what rows get that hold it.
    pub(super) tightened: Vec<(String, Option<Sql>)>,
    /// Columns that allow null from now on.
    pub(super) loosened: Vec<String>,
    /// What a choice holds from now on.
    pub(super) updates: Vec<(String, Sql)>,
    /// Values that a choice has no more, which no row may hold.
    pub(super) guards: Vec<(String, Vec<String>)>,
    /// The column that said what was deleted softly, which is deleted for good.
    pub(super) buried: Option<String>,
}

/// A column of another type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Retype {
    pub(super) column: String,
    /// Over the column; `None` where the engine stores both in the same way.
    pub(super) sqlite: Option<String>,
    pub(super) postgres: Option<String>,
}

impl Difference {
    /// Compares the tables that the migrations lead to with those that the structs want.
    #[must_use]
    pub fn between(before: &Schema, wanted: &Schema, said: &Said) -> Self {
        let mut comparing = Comparing {
            said,
            used: BTreeSet::new(),
            difference: Self { after: wanted.clone(), ..Self::default() },
        };
        comparing.schema(before, wanted);
        let Comparing { used, mut difference, .. } = comparing;
        for place in said.using.keys().filter(|place| !used.contains(*place)) {
            difference.refused.push(format!(
                "--using says what `{place}` holds, and nothing has to be said of it: it takes the table and the column of a \
                 field that is new, has another type, may be null no more, or has lost values"
            ));
        }
        difference
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }
}

struct Comparing<'a> {
    said: &'a Said,
    used: BTreeSet<String>,
    difference: Difference,
}

impl Comparing<'_> {
    fn schema(&mut self, before: &Schema, wanted: &Schema) {
        let own: BTreeSet<String> = wanted.own.difference(&before.own).cloned().collect();
        self.difference.after.own.extend(before.own.iter().cloned());
        if !own.is_empty() {
            self.difference.sentences.push("make the tables of the store's own".to_owned());
        }
        self.difference.own = own;

        // The same table is the one of the same name, or else that of the same resource.
        let mut pairs: BTreeMap<&String, &String> = BTreeMap::new();
        for name in wanted.tables.keys().filter(|name| before.tables.contains_key(*name)) {
            pairs.insert(name, name);
        }
        for (name, table) in &wanted.tables {
            let of_resource = |(old, there): &(&String, &Table)| {
                there.resource == table.resource && !wanted.tables.contains_key(*old)
            };
            if !pairs.contains_key(name)
                && let Some((old, _)) = before.tables.iter().find(of_resource)
            {
                pairs.insert(name, old);
            }
        }
        let renamed: BTreeMap<&str, &str> =
            pairs.iter().map(|(new, old)| (old.as_str(), new.as_str())).collect();
        let mut columns: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (new, old) in &pairs {
            let (moved, refused) = renames::between(new, &before.tables[*old], &wanted.tables[*new]);
            self.difference.refused.extend(refused);
            columns.insert((*old).clone(), moved);
        }
        let now = |(table, column): &(String, String)| {
            let column = columns.get(table).and_then(|renames| renames.get(column)).unwrap_or(column);
            ((*renamed.get(table.as_str()).unwrap_or(&table.as_str())).to_owned(), column.clone())
        };

        for (name, table) in &wanted.tables {
            let Some(old) = pairs.get(name) else {
                self.difference.sentences.push(format!("make the table {name}"));
                self.difference.created.push((name.clone(), table.clone()));
                continue;
            };
            let original = &before.tables[*old];
            let moved = columns.get(*old).cloned().unwrap_or_default();
            let mut mapped = original.clone();
            for column in &mut mapped.columns {
                if let Some(new) = moved.get(&column.name) {
                    column.name.clone_from(new);
                }
                column.references = column.references.as_ref().map(&now);
            }
            self.table(name, old, original, mapped, table, &moved);
        }
        for (name, table) in &before.tables {
            if !pairs.values().any(|old| *old == name) {
                let mut table = table.clone();
                for column in &mut table.columns {
                    column.references = column.references.as_ref().map(&now);
                }
                self.gone(name, table);
            }
        }
    }

    fn gone(&mut self, name: &str, table: Table) {
        if self.said.allow_destructive {
            self.difference.sentences.push(format!("drop the table {name} with all of its rows"));
            self.difference.dropped.push(name.to_owned());
            return;
        }
        if !table.kept {
            self.difference.sentences.push(format!(
                "keep the table {name}, which no resource has any more (--allow-destructive drops it)"
            ));
        }
        self.difference.after.tables.insert(name.to_owned(), Table { kept: true, ..table });
    }

    fn table(
        &mut self,
        name: &str,
        old: &str,
        original: &Table,
        before: Table,
        wanted: &Table,
        renames: &BTreeMap<String, String>,
    ) {
        let mut change = Change {
            table: name.to_owned(),
            was: (name != old).then(|| old.to_owned()),
            after: wanted.clone(),
            original: original.clone(),
            renames: renames.iter().map(|(from, to)| (from.clone(), to.clone())).collect(),
            ..Change::default()
        };
        let mut done: Vec<String> = Vec::new();
        if name != old {
            done.push(format!("rename the table {old} to {name}"));
        }
        done.extend(change.renames.iter().map(|(from, to)| format!("rename the column {from} to {to}")));
        for column in &wanted.columns {
            match before.column(&column.name) {
                Some(there) => self.column(&mut change, there, column, &mut done),
                None => self.added(&mut change, column, &mut done),
            }
        }
        for column in before.columns.iter().filter(|column| wanted.column(&column.name).is_none()) {
            self.column_gone(&mut change, column, &mut done);
        }
        change.before = before;
        for engine in [Engine::Postgres, Engine::Sqlite] {
            for (verb, index) in index_changes(&change, engine) {
                let sentence = format!("{verb} {index}");
                if !done.contains(&sentence) {
                    done.push(sentence);
                }
            }
        }
        let (gone, new) = change.references();
        done.extend(gone.iter().map(|reference| format!("drop the reference {reference}")));
        done.extend(
            new.iter().map(|reference| format!("let {} refer to {}", reference.column, reference.table)),
        );

        self.difference.after.tables.insert(name.to_owned(), change.after.clone());
        if change.original.kept {
            done.push("it is a resource's again".to_owned());
        }
        if !done.is_empty() {
            self.difference.sentences.extend(done.into_iter().map(|sentence| format!("{name}: {sentence}")));
            self.difference.changed.push(change);
        }
    }

    fn added(&mut self, change: &mut Change, column: &Column, done: &mut Vec<String>) {
        let place = format!("{}.{}", change.table, column.name);
        if column.role == ColumnRole::Key {
            self.difference.refused.push(format!(
                "{place}: the id of a table that is there can't be another column; say `was = \"..\"` if it was renamed, or \
                 give the resource another table"
            ));
            return;
        }
        let fill = self.said_of(&place).or_else(|| column.default.clone());
        if fill.is_none() && !column.nullable {
            self.difference.refused.push(format!(
                "{place}: the field is new, may not be null, and nothing says what the rows hold that are there: give it a \
                 `default` that is a literal, make it an `Option`, or say --using '{place}=<SQL expression>'"
            ));
            return;
        }
        let fill = if column.nullable && !self.used.contains(&place) { None } else { fill };
        done.push(format!("add the column {}", column.name));
        change.adds.push((column.clone(), fill));
    }

    fn column(&mut self, change: &mut Change, before: &Column, wanted: &Column, done: &mut Vec<String>) {
        let name = &wanted.name;
        let place = format!("{}.{name}", change.table);
        if (before.role == ColumnRole::Key) != (wanted.role == ColumnRole::Key) {
            self.difference
                .refused
                .push(format!("{place}: the id of a table that is there can't be another column"));
            return;
        }
        let said = self.said_where_needed(&place, before, wanted);
        if before.rust != wanted.rust || before.ty != wanted.ty {
            self.retyped(change, before, wanted, said.as_ref(), done);
        }
        match (before.nullable, wanted.nullable) {
            (true, false) => {
                let fill =
                    said.clone().filter(|_| before.rust == wanted.rust).or_else(|| wanted.default.clone());
                done.push(format!("refuse null in {name}"));
                change.tightened.push((name.clone(), fill));
            }
            (false, true) => {
                done.push(format!("allow null in {name}"));
                change.loosened.push(name.clone());
            }
            _ => {}
        }
        let lost: Vec<String> = before.values.difference(&wanted.values).cloned().collect();
        if !lost.is_empty() && wanted.ty == before.ty {
            if let Some(said) = said.filter(|_| before.rust == wanted.rust) {
                change.updates.push((name.clone(), said));
            }
            done.push(format!("make sure that no row holds {} in {name}", lost.join(" or ")));
            change.guards.push((name.clone(), lost));
        } else if before.values != wanted.values {
            done.push(format!("allow more values in {name} (the column takes them as it is)"));
        }
        if before.kept {
            done.push(format!("{name} is a field again"));
        }
    }

    fn retyped(
        &mut self,
        change: &mut Change,
        before: &Column,
        wanted: &Column,
        said: Option<&Sql>,
        done: &mut Vec<String>,
    ) {
        let name = &wanted.name;
        let place = format!("{}.{name}", change.table);
        let sentence = format!("store {name} as {} instead of {}", wanted.rust, before.rust);
        if wanted.role == ColumnRole::Key {
            self.difference.refused.push(format!(
                "{place}: an id can't become {} where it was {}: it is in URLs, in events and in what others have stored. Make \
                 a new resource, and move what is needed",
                wanted.rust, before.rust
            ));
            return;
        }
        let column = fourfold_model::ddl::quote(name);
        let filled = |text: Option<&str>| text.map(|text| text.replace("{}", &column));
        let (sqlite, postgres) = match (said, convert(before, wanted)) {
            (Some(said), _) => (Some(said.sqlite.clone()), Some(said.postgres.clone())),
            (None, Conversion::Nothing) => (None, None),
            (None, Conversion::By { sqlite, postgres }) => (filled(sqlite), filled(postgres)),
            (None, Conversion::Loses) => {
                self.difference.refused.push(format!(
                    "{place}: not every {} is a {}. Say how what is stored becomes one, --using '{place}=<SQL expression over \
                     the column>', or add a field of the new type beside it, fill it, and remove this one later",
                    before.rust, wanted.rust
                ));
                return;
            }
        };
        done.push(sentence);
        change.retypes.push(Retype { column: name.clone(), sqlite, postgres });
    }

    fn column_gone(&mut self, change: &mut Change, column: &Column, done: &mut Vec<String>) {
        let name = &column.name;
        if column.role == ColumnRole::Key {
            // That the new id can't be another column is said of that one.
            return;
        }
        if self.said.allow_destructive {
            if column.role == ColumnRole::DeletedAt {
                done.push(format!("delete for good what {name} says is deleted"));
                change.buried = Some(name.clone());
            }
            done.push(format!("drop the column {name} with what it holds"));
            change.drops.push(name.clone());
            return;
        }
        if column.role == ColumnRole::DeletedAt {
            self.difference.refused.push(format!(
                "{}.{name}: rows that are deleted softly would be there again once the field is gone: keep it, or say \
                 --allow-destructive, which deletes them for good",
                change.table
            ));
            return;
        }
        let mut kept = column.clone();
        kept.keep();
        if !column.kept {
            done.push(format!(
                "keep the column {name}, which no field has any more (--allow-destructive drops it)"
            ));
        }
        if !column.nullable {
            change.loosened.push(name.clone());
        }
        change.after.columns.push(kept);
    }

    /// What `--using` says of a column, on both engines.
    fn said_of(&mut self, place: &str) -> Option<Sql> {
        let said = self.said.using.get(place)?;
        self.used.insert(place.to_owned());
        let on = |engine: Engine| {
            let exact = said.iter().find(|(of, _)| *of == Some(engine));
            exact.or_else(|| said.iter().find(|(of, _)| of.is_none())).map(|(_, text)| text.clone())
        };
        if let (Some(sqlite), Some(postgres)) = (on(Engine::Sqlite), on(Engine::Postgres)) {
            return Some(Sql { sqlite, postgres, constant: false });
        }
        self.difference.refused.push(format!(
            "--using says what `{place}` holds on one engine alone: say it for `sqlite:{place}=..` and \
             `postgres:{place}=..`, or for both at once"
        ));
        None
    }

    fn said_where_needed(&mut self, place: &str, before: &Column, wanted: &Column) -> Option<Sql> {
        let other_type = before.rust != wanted.rust || before.ty != wanted.ty;
        let loses = before.values.difference(&wanted.values).next().is_some();
        let tightened = before.nullable && !wanted.nullable;
        if other_type || loses || tightened { self.said_of(place) } else { None }
    }
}

/// What changes about the indexes, for people.
fn index_changes(change: &Change, engine: Engine) -> Vec<(&'static str, String)> {
    let Indexes { gone, new, anew, .. } = change.indexes(engine);
    let names =
        |verb, indexes: Vec<super::schema::Index>| indexes.into_iter().map(move |index| (verb, index.name));
    names("drop the index", gone)
        .chain(names("make the index", new))
        .chain(names("make anew the index", anew))
        .collect()
}

/// What becomes of the indexes of a table on an engine.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    pub(super) renamed: Vec<(super::schema::Index, super::schema::Index)>,
    pub(super) gone: Vec<super::schema::Index>,
    pub(super) new: Vec<super::schema::Index>,
    /// Those that are made in another way under the same name.
    pub(super) anew: Vec<super::schema::Index>,
}

impl Change {
    /// What the table was called.
    pub(super) fn old_name(&self) -> &str {
        self.was.as_deref().unwrap_or(&self.table)
    }

    pub(super) fn indexes(&self, engine: Engine) -> Indexes {
        let (there, wanted) = (self.before.indexes(&self.table), self.after.indexes(&self.table));
        let mut indexes = Indexes::default();
        let original = self.original.indexes(self.old_name());
        for (old, now) in original.into_iter().zip(there.clone()) {
            if old.name != now.name {
                indexes.renamed.push((old, now));
            }
        }
        for index in &there {
            match wanted.iter().find(|other| other.name == index.name) {
                None if self.drops.contains(&index.column) => {}
                None => indexes.gone.push(index.clone()),
                Some(other) if other.is_like(index, engine) => {}
                Some(other) => indexes.anew.push(other.clone()),
            }
        }
        indexes.new =
            wanted.into_iter().filter(|index| !there.iter().any(|it| it.name == index.name)).collect();
        indexes
    }

    /// The names of references that go, and those which come.
    pub(super) fn references(&self) -> (Vec<String>, Vec<super::schema::Reference>) {
        let (there, wanted) = (self.before.references(&self.table), self.after.references(&self.table));
        let is_dropped = |reference: &&super::schema::Reference| self.drops.contains(&reference.column);
        let gone = there.iter().filter(|it| !wanted.contains(it) && !is_dropped(it));
        let gone = gone.map(|reference| reference.name.clone()).collect();
        (gone, wanted.into_iter().filter(|reference| !there.contains(reference)).collect())
    }

    /// References that go by another name from now on.
    pub(super) fn renamed_references(&self) -> Vec<(String, String)> {
        let old = self.original.references(self.old_name()).into_iter();
        old.zip(self.before.references(&self.table))
            .filter(|(old, new)| old.name != new.name)
            .map(|(old, new)| (old.name, new.name))
            .collect()
    }
}
