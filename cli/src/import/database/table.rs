//! One table as a resource.

use std::collections::{BTreeMap, BTreeSet};

use fourfold::migrations::{ColumnDetails, TableDetails};
use fourfold_codegen::migrations::{Engine, There, ThereColumn};
use fourfold_model::model::IdKind;
use fourfold_model::types::Scalar;

use super::column::Drawing;
use super::expression::Rule;
use super::roles::{self, Role};
use super::types::{self, Mapped};
use super::{Chosen, Wish};
use crate::import::names;
use crate::import::written::{self, Drawn};
use crate::scaffold::resource::{ChoiceView, FieldView, id_type};
use crate::spec::{capital, with_article};

/// A table that becomes a resource: what others have to know to point to it.
pub(super) struct Target<'a> {
    pub(super) details: &'a TableDetails,
    pub(super) engine: Engine,
    /// `shop.order_item.v1.OrderItem`
    pub(super) full: String,
    pub(super) package: String,
    pub(super) name: String,
    pub(super) module: String,
    /// The name of the table from now on.
    pub(super) table: String,
    /// The column of the key; `None` where an id is added.
    pub(super) key: Option<String>,
    pub(super) id: IdKind,
}

/// What becomes of a table.
pub(super) struct Made {
    pub(super) there: There,
    pub(super) text: String,
    /// What the struct can't say, each with a way out.
    pub(super) notes: Vec<String>,
}

/// The key that can be an id, or why there is none.
pub(super) fn key(
    details: &TableDetails,
    engine: Engine,
    wish: &Wish,
) -> Result<(Option<String>, IdKind), String> {
    let added = |why: String| if wish.add_id { Ok((None, IdKind::I64)) } else { Err(why) };
    let name = match details.key.as_slice() {
        [] => {
            return added(
                "it has no key, and a resource is found by its id: say --add-id to have one counted by the database, or give \
                 it a primary key of one column"
                    .to_owned(),
            );
        }
        [only] => only,
        several => {
            return added(format!(
                "its key is of {} columns ({}), and a resource has one id: say --add-id to have one counted by the database \
                 beside them, or keep what it says in a list of the resource that it belongs to",
                several.len(),
                several.join(", ")
            ));
        }
    };
    let column = details.columns.iter().find(|column| column.name == *name);
    let Some(column) = column else { return Err(format!("its key {name} is no column")) };
    let mapped = mapped(details, column, engine, wish, true);
    let kind = match mapped.as_ref().map(|mapped| (mapped.scalar, mapped.list)) {
        Some((Scalar::I32 | Scalar::I64 | Scalar::U32, false)) => IdKind::I64,
        Some((Scalar::Uuid, false)) => IdKind::Uuid,
        Some((Scalar::String, false)) => IdKind::String,
        _ => {
            return Err(format!(
                "its key {name} is of the type {}, and an id is a UUID, a whole number or a text: say --type '{}.{name}=String', \
                 or Uuid, where one of them can stand for it",
                column.sql_type, details.name
            ));
        }
    };
    Ok((Some(name.clone()), kind))
}

/// The type of a column: the one that was said, or that of the type table.
pub(super) fn mapped(
    details: &TableDetails,
    column: &ColumnDetails,
    engine: Engine,
    wish: &Wish,
    is_key: bool,
) -> Option<Mapped> {
    if let Some(scalar) = wish.types.get(&format!("{}.{}", details.name, column.name)) {
        return Some(Mapped::of(*scalar));
    }
    let mapped = types::of(engine, &column.sql_type)
        .or_else(|| (!column.values.is_empty()).then(|| Mapped::of(Scalar::String)))?;
    if types::looks_like_uuid(&mapped, &column.name, is_key) {
        return Some(Mapped::of(Scalar::Uuid));
    }
    if types::may_be_uuid(engine, &mapped, &column.sql_type) {
        return Some(Mapped { note: Some(types::MAYBE_UUID), ..mapped });
    }
    if mapped.scalar == Scalar::String
        && details.checks.iter().any(|check| is_json_check(check, &column.name))
    {
        return Some(Mapped::of(Scalar::Json));
    }
    // SQLite's own idiom: moments as texts.
    let is_moment = roles::role_named(&column.name).is_some_and(|role| role != Role::Version);
    if engine == Engine::Sqlite && mapped.scalar == Scalar::String && is_moment {
        return Some(Mapped::of(Scalar::Timestamp));
    }
    Some(mapped)
}

