//! The words of the attributes: where each belongs and what it takes. The one list that parsing, help and near-miss
//! suggestions read.

use std::collections::BTreeSet;

/// A place where words are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// `#[resource(..)]`
    Resource,
    /// `#[resource(operation(..))]`
    Operation,
    /// `#[field(..)]` in a resource
    Field,
    /// `#[field(..)]` in a value
    ValueField,
    /// `#[field(validate(..))]`
    Validate,
    /// `#[value(..)]`
    Value,
    /// `#[choice(..)]` on an enum
    Choice,
    /// `#[choice(..)]` on a variant
    Variant,
    /// `#[resource(task(..))]`
    ResourceTask,
    /// `#[resource(operation(.., task(..)))]`, and what is said of one standard operation
    OperationTask,
    /// `#[task(..)]`
    Task,
    /// `#[field(..)]` in a task
    TaskField,
    /// `#[event(..)]`
    Event,
    /// `#[field(..)]` in an event
    EventField,
}

use Position::{
    Choice, Event, EventField, Field, Operation, OperationTask, Resource, ResourceTask, Task, TaskField,
    Validate, Value, ValueField, Variant,
};

/// A word.
struct Word {
    name: &'static str,
    /// An example of how it is written.
    form: &'static str,
    positions: &'static [Position],
}

impl Word {
    /// Where it belongs.
    fn homes(&self) -> String {
        let homes: Vec<&str> = self.positions.iter().map(|home| home.home()).collect();
        homes.join(", or in ")
    }
}

const fn word(name: &'static str, form: &'static str, positions: &'static [Position]) -> Word {
    Word { name, form, positions }
}

const FIELD: &[Position] = &[Field];
const ANY_FIELD: &[Position] = &[Field, ValueField, TaskField];
const DEFAULT_FIELD: &[Position] = &[Field, ValueField, TaskField, EventField];
const DEPRECATED: &[Position] = &[Field, ValueField, TaskField, EventField, Operation, Variant];
const MESSAGE_FIELD: &[Position] = &[Field, ValueField];
const NUMBERED: &[Position] = &[Field, ValueField, Variant];
const VALIDATE: &[Position] = &[Validate];
const RESOURCE_TASK: &[Position] = &[ResourceTask];
const ANY_TASK: &[Position] = &[ResourceTask, OperationTask, Task];

const WORDS: &[Word] = &[
    word("package", "package = \"shop.order.v1\"", &[Resource]),
    word("path", "path = \"orders\"", &[Resource]),
    word("table", "table = \"orders\"", &[Resource]),
    word("behavior", "behavior", &[Resource]),
    word("operation", "operation(cancel, input = CancelOrder, event = \"cancelled\")", &[Resource]),
    word("crate", "crate = \"my_fourfold\"", &[Resource, Value, Choice, Task, Event]),
    word("input", "input = CancelOrder", &[Operation]),
    word("event", "event = \"cancelled\"", &[Operation]),
    word("task", "task(queue = \"orders\")", &[Resource, Operation]),
    word("queue", "queue = \"orders\"", ANY_TASK),
    word("retries", "retries = 5", ANY_TASK),
    word("backoff", "backoff = \"1s\"", ANY_TASK),
    word("backoff_max", "backoff_max = \"10m\"", ANY_TASK),
    word("timeout", "timeout = \"30s\"", ANY_TASK),
    word("create", "create(timeout = \"5s\")", RESOURCE_TASK),
    word("update", "update(timeout = \"5s\")", RESOURCE_TASK),
    word("delete", "delete(timeout = \"5s\")", RESOURCE_TASK),
    word("id", "id", FIELD),
    word("output_only", "output_only", FIELD),
    word("input_only", "input_only", FIELD),
    word("immutable", "immutable", FIELD),
    word("unique", "unique", FIELD),
    word("filter", "filter", FIELD),
    word("sort", "sort", FIELD),
    word("default", "default = 1", DEFAULT_FIELD),
    word("references", "references = \"shop.user.v1.User\"", FIELD),
    word("validate", "validate(length(1..=50))", ANY_FIELD),
    word("created_at", "created_at", FIELD),
    word("updated_at", "updated_at", FIELD),
    word("version", "version", FIELD),
    word("deleted_at", "deleted_at", FIELD),
    word("sensitive", "sensitive", ANY_FIELD),
    word("was", "was = \"old_name\"", MESSAGE_FIELD),
    word("deprecated", "deprecated = \"say `sku` instead\"", DEPRECATED),
    word("number", "number = 7", NUMBERED),
    word("length", "length(1..=50)", VALIDATE),
    word("range", "range(0..=100)", VALIDATE),
    word("email", "email", VALIDATE),
    word("url", "url", VALIDATE),
    word("pattern", "pattern(\"^[A-Z]{3}$\")", VALIDATE),
    word("custom", "custom = check_name", VALIDATE),
    word("name", "name = \"in_transit\"", &[Variant]),
    word("name", "name = \"order.confirm\"", &[Task]),
    word("cron", "cron = \"0 3 * * *\"", &[Task]),
    word("time_zone", "time_zone = \"Europe/Amsterdam\"", &[Task]),
    word("type", "type = \"shop.order.v1.order.delayed\"", &[Event]),
    word("subject", "subject = \"order_id\"", &[Event]),
];

