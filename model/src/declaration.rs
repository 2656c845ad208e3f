//! The declaration: what was written, with its spans.
//!
//! The public part is what the macros need beside the model. It is complete whatever the errors are, so that they can
//! write something that type-checks.

use std::collections::BTreeMap;

use syn::{Expr, Generics, Ident, LitStr, Path, Type, Visibility};

use crate::errors::Errors;
use crate::model::{self, Role, Shape};

/// A struct or an enum as it was written.
pub struct Declaration {
    /// Its name.
    pub ident: Ident,
    /// Its visibility.
    pub vis: Visibility,
    /// Its generics; there are none where there are no errors.
    pub generics: Generics,
    /// The runtime crate's path, where the attribute names one.
    pub krate: Option<Path>,
    /// Whether the struct says `#[resource(behavior)]`.
    pub behavior: bool,
    /// The fields, in the order of the model's fields.
    pub fields: Vec<FieldDecl>,
    /// The operations, in the order of the model's operations.
    pub operations: Vec<OperationDecl>,
    /// The variants, in the order of the model's variants.
    pub variants: Vec<VariantDecl>,
    pub(crate) doc: String,
    pub(crate) names: NameWords,
    pub(crate) tasks: Slot<TasksDecl>,
    pub(crate) task: TaskWords,
    pub(crate) event: EventWords,
    /// Whether it is a struct or an enum of the kind that the derive is for.
    pub(crate) fits: bool,
}

/// A field as it was written.
pub struct FieldDecl {
    /// Its name; raw (`r#type`) where the struct writes it so.
    pub ident: Ident,
    /// Its visibility.
    pub vis: Visibility,
    /// Its type.
    pub ty: Type,
    /// Its type without `Option`.
    pub inner: Type,
    /// The expression of `default = ..`.
    pub default: Option<Expr>,
    /// The functions of `validate(custom = ..)`, in the order of the model's [`Rule::Custom`](model::Rule::Custom).
    pub customs: Vec<Path>,
    pub(crate) name: String,
    pub(crate) doc: String,
    /// `None` where the type is refused.
    pub(crate) shape: Option<Shape>,
    pub(crate) flags: Flags,
    pub(crate) references: Slot<LitStr>,
    pub(crate) default_word: Slot<Expr>,
    pub(crate) rules: Vec<RuleDecl>,
    pub(crate) role: Role,
    pub(crate) checked_default: Option<model::DefaultValue>,
    pub(crate) was: Slot<LitStr>,
    pub(crate) deprecated: Slot<LitStr>,
    pub(crate) number: NumberDecl,
}

/// An operation as it was written.
pub struct OperationDecl {
    /// Its name; raw where it is a keyword.
    pub ident: Ident,
    /// The type of its input.
    pub input: Option<Path>,
    pub(crate) name: String,
    pub(crate) event: Slot<LitStr>,
    pub(crate) deprecated: Slot<LitStr>,
    pub(crate) task: Slot<SettingsDecl>,
}

/// How the operations of a resource run as tasks.
#[derive(Default)]
pub(crate) struct TasksDecl {
    pub(crate) all: SettingsDecl,
    pub(crate) create: Slot<SettingsDecl>,
    pub(crate) update: Slot<SettingsDecl>,
    pub(crate) delete: Slot<SettingsDecl>,
}

/// How a task runs.
#[derive(Default)]
pub(crate) struct SettingsDecl {
    pub(crate) queue: Slot<LitStr>,
    pub(crate) retries: Slot<Expr>,
    pub(crate) backoff: Slot<LitStr>,
    pub(crate) backoff_max: Slot<LitStr>,
    pub(crate) timeout: Slot<LitStr>,
    /// What it says, without what is wrong; nothing until it is checked.
    pub(crate) checked: model::TaskSettings,
}

/// The words of a task that belongs to no resource.
#[derive(Default)]
pub(crate) struct TaskWords {
    pub(crate) name: Slot<LitStr>,
    /// Whether there is one, right or wrong.
    pub(crate) name_was_written: bool,
    pub(crate) settings: SettingsDecl,
    pub(crate) cron: Slot<LitStr>,
    pub(crate) time_zone: Slot<LitStr>,
}

/// The words of an event that belongs to no resource's own.
#[derive(Default)]
pub(crate) struct EventWords {
    pub(crate) name: Slot<LitStr>,
    /// Whether there is one, right or wrong.
    pub(crate) name_was_written: bool,
    pub(crate) subject: Slot<LitStr>,
}

/// A variant as it was written.
pub struct VariantDecl {
    /// Its name.
    pub ident: Ident,
    pub(crate) doc: String,
    pub(crate) wire: Slot<LitStr>,
    pub(crate) deprecated: Slot<LitStr>,
    pub(crate) number: NumberDecl,
}

