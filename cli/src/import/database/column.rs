//! One column as a field.

use fourfold::migrations::ColumnDetails;
use fourfold_model::model::IdKind;
use fourfold_model::pascal;
use fourfold_model::types::Scalar;

use super::expression::{self, Default, Rule};
use super::roles::{Role, role_named};
use super::table::id_scalar;
use super::types::Mapped;
use crate::import::written::{self, Variant};
use crate::scaffold::resource::{ChoiceView, FieldView, id_type};

/// A column, and what is known of it.
pub(super) struct Drawing<'a> {
    pub(super) table: &'a str,
    pub(super) resource: &'a str,
    pub(super) column: &'a ColumnDetails,
    /// The name of the field.
    pub(super) name: &'a str,
    pub(super) mapped: Mapped,
    pub(super) rules: Vec<Rule>,
    pub(super) role: Option<Role>,
    pub(super) id: Option<IdKind>,
    pub(super) reference: Option<(String, IdKind)>,
    pub(super) unique: bool,
    pub(super) indexed: bool,
}

/// The field of a column.
pub(super) struct DrawnField {
    pub(super) field: FieldView,
    pub(super) choice: Option<ChoiceView>,
    /// The type that it got.
    pub(super) mapped: Mapped,
    pub(super) notes: Vec<String>,
}

/// What nobody should be shown.
const SECRETS: [&str; 7] = ["password", "passwd", "secret", "private_key", "api_key", "encrypted_", "_token"];

