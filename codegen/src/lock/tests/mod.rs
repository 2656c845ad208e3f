//! The lock as a specification: what is written, what is kept and what is refused.

mod histories;
mod inputs;
mod merges;
mod texts;
mod updates;
mod world;

use super::{Lock, Update};
use crate::source::read_text;

/// The catalog of one resource `shop.order.v1.Order` with these fields after its id, and of other items.
fn update(lock: &Lock, fields: &str, others: &str) -> Update {
    let code = format!(
        "#[derive(Resource)] #[resource(package = \"shop.order.v1\")] struct Order {{ #[field(id)] id: Uuid, {fields} }} \
         {others}"
    );
    let catalog = read_text(&code);
    assert_eq!(catalog.resources().count(), 1, "{code}");
    lock.update(&catalog)
}

/// The lock after the update, which is right.
fn updated(lock: &Lock, fields: &str, others: &str) -> Lock {
    let update = update(lock, fields, others);
    assert_eq!(update.errors, Vec::<String>::new());
    update.lock
}

/// The lines without the heading, and without the package.
fn lines(lock: &Lock) -> Vec<String> {
    lock.render().lines().skip(1).map(|line| line.replace("shop.order.v1.", "")).collect()
}

/// The lock of lines that leave the package out.
fn lock(lines: &[&str]) -> Lock {
    let lines: Vec<String> = lines.iter().map(|line| format!("shop.order.v1.{line}")).collect();
    Lock::parse(&lines.join("\n")).expect("a lock")
}

/// The one error of an update.
fn error(lock: &Lock, fields: &str, others: &str) -> String {
    let errors = update(lock, fields, others).errors;
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.concat()
}

/// Every one of the words is in the text.
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no `{word}` in: {text}");
    }
}