/// Whether a rule says that a column holds JSON, which is what the type says as well.
pub(super) fn is_json_check(check: &str, column: &str) -> bool {
    let bare: String =
        check.chars().filter(|next| !"()\"` ".contains(*next)).collect::<String>().to_ascii_lowercase();
    let column = column.to_ascii_lowercase();
    let valid = format!("json_valid{column}");
    bare == valid || bare == format!("{valid}or{column}isnull") || bare == format!("{column}isnullor{valid}")
}

/// The struct of a table.
pub(super) fn make(target: &Target<'_>, chosen: &Chosen<'_>, wish: &Wish) -> Made {
    let mut making = Making::new(target, chosen, wish);
    making.checks();
    let mut fields = Vec::new();
    let mut choices = Vec::new();
    if target.key.is_none() {
        let name = making.id.clone();
        making.notes.push(format!(
            "{}: the database counts the id that is added, `{name}`{}",
            target.details.name,
            if target.details.key.is_empty() { "" } else { "; the old key stays unique" }
        ));
        fields.push(written::field(&name, "i64".to_owned(), "Counted by the database.", &["id".to_owned()]));
    }
    for (place, column) in target.details.columns.iter().enumerate() {
        let (field, choice) = making.column(place, column);
        fields.extend(field);
        choices.extend(choice);
    }
    making.indexes();
    making.rest();
    making.finish(fields, choices)
}

pub(super) struct Making<'a> {
    pub(super) target: &'a Target<'a>,
    pub(super) chosen: &'a Chosen<'a>,
    pub(super) wish: &'a Wish,
    pub(super) rules: BTreeMap<String, Vec<Rule>>,
    /// The names of the fields, in the order of the columns.
    pub(super) names: Vec<String>,
    /// The name of an id that is added.
    pub(super) id: String,
    pub(super) roles: BTreeMap<Role, String>,
    pub(super) there: There,
    pub(super) notes: Vec<String>,
}

impl<'a> Making<'a> {
    fn new(target: &'a Target<'a>, chosen: &'a Chosen<'a>, wish: &'a Wish) -> Self {
        let there = There {
            name: target.details.name.clone(),
            table: target.table.clone(),
            references: target.details.references.iter().map(|reference| reference.name.clone()).collect(),
            old_key: if target.key.is_none() { target.details.key.clone() } else { Vec::new() },
            ..There::default()
        };
        let (names, id) = named(target.details);
        let roles = roles::roles(target.details, target.engine, wish);
        let mut making =
            Self { target, chosen, wish, rules: BTreeMap::new(), names, id, roles, there, notes: Vec::new() };
        if target.table != target.details.name {
            making.note(format!(
                "no table of ours can be called so: the migration renames it to `{}`; a view of the old name can serve those \
                 who know that one",
                target.table
            ));
        }
        making
    }

    pub(super) fn note(&mut self, text: impl std::fmt::Display) {
        self.notes.push(format!("{}: {text}", self.target.details.name));
    }

    pub(super) fn note_of(&mut self, column: &str, text: impl std::fmt::Display) {
        self.notes.push(format!("{}.{column}: {text}", self.target.details.name));
    }