impl Drawing<'_> {
    pub(super) fn draw(mut self) -> DrawnField {
        let mut notes = Vec::new();
        if let Some(id) = self.id {
            self.mapped.scalar = id_scalar(id);
            let doc = self.column.comment.clone().unwrap_or_else(|| {
                match id {
                    IdKind::Uuid => "Made by the server.",
                    IdKind::I64 => "Counted by the database.",
                    IdKind::String => "Given by the caller.",
                }
                .to_owned()
            });
            let field = written::field(self.name, id_type(id).to_owned(), &doc, &["id".to_owned()]);
            return DrawnField { field, choice: None, mapped: self.mapped, notes };
        }
        if let Some(role) = self.role {
            return self.kept(role, notes);
        }
        if role_named(self.column.name.as_str()).is_some_and(|role| role != Role::DeletedAt)
            && !self.column.not_null
        {
            notes.push(self.note(
                "it is a field like any other, because it may be null: where no row holds null, make it NOT NULL and import again, \
                 and the store keeps it",
            ));
        }
        let choice = self.choice(&mut notes);
        let mut words = Vec::new();
        if let Some((full, id)) = &self.reference {
            self.mapped.scalar = id_scalar(*id);
            self.mapped.most = None;
            words.push(format!("references = {full:?}"));
        }
        let secret = {
            let name = self.name;
            let is_text = matches!(self.mapped.scalar, Scalar::String | Scalar::Bytes);
            is_text && SECRETS.iter().any(|part| name.contains(part))
        };
        if secret {
            words.extend(["input_only", "sensitive"].map(str::to_owned));
            notes.push(self.note(
                "by its name it is a secret: it is accepted and never shown; take `input_only` and `sensitive` away where it is none",
            ));
        }
        self.lookups(&mut words, secret, choice.is_some(), &mut notes);
        let default = self.default(choice.as_ref(), &mut notes);
        words.extend(default.map(|default| format!("default = {default}")));
        let rules = self.validate(choice.is_some(), &mut notes);
        if !rules.is_empty() {
            words.push(format!("validate({})", rules.join(", ")));
        }
        let bare = choice.as_ref().map_or_else(|| self.mapped.rust(), |(name, _)| name.clone());
        let ty = if self.column.not_null { bare } else { format!("Option<{bare}>") };
        let field = written::field(self.name, ty, self.column.comment.as_deref().unwrap_or_default(), &words);
        let choice = choice.map(|(name, variants)| {
            let words = fourfold_model::snake(self.resource).replace('_', " ");
            let what = self.name.replace('_', " ");
            let doc = format!("What the {what} of {} can be.", crate::spec::with_article(&words));
            written::choice(name, &doc, &variants)
        });
        DrawnField { field, choice, mapped: self.mapped, notes }
    }

    fn note(&self, text: impl std::fmt::Display) -> String {
        format!("{}.{}: {text}", self.table, self.column.name)
    }

    /// A field that the store writes.
    fn kept(mut self, role: Role, notes: Vec<String>) -> DrawnField {
        let mut words = vec![role.word().to_owned()];
        let (ty, usual) = match role {
            Role::Version => {
                self.mapped.scalar = Scalar::I64;
                ("i64", "Counts the changes: the `ETag`.")
            }
            Role::CreatedAt => ("Timestamp", "When it was made."),
            Role::UpdatedAt => ("Timestamp", "When it last changed."),
            Role::DeletedAt => ("Option<Timestamp>", "When it was deleted: then nobody finds it any more."),
        };
        if role != Role::DeletedAt && role != Role::Version && self.indexed {
            words.extend(["filter", "sort"].map(str::to_owned));
        }
        let doc = self.column.comment.as_deref().unwrap_or(usual);
        let field = written::field(self.name, ty.to_owned(), doc, &words);
        DrawnField { field, choice: None, mapped: self.mapped, notes }
    }

    /// The values of a column with an enum, or a check that lists them, where each can be the name of a variant.
    fn choice(&mut self, notes: &mut Vec<String>) -> Option<(String, Vec<Variant>)> {
        let listed = self.rules.iter().position(|rule| matches!(rule, Rule::OneOf(_)));
        let values = if self.column.values.is_empty() {
            match self.rules.remove(listed?) {
                Rule::OneOf(values) if self.mapped.scalar == Scalar::String && !self.mapped.list => values,
                other => {
                    self.rules.push(other);
                    return None;
                }
            }
        } else {
            self.column.values.clone()
        };
        self.mapped.most = None;
        let name = format!("{}{}", self.resource, pascal(self.name));
        if let Some(variants) = variants(&values) {
            return Some((name, variants));
        }
        // A rule of its own kind says the same of a text.
        let escaped: Vec<String> = values.iter().map(|value| escape(value)).collect();
        notes.push(self.note(
            "its values can't all be names of a choice (letters, digits, _ and -, beginning with a letter): it is a text with a \
             pattern that takes these values alone",
        ));
        self.rules.push(Rule::OneOf(vec![format!("^({})$", escaped.join("|"))]));
        None
    }

    fn lookups(&self, words: &mut Vec<String>, secret: bool, is_choice: bool, notes: &mut Vec<String>) {
        let comparable = !self.mapped.list && self.mapped.scalar != Scalar::Json;
        if !comparable {
            if self.unique {
                notes.push(self.note("what is stored as JSON can't be `unique`: the index goes"));
            }
            return;
        }
        if self.unique {
            words.push("unique".to_owned());
        }
        if !self.indexed && self.reference.is_none() || secret {
            return;
        }
        if ["filter", "order_by", "page_size", "page_token"].contains(&self.name) {
            notes.push(self.note("lists can't filter by it: they have a parameter of that name"));
            return;
        }
        words.push("filter".to_owned());
        let ordered = self.mapped.scalar.info().ordered && self.mapped.scalar != Scalar::Bool;
        if self.indexed && ordered && !is_choice && self.reference.is_none() {
            words.push("sort".to_owned());
        }
    }

    fn default(&self, choice: Option<&(String, Vec<Variant>)>, notes: &mut Vec<String>) -> Option<String> {
        let text = self.column.default.as_deref()?;
        let said = match expression::default(text) {
            // An `Option` is null by itself.
            Default::Null | Default::Made => return None,
            other => self.literal(choice, other),
        };
        if said.is_none() && !self.mapped.list {
            notes.push(self.note(format_args!(
                "its default {text} is no literal of its type: write `default = ..` with an expression of Rust, or set it in \
                 `Behavior::create`"
            )));
        }
        said
    }

    fn literal(&self, choice: Option<&(String, Vec<Variant>)>, default: Default) -> Option<String> {
        if let Some((name, variants)) = choice {
            let Default::Text(text) = default else { return None };
            let variant = variants.iter().find(|variant| variant.wire == text)?;
            return Some(format!("{name}::{}", variant.name));
        }
        if self.mapped.list {
            return None;
        }
        let number = match &default {
            Default::Number(text) | Default::Text(text) => text.as_str(),
            _ => "",
        };
        match self.mapped.scalar {
            Scalar::String => match default {
                Default::Text(text) | Default::Number(text) => Some(format!("{text:?}")),
                _ => None,
            },
            Scalar::Bool => match (&default, number) {
                (Default::Bool(value), _) => Some(value.to_string()),
                (_, "1" | "t" | "true") => Some("true".to_owned()),
                (_, "0" | "f" | "false") => Some("false".to_owned()),
                _ => None,
            },
            Scalar::I32 => number.parse::<i32>().ok().map(|number| written::number(&number.to_string())),
            Scalar::I64 => number.parse::<i64>().ok().map(|number| written::number(&number.to_string())),
            Scalar::U32 => number.parse::<u32>().ok().map(|number| written::number(&number.to_string())),
            Scalar::U64 => number.parse::<u64>().ok().map(|number| written::number(&number.to_string())),
            Scalar::F32 | Scalar::F64 => number
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .map(|number| written::number(&format!("{number:?}"))),
            Scalar::Decimal => {
                let digits = number.trim_start_matches('-');
                let plain = digits.starts_with(|first: char| first.is_ascii_digit())
                    && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                    && digits.len() < 28;
                plain.then(|| format!("{number:?}"))
            }
            _ => None,
        }
    }

    fn validate(&self, is_choice: bool, notes: &mut Vec<String>) -> Vec<String> {
        let mut out = Vec::new();
        if is_choice {
            return out;
        }
        let (mut least, mut most) = (None::<u64>, self.mapped.most);
        let (mut low, mut high) = (None, None);
        let is_text = self.mapped.scalar == Scalar::String && !self.mapped.list;
        for rule in &self.rules {
            match rule {
                Rule::Length { min, max } if is_text => {
                    least = least.max(*min);
                    most = [most, *max].into_iter().flatten().min();
                }
                Rule::Range { min, max } if self.mapped.scalar.is_number() && !self.mapped.list => {
                    low = low.or(min.clone());
                    high = high.or(max.clone());
                }
                Rule::OneOf(pattern) if is_text => {
                    if let [pattern] = pattern.as_slice() {
                        out.push(format!("pattern({pattern:?})"));
                    }
                }
                _ => notes.push(self.note("no attribute says its CHECK: write `validate(custom = ..)`")),
            }
        }
        let of_reference = self.reference.is_some();
        if is_text && !of_reference && (least.is_some() || most.is_some()) {
            let text = |bound: Option<u64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
            let end = most.map_or_else(|| "..".to_owned(), |most| format!("..={most}"));
            out.insert(0, format!("length({}{end})", text(least)));
        }
        if let Some((least, most)) =
            self.mapped.bounds.as_ref().filter(|_| !of_reference && !self.mapped.list)
        {
            low = low.or_else(|| Some((least.clone(), true)));
            high = high.or_else(|| Some((most.clone(), true)));
        }
        if low.is_some() || high.is_some() {
            match range(self.mapped.scalar, low.as_ref(), high.as_ref()) {
                Some(range) => out.insert(0, format!("range({range})")),
                None => notes.push(self.note(
                    "no attribute says a bound that a number has to be above: write `validate(custom = ..)`",
                )),
            }
        }
        out
    }
}

