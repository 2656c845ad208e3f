//! What came of a step, in words that all ways in share.

use serde_json::Value;

/// What came of a step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The row as REST shows it in JSON.
    Row(Value),
    Rows {
        rows: Vec<Value>,
        next_page_token: String,
    },
    Nothing,
    Error {
        code: String,
        violations: Vec<String>,
    },
    /// The way in has no words for the step: a number where text should be, in protobuf.
    Unsayable,
}

impl Outcome {
    /// The outcome, for people: of rows what is unlike in the other.
    pub(crate) fn unlike(&self, other: &Self) -> String {
        let members = |one: &Value, other: &Value| {
            let members = one.as_object().into_iter().flatten();
            let unlike = members.filter(|(name, value)| other[name.as_str()] != **value);
            unlike.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        };
        match (self, other) {
            (Self::Row(one), Self::Row(other)) => format!("a row with {}", members(one, other)),
            (Self::Rows { rows, .. }, Self::Rows { rows: others, .. }) if rows.len() == others.len() => {
                rows.iter().zip(others).map(|(one, other)| members(one, other)).collect::<Vec<_>>().join("; ")
            }
            _ => self.words(),
        }
    }

    /// The outcome, for people.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Row(row) => format!("the row {row}"),
            Self::Rows { rows, next_page_token } => {
                let ids: Vec<String> = rows.iter().map(|row| row["id"].to_string()).collect();
                format!("the rows {} {next_page_token}", ids.join(", "))
            }
            Self::Nothing => "nothing".to_owned(),
            Self::Error { code, violations } => format!("{code} {violations:?}"),
            Self::Unsayable => "unsayable".to_owned(),
        }
    }

    /// An error; violations in an order that doesn't depend on the way in.
    pub(crate) fn error(code: String, mut violations: Vec<String>) -> Self {
        violations.sort();
        Self::Error { code, violations }
    }
}

/// What differs from one row to the next by nature is replaced: times, ids that are made, and tokens.
pub(crate) fn comparable(outcome: &Outcome, labels: &[(String, String)]) -> Outcome {
    match outcome {
        Outcome::Row(row) => Outcome::Row(plain(row, labels)),
        Outcome::Rows { rows, next_page_token } => Outcome::Rows {
            rows: rows.iter().map(|row| plain(row, labels)).collect(),
            next_page_token: if next_page_token.is_empty() { String::new() } else { "more".to_owned() },
        },
        other => other.clone(),
    }
}

fn plain(row: &Value, labels: &[(String, String)]) -> Value {
    let mut row = row.clone();
    let Some(members) = row.as_object_mut() else { return row };
    for (name, value) in members.iter_mut() {
        match name.as_str() {
            "created_at" | "updated_at" | "deleted_at" if value.is_string() => *value = "a time".into(),
            "id" | "user_id" => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                if let Some((label, _)) = labels.iter().find(|(_, id)| *id == text) {
                    *value = format!("the id of {label}").into();
                }
            }
            _ => {}
        }
    }
    row
}
