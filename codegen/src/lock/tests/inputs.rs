//! What operations take: the number is fixed, the type may not change under it.

use super::{lines, says};
use crate::lock::{Lock, Update};
use crate::proto;
use crate::source::read_text;

const VALUES: &str =
    "#[derive(Value)] struct Reason { text: String } #[derive(Value)] struct Cause { code: i32 }";

fn update(lock: &Lock, operations: &str) -> Update {
    lock.update(&read_text(&code(operations)))
}

fn code(operations: &str) -> String {
    format!(
        "#[derive(Resource)] #[resource(package = \"shop.order.v1\", {operations})] \
         struct Order {{ #[field(id)] id: Uuid, a: Cause, b: Reason }} {VALUES}"
    )
}

fn updated(lock: &Lock, operations: &str) -> Lock {
    let update = update(lock, operations);
    assert_eq!(update.errors, Vec::<String>::new());
    update.lock
}

fn error(lock: &Lock, operations: &str) -> String {
    let errors = update(lock, operations).errors;
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.concat()
}

#[test]
fn what_an_operation_takes_has_a_line_under_its_fixed_number() {
    let lock = updated(&Lock::default(), "operation(cancel, input = Reason), operation(ship)");
    let lines = lines(&lock);
    assert!(lines.contains(&"CancelOrderRequest.input = 4 Reason".to_owned()), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("Ship")), "{lines:#?}");
    assert_eq!(updated(&lock, "operation(cancel, input = crate::Reason)"), lock);
}

#[test]
fn an_operation_takes_nothing_else_under_the_same_name() {
    let lock = updated(&Lock::default(), "operation(cancel, input = Reason)");
    let text = error(&lock, "operation(cancel, input = Cause)");
    says(
        &text,
        &["shop.order.v1.CancelOrderRequest.input", "`Reason`", "`Cause`", "another name", "delete the line"],
    );
}

#[test]
fn what_an_operation_took_is_reserved_and_does_not_come_back_by_itself() {
    let lock = updated(&Lock::default(), "operation(cancel, input = Reason)");
    for operations in ["operation(cancel)", ""] {
        let gone = update(&lock, operations);
        assert_eq!(gone.errors, Vec::<String>::new());
        assert!(
            gone.removed.contains(&"shop.order.v1.CancelOrderRequest.input".to_owned()),
            "{:?}",
            gone.removed
        );
        let text = error(&gone.lock, "operation(cancel, input = Reason)");
        says(&text, &["take the word `reserved` off", "another name"]);
        let text = error(&gone.lock, "operation(cancel, input = Cause)");
        says(&text, &["took `Reason`", "another name"]);
        assert!(!text.contains("take the word"), "{text}");
    }
}

#[test]
fn the_request_of_an_operation_that_takes_nothing_any_more_says_so() {
    let lock = updated(&Lock::default(), "operation(cancel, input = Reason)");
    let lock = updated(&lock, "operation(cancel)");
    let catalog = read_text(&code("operation(cancel)"));
    let file = proto::file(&catalog.packages[0], &lock);
    let request =
        file.message_type.iter().find(|message| message.name == "CancelOrderRequest").expect("a request");
    assert_eq!(request.reserved_name, ["input"]);
    assert_eq!((request.reserved_range[0].start, request.reserved_range[0].end), (Some(4), Some(5)));
}