/// `0..=100`, in the literals of the type.
fn range(scalar: Scalar, low: Option<&(String, bool)>, high: Option<&(String, bool)>) -> Option<String> {
    let literal = |number: &str| match scalar {
        Scalar::Decimal => Some(format!("{number:?}")),
        Scalar::F32 | Scalar::F64 => {
            number.parse::<f64>().ok().map(|number| written::number(&format!("{number:?}")))
        }
        _ => number.parse::<i128>().ok().map(|number| written::number(&number.to_string())),
    };
    let low = match low {
        None => String::new(),
        Some((number, true)) => literal(number)?,
        // More than a whole number is at least the next one.
        Some((number, false)) if scalar.is_integer() => {
            written::number(&(number.parse::<i128>().ok()? + 1).to_string())
        }
        Some(_) => return None,
    };
    let high = match high {
        None => "..".to_owned(),
        Some((number, true)) => format!("..={}", literal(number)?),
        Some((number, false)) => format!("..{}", literal(number)?),
    };
    Some(format!("{low}{high}"))
}

/// The variants of these values, if all of them can be some.
pub(super) fn variants(values: &[String]) -> Option<Vec<Variant>> {
    let mut variants: Vec<Variant> = Vec::new();
    for value in values {
        let plain = value.starts_with(|first: char| first.is_ascii_alphabetic())
            && value.len() <= 63
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let mut name = pascal(value);
        if name == "Self" {
            name.push_str("Value");
        }
        let taken = variants.iter().any(|other| other.name.eq_ignore_ascii_case(&name));
        if !plain || taken || name.eq_ignore_ascii_case("unspecified") || name.is_empty() {
            return None;
        }
        variants.push(Variant { name, wire: value.clone(), doc: String::new() });
    }
    (!variants.is_empty()).then_some(variants)
}

/// A text as a regular expression of itself.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |out, next| {
        if next.is_alphanumeric() || next == ' ' || next == '_' {
            out + &next.to_string()
        } else {
            format!("{out}\\{next}")
        }
    })
}