/// `number = 7`.
#[derive(Default)]
pub(crate) struct NumberDecl {
    pub(crate) word: Slot<Expr>,
    /// What it says; `None` until it is checked, and where it is wrong.
    pub(crate) checked: Option<u32>,
}

/// The words of a resource that name something.
#[derive(Default)]
pub(crate) struct NameWords {
    pub(crate) package: Slot<LitStr>,
    pub(crate) path: Slot<LitStr>,
    pub(crate) table: Slot<LitStr>,
    pub(crate) krate: Slot<LitStr>,
}

/// A rule of `validate(..)`.
pub(crate) struct RuleDecl {
    pub(crate) word: Ident,
    pub(crate) kind: RuleKind,
    /// What it means; `None` until it is checked, and where it is wrong.
    pub(crate) rule: Option<model::Rule>,
}

/// What a rule says.
pub(crate) enum RuleKind {
    Length(Expr),
    Range(Expr),
    Email,
    Url,
    Pattern(LitStr),
    Custom(Path),
}

/// A word of a field that stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flag {
    Id,
    CreatedAt,
    UpdatedAt,
    Version,
    DeletedAt,
    OutputOnly,
    InputOnly,
    Immutable,
    Unique,
    Filter,
    Sort,
    Sensitive,
}

impl Flag {
    pub(crate) fn from_word(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "created_at" => Self::CreatedAt,
            "updated_at" => Self::UpdatedAt,
            "version" => Self::Version,
            "deleted_at" => Self::DeletedAt,
            "output_only" => Self::OutputOnly,
            "input_only" => Self::InputOnly,
            "immutable" => Self::Immutable,
            "unique" => Self::Unique,
            "filter" => Self::Filter,
            "sort" => Self::Sort,
            "sensitive" => Self::Sensitive,
            _ => return None,
        })
    }
}

/// The words of a field that stand alone, each with where it was written.
#[derive(Default)]
pub(crate) struct Flags(BTreeMap<Flag, Ident>);

impl Flags {
    pub(crate) fn has(&self, flag: Flag) -> bool {
        self.0.contains_key(&flag)
    }

    pub(crate) fn word(&self, flag: Flag) -> Option<&Ident> {
        self.0.get(&flag)
    }

    pub(crate) fn set(&mut self, flag: Flag, word: &Ident, errors: &mut Errors) {
        if self.has(flag) {
            twice(word, errors);
        } else {
            self.0.insert(flag, word.clone());
        }
    }

    /// Reports the word, where it was written, and goes on as if it were not there.
    pub(crate) fn refuse(&mut self, flag: Flag, errors: &mut Errors, what: &str, help: &str) {
        if let Some(word) = self.0.remove(&flag) {
            errors.at(&word, format_args!("`{word}` {what}"), help);
        }
    }
}

/// What a word says, once.
pub(crate) struct Slot<T>(Option<(Ident, T)>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Slot<T> {
    /// Keeps the first and reports the second.
    pub(crate) fn set(&mut self, word: &Ident, value: Option<T>, errors: &mut Errors) {
        if self.0.is_some() {
            twice(word, errors);
        } else if let Some(value) = value {
            self.0 = Some((word.clone(), value));
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut().map(|(_, value)| value)
    }

    pub(crate) const fn is_set(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn take(&mut self) -> Option<(Ident, T)> {
        self.0.take()
    }

    /// Reports the word, where it was written, and goes on as if it were not there.
    pub(crate) fn refuse(&mut self, errors: &mut Errors, what: &str, help: &str) {
        if let Some((word, _)) = self.0.take() {
            errors.at(&word, format_args!("`{word}` {what}"), help);
        }
    }
}

fn twice(word: &Ident, errors: &mut Errors) {
    errors.at(word, format_args!("`{word}` is said twice"), "keep one of the two");
}

impl OperationDecl {
    /// How its event is called among the variants of the resource's events, where it publishes one.
    #[must_use]
    pub fn event_variant(&self) -> Option<String> {
        self.event.get().map(|event| crate::names::pascal(&event.value()))
    }

    /// Why nobody should call it any more.
    #[must_use]
    pub fn deprecated(&self) -> Option<String> {
        self.deprecated.get().map(LitStr::value)
    }
}

impl Declaration {
    /// Fills the public parts that depend on what the check accepted.
    pub(crate) fn settle(&mut self) {
        for field in &mut self.fields {
            field.default = match field.checked_default {
                Some(_) => field.default_word.get().cloned(),
                None => None,
            };
            field.customs = field
                .rules
                .iter()
                .filter_map(|rule| match &rule.kind {
                    RuleKind::Custom(path) if rule.rule.is_some() => Some(path.clone()),
                    _ => None,
                })
                .collect();
        }
    }
}
