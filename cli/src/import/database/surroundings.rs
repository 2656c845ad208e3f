//! What is around the columns of a table: rules, indexes, references and triggers.

use fourfold::migrations::IndexDetails;
use fourfold_codegen::migrations::{Engine, ThereIndex};

use super::expression;
use super::roles::Role;
use super::table::{Making, Target, is_json_check};

impl<'a> Making<'a> {
    pub(super) fn checks(&mut self) {
        for check in &self.target.details.checks {
            if self.target.details.columns.iter().any(|column| is_json_check(check, &column.name)) {
                continue;
            }
            match expression::rules(check) {
                Some(rules) => {
                    for (column, rule) in rules {
                        let known = self.target.details.columns.iter().find(|it| it.name.eq_ignore_ascii_case(&column));
                        let name = known.map_or(column, |known| known.name.clone());
                        self.rules.entry(name).or_default().push(rule);
                    }
                }
                None => self.notes.push(format!(
                    "{}: no attribute says the rule CHECK ({check}): write `validate(custom = ..)` on a field, or a `before` of \
                     `Behavior`{}",
                    self.target.details.name,
                    if self.target.engine == Engine::Postgres { "; the database keeps it, and answers as if it were broken" } else { "" }
                )),
            }
        }
    }

    /// The resource that a column points to.
    pub(super) fn reference(&mut self, column: &str) -> Option<&'a Target<'a>> {
        let details = self.target.details;
        let reference =
            details.references.iter().find(|it| matches!(it.columns.as_slice(), [only] if only == column))?;
        let chosen = self.chosen;
        let target = chosen.find(&reference.table)?;
        let to_key = match reference.targets.as_slice() {
            [] => true,
            [only] => target.key.as_ref() == Some(only),
            _ => false,
        };
        if !to_key || target.key.is_none() {
            return None;
        }
        Some(target)
    }

    /// Whether there is an index of one column that a word of the field stands for.
    pub(super) fn has_index(&self, column: &str, unique: bool) -> bool {
        self.target.details.indexes.iter().any(|index| index.unique == unique && self.is_said(index, column))
    }

    fn is_said(&self, index: &IndexDetails, column: &str) -> bool {
        let only = matches!(index.columns.as_slice(), [only] if only == column);
        only && index.condition.as_deref().is_none_or(|condition| self.says_live(condition) && index.unique)
    }

    /// `deleted_at IS NULL`, where that is what soft deletion goes by.
    fn says_live(&self, condition: &str) -> bool {
        let Some(column) = self.roles.get(&Role::DeletedAt) else { return false };
        let bare: String = condition.chars().filter(|next| !"()\"` ".contains(*next)).collect();
        bare.eq_ignore_ascii_case(&format!("{column}isnull"))
    }

    pub(super) fn indexes(&mut self) {
        for index in &self.target.details.indexes {
            let said = index.columns.first().is_some_and(|column| self.is_said(index, column));
            let known = self
                .there
                .columns
                .iter()
                .any(|it| Some(&it.name) == index.columns.first() && it.field.is_some());
            let replaced = said && known;
            if replaced
                && index.unique
                && index.condition.is_none()
                && self.roles.contains_key(&Role::DeletedAt)
            {
                self.note_of(
                    &index.columns.concat(),
                    "from now on it is unique among rows that are not deleted",
                );
            }
            if index.unique && !replaced {
                let what =
                    if index.columns.is_empty() { index.made_by.clone() } else { index.columns.join(", ") };
                self.note(format_args!(
                    "no attribute says that {what} is unique together or in part: the index stays, and who breaks it is told that \
                     there is such a row already"
                ));
            }
            self.there.indexes.push(ThereIndex {
                name: index.name.clone(),
                columns: index.columns.clone(),
                unique: index.unique,
                constraint: index.constraint,
                condition: index.condition.clone(),
                made_by: index.made_by.clone(),
                replaced,
            });
        }
    }

    /// What of the table no attribute says.
    pub(super) fn rest(&mut self) {
        for reference in &self.target.details.references {
            let columns = reference.columns.join(", ");
            let said = matches!(reference.columns.as_slice(), [only] if self.reference(only).is_some());
            if !said {
                let why = if reference.columns.len() > 1 {
                    "a reference is one field".to_owned()
                } else if self.chosen.find(&reference.table).is_none() {
                    format!("{} is not imported", reference.table)
                } else {
                    format!("it does not point to the id of {}", reference.table)
                };
                self.note_of(
                    &columns,
                    format_args!("it points to {}, and the field says nothing of it, because {why}: the migration takes the foreign \
                     key away; check it in `Behavior`", reference.table),
                );
            } else if !reference.on_delete.is_empty() {
                self.note_of(
                    &columns,
                    format_args!(
                        "ON DELETE {} has no attribute: what is pointed to can't be deleted while it is pointed to; delete what \
                         points in `Behavior::delete`, or let a subscriber do it",
                        reference.on_delete
                    ),
                );
            }
        }
        for trigger in &self.target.details.triggers {
            let stays = if self.target.engine == Engine::Postgres {
                "it stays"
            } else {
                self.there.lost.push(format!("the trigger {trigger}"));
                "the migration makes the table anew, and it goes with the old one"
            };
            self.note(format_args!(
                "the trigger {trigger} acts behind the service's back ({stays}): write what it does in `Behavior`"
            ));
        }
        if self.target.engine == Engine::Sqlite && !self.target.details.checks.is_empty() {
            self.there.lost.push("every CHECK of it".to_owned());
        }
    }
}