/// Every word of every attribute, once.
#[must_use]
pub fn words() -> BTreeSet<&'static str> {
    WORDS.iter().map(|word| word.name).collect()
}

impl Position {
    /// How the place is written.
    pub(crate) const fn place(self) -> &'static str {
        match self {
            Resource => "`#[resource(..)]`",
            Operation => "`operation(..)`",
            Field | ValueField | TaskField | EventField => "`#[field(..)]`",
            Validate => "`validate(..)`",
            Value => "`#[value(..)]`",
            Choice | Variant => "`#[choice(..)]`",
            ResourceTask | OperationTask => "`task(..)`",
            Task => "`#[task(..)]`",
            Event => "`#[event(..)]`",
        }
    }

    /// What is written there, for "is not a word for ..".
    const fn about(self) -> &'static str {
        match self {
            Resource => "a resource",
            Operation => "an operation",
            Field => "a resource's field",
            ValueField => "a value's field",
            Validate => "a rule",
            Value => "a value",
            Choice => "a choice",
            Variant => "a variant",
            ResourceTask => "the tasks of a resource",
            OperationTask => "the task of an operation",
            Task => "a task",
            TaskField => "a task's field",
            Event => "an event",
            EventField => "an event's field",
        }
    }

    /// Where the place is, for "it belongs in ..".
    const fn home(self) -> &'static str {
        match self {
            Resource => "`#[resource(..)]` on a resource's struct",
            Operation => "`#[resource(operation(..))]`",
            Field => "`#[field(..)]` on a resource's field",
            ValueField => "`#[field(..)]` on a value's field",
            Validate => "`#[field(validate(..))]`",
            Value => "`#[value(..)]` on a value's struct",
            Choice => "`#[choice(..)]` on a choice's enum",
            Variant => "`#[choice(..)]` on a variant",
            ResourceTask => "`#[resource(task(..))]`",
            OperationTask => "`operation(.., task(..))`",
            Task => "`#[task(..)]` on a task's struct",
            TaskField => "`#[field(..)]` on a task's field",
            Event => "`#[event(..)]` on an event's struct",
            EventField => "`#[field(..)]` on an event's field",
        }
    }

    fn words(self) -> impl Iterator<Item = &'static Word> {
        WORDS.iter().filter(move |word| word.positions.contains(&self))
    }

    /// What may be written here, for a help text.
    pub(crate) fn allowed(self) -> String {
        let names: Vec<String> = self.words().map(|word| format!("`{}`", word.name)).collect();
        format!("allowed here: {}", names.join(", "))
    }
}

/// An example of how a word of this place is written.
pub(crate) fn form(position: Position, name: &str) -> Option<&'static str> {
    position.words().find(|word| word.name == name).map(|word| word.form)
}