    fn column(&mut self, place: usize, details: &ColumnDetails) -> (Option<FieldView>, Option<ChoiceView>) {
        let table = self.target.details;
        let is_key = self.target.key.as_ref() == Some(&details.name);
        let reference = self.reference(&details.name);
        let mapped = mapped(table, details, self.target.engine, self.wish, is_key || reference.is_some());
        let mut there = ThereColumn {
            name: details.name.clone(),
            has_default: details.default.is_some(),
            // That of an identity goes with it.
            sequence: details.sequence.clone().filter(|_| !details.numbered),
            generated: details.generated,
            demanded: details.not_null && details.default.is_none() && !details.numbered,
            ..ThereColumn::default()
        };
        let left_out = if details.generated {
            Some(
                "it is computed, and no field is: compute it where it is shown, in `Behavior::get`"
                    .to_owned(),
            )
        } else if mapped.is_none() {
            let ty = if details.sql_type.is_empty() {
                "no type".to_owned()
            } else {
                format!("the type {}", details.sql_type)
            };
            Some(format!(
                "it has {ty}, which no field type holds, so it is left out: say --type '{}.{}=String' (or another type) where \
                 that can hold it",
                table.name, details.name
            ))
        } else {
            None
        };
        let Some(mapped) = mapped.filter(|_| left_out.is_none()) else {
            if there.demanded {
                self.note_of(&details.name, "rows can leave it out from then on: it refuses null no more");
            }
            self.note_of(&details.name, left_out.unwrap_or_default());
            self.there.columns.push(there);
            return (None, None);
        };
        if let Some(note) = mapped.note {
            self.note_of(&details.name, note);
        }
        if let Some(domain) = &details.domain {
            self.note_of(
                &details.name,
                format_args!("the type below the domain {domain} is its type: say the rules of the domain with `validate(..)`"),
            );
        }
        // Our own hidden column, in a database that a service has made.
        if details.name == fourfold_model::sql::ROW_VERSION
            && details.not_null
            && mapped.scalar == Scalar::I64
        {
            there.field = Some(details.name.clone());
            self.there.columns.push(there);
            return (None, None);
        }
        let name = self.names[place].clone();
        if name != details.name {
            self.note_of(
                &details.name,
                format_args!(
                    "no field can be called so: it is `{name}`, and the migration renames the column"
                ),
            );
        }
        let drawing = Drawing {
            table: &table.name,
            resource: &self.target.name,
            column: details,
            name: &name,
            mapped: mapped.clone(),
            rules: self.rules.remove(&details.name).unwrap_or_default(),
            role: self.roles.iter().find(|(_, column)| **column == details.name).map(|(role, _)| *role),
            id: is_key.then_some(self.target.id),
            reference: reference.map(|target| (target.full.clone(), target.id)),
            unique: self.has_index(&details.name, true),
            indexed: self.has_index(&details.name, false),
        };
        let drawn = drawing.draw();
        self.notes.extend(drawn.notes);
        (there.conversion, there.unfit) = self.conversion(&drawn.mapped, details, &name);
        there.field = Some(name);
        self.there.columns.push(there);
        (Some(drawn.field), drawn.choice)
    }

    /// What it holds from now on, and what can't be converted to that. On PostgreSQL it has its new name by then.
    fn conversion(
        &self,
        mapped: &Mapped,
        details: &ColumnDetails,
        name: &str,
    ) -> (Option<String>, Option<String>) {
        match self.target.engine {
            Engine::Sqlite => types::sqlite_conversion(mapped, &details.name),
            Engine::Postgres => {
                let ty = &details.sql_type;
                (Some(types::postgres_conversion(mapped, ty, name)), types::postgres_unfit(mapped, ty, name))
            }
        }
    }

    fn finish(self, fields: Vec<FieldView>, choices: Vec<ChoiceView>) -> Made {
        let target = self.target;
        let words = fourfold_model::snake(&target.name).replace('_', " ");
        let path = fourfold_model::kebab_plural(&target.name);
        let mut said = vec![format!("package = \"{}\"", target.package), format!("path = \"{path}\"")];
        if fourfold_model::snake(&path) != target.table {
            said.push(format!("table = \"{}\"", target.table));
        }
        let comment = target.details.comment.clone().filter(|comment| !comment.trim().is_empty());
        let drawn = Drawn {
            name: target.name.clone(),
            doc: comment.unwrap_or_else(|| format!("{}.", capital(&with_article(&words)))),
            resource: Some(said),
            fields,
        };
        let text = written::file(&capital(&path.replace('-', " ")), vec![drawn], choices);
        Made { there: self.there, text, notes: self.notes }
    }
}

/// The names of the fields, and of an id beside them. What can stay as it is does, whatever others would become.
fn named(details: &TableDetails) -> (Vec<String>, String) {
    let mut taken = BTreeSet::new();
    let mut found: Vec<Option<String>> = vec![None; details.columns.len()];
    for (place, column) in details.columns.iter().enumerate() {
        let mut alone = taken.clone();
        let name = names::field(&column.name, place, &mut alone);
        if name == column.name {
            taken = alone;
            found[place] = Some(name);
        }
    }
    let names = details.columns.iter().enumerate().zip(found).map(|((place, column), found)| {
        found.unwrap_or_else(|| names::field(&column.name, place, &mut taken))
    });
    let names = names.collect();
    let id = names::field("id", 0, &mut taken);
    (names, id)
}

/// The type of an id, where a field points to it.
pub(super) fn id_scalar(id: IdKind) -> Scalar {
    Scalar::from_rust(id_type(id)).unwrap_or(Scalar::String)
}