/// What is wrong with a word that the place does not know, and what to write instead.
pub(crate) fn unknown(position: Position, name: &str) -> (String, String) {
    let place = position.place();
    let elsewhere: Vec<String> = WORDS
        .iter()
        .filter(|word| word.name == name)
        .map(|word| format!("`{}` belongs in {}; ", word.form, word.homes()))
        .collect();
    if !elsewhere.is_empty() {
        let help = format!("{}{}", elsewhere.concat(), position.allowed());
        return (format!("`{name}` is not a word for {}", position.about()), help);
    }
    let what = format!("unknown word `{name}` in {place}");
    if let Some(word) = nearest(name, position.words()) {
        return (what, format!("did you mean `{}`?", word.name));
    }
    let help = match nearest(name, WORDS.iter()) {
        Some(word) => format!("did you mean `{}`? It belongs in {}", word.form, word.homes()),
        None => position.allowed(),
    };
    (what, help)
}

/// The word that is a letter or two away.
fn nearest<'a>(name: &str, words: impl Iterator<Item = &'a Word>) -> Option<&'a Word> {
    words
        .filter_map(|word| Some((away(name, word.name)?, word)))
        .min_by_key(|(distance, word)| (*distance, word.name))
        .map(|(_, word)| word)
}

/// The name that is a letter or two away from what somebody wrote.
pub fn nearest_name<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.into_iter().filter_map(|name| Some((away(wrong, name)?, name)));
    near.min().map(|(_, name)| name)
}

/// How many letters are wrong, where it is a few of them.
fn away(wrong: &str, name: &str) -> Option<usize> {
    Some(distance(wrong, name)).filter(|distance| *distance <= name.len().div_ceil(4).min(2))
}

/// The number of letters to add, remove, change or swap with a neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("unique", "unique"), 0);
        assert_eq!(distance("uniqe", "unique"), 1);
        assert_eq!(distance("fitler", "filter"), 1);
        assert_eq!(distance("", "id"), 2);
    }

    #[test]
    fn a_near_miss_is_suggested_and_a_far_one_is_not() {
        assert_eq!(unknown(Field, "uniqe").1, "did you mean `unique`?");
        assert!(
            unknown(Field, "lenght").1.contains("`length(1..=50)`? It belongs in `#[field(validate(..))]`")
        );
        assert!(unknown(Field, "colour").1.starts_with("allowed here: `id`"));
    }

    /// An item with the word, as its form says, at the place.
    fn item(position: Position, form: &str) -> String {
        let fields = |attribute: &str| {
            format!("struct Thing {{ #[field(id)] id: Uuid, #[field({attribute})] a: i32 }}")
        };
        match position {
            Resource => format!("#[resource({form})] {}", fields("")),
            Operation => format!("#[resource(operation(close, {form}))] {}", fields("")),
            Field => fields(form),
            Validate => fields(&format!("validate({form})")),
            ValueField => format!("struct Thing {{ #[field({form})] a: i32 }}"),
            Value => format!("#[value({form})] struct Thing {{ a: i32 }}"),
            Choice => format!("#[choice({form})] enum Thing {{ A }}"),
            Variant => format!("enum Thing {{ #[choice({form})] A }}"),
            ResourceTask => format!("#[resource(task({form}))] {}", fields("")),
            OperationTask => format!("#[resource(operation(close, task({form})))] {}", fields("")),
            Task => format!("#[task({form})] struct Thing {{ a: i32 }}"),
            TaskField => format!("#[task(name = \"a.b\")] struct Thing {{ #[field({form})] a: i32 }}"),
            Event => format!("#[event({form})] struct Thing {{ a: i32 }}"),
            EventField => format!("#[event(type = \"a.b\")] struct Thing {{ #[field({form})] a: i32 }}"),
        }
    }

    #[test]
    fn every_word_of_the_list_is_read_as_its_form_says() {
        for word in WORDS {
            for position in word.positions {
                let code = item(*position, word.form);
                let input = syn::parse_str(&code).expect("an item");
                let errors = match position {
                    Resource | Operation | Field | Validate | ResourceTask | OperationTask => {
                        crate::resource(&input).errors
                    }
                    Task | TaskField => crate::task(&input).errors,
                    Event | EventField => crate::event(&input).errors,
                    ValueField | Value => crate::value(&input).errors,
                    Choice | Variant => crate::choice(&input).errors,
                };
                for error in errors {
                    let message = error.message();
                    let misread = ["unknown", "not a word", "takes", "can't be read", "more after"];
                    assert!(!misread.iter().any(|text| message.contains(text)), "{code}: {message}");
                }
            }
        }
    }
}
