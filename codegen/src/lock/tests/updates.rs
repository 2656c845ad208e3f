use super::{error, lines, lock, says, update, updated};
use crate::lock::Lock;

const ID: &str = "Order.id = 1 string";

#[test]
fn a_first_lock_numbers_in_the_order_of_the_declaration_and_the_etag_last() {
    let others = "#[derive(Value)] struct Item { sku: String, labels: BTreeMap<String, i64> } \
                  #[derive(Choice)] enum Status { Open, #[choice(name = \"in-transit\")] Moving }";
    let fields = "status: Status, items: Vec<Item>, by_key: BTreeMap<String, Item>, note: Option<String>, \
                  created_at: Timestamp, amount: Decimal";
    let update = update(&Lock::default(), fields, others);
    assert_eq!(update.errors, Vec::<String>::new());
    assert_eq!(
        lines(&update.lock),
        [
            "Item.labels = 2 map<string, int64>",
            "Item.sku = 1 string",
            "Order.amount = 7 string",
            "Order.by_key = 4 map<string, Item>",
            "Order.created_at = 6 google.protobuf.Timestamp",
            "Order.etag = 8 string",
            "Order.id = 1 string",
            "Order.items = 3 repeated Item",
            "Order.note = 5 string",
            "Order.status = 2 Status",
            "Status.STATUS_IN_TRANSIT = 2",
            "Status.STATUS_OPEN = 1",
        ]
    );
    assert_eq!(update.added.len(), 12);
    assert_eq!(update.lock.number("shop.order.v1.Status", "STATUS_IN_TRANSIT"), Some(2));
    assert_eq!(update.lock.number("shop.order.v1.Order", "nothing"), None);
    assert_eq!(update.lock.number("shop.order.v1.Nothing", "id"), None);
}

#[test]
fn a_number_does_not_come_from_the_position() {
    let first = updated(&Lock::default(), "a: i32, b: i32", "");
    let second = updated(&first, "new: i32, b: i32, a: i32", "");
    assert_eq!(lines(&second)[..2], ["Order.a = 2 int32", "Order.b = 3 int32"]);
    assert!(lines(&second).contains(&"Order.new = 5 int32".to_owned()));
}

#[test]
fn what_goes_away_is_reserved_for_ever_and_its_number_is_not_given_again() {
    let first = updated(&Lock::default(), "a: i32, b: i32", "");
    let gone = update(&first, "a: i32", "");
    assert_eq!(gone.removed, ["shop.order.v1.Order.b"]);
    assert_eq!(gone.lock.reserved("shop.order.v1.Order"), [(3, "b")]);
    assert_eq!(gone.lock.number("shop.order.v1.Order", "b"), None);
    let all = updated(&gone.lock, "", "");
    let later = updated(&all, "c: i32", "");
    assert_eq!(later.reserved("shop.order.v1.Order"), [(2, "a"), (3, "b")]);
    assert_eq!(later.number("shop.order.v1.Order", "c"), Some(5));
}

#[test]
fn the_highest_number_is_not_given_again_when_it_goes() {
    let first = lock(&[ID, "Order.etag = 2 string", "Order.a = 9 int32"]);
    let second = updated(&first, "b: i32", "");
    assert_eq!(second.number("shop.order.v1.Order", "b"), Some(10));
}

#[test]
fn the_numbers_that_protobuf_keeps_are_skipped_in_messages_alone() {
    let known = lock(&[ID, "Order.etag = 18999 string", "Status.STATUS_OPEN = 18999"]);
    let others = "#[derive(Choice)] enum Status { Open, Closed }";
    let updated = updated(&known, "status: Status, more: i32", others);
    assert_eq!(updated.number("shop.order.v1.Order", "status"), Some(20_000));
    assert_eq!(updated.number("shop.order.v1.Order", "more"), Some(20_001));
    assert_eq!(updated.number("shop.order.v1.Status", "STATUS_CLOSED"), Some(19_000));
}

#[test]
fn after_the_last_number_there_is_none() {
    let known = lock(&[ID, "Order.etag = 536870911 string"]);
    says(&error(&known, "a: i32", ""), &["Order.a", "no number after 536870911", "`number = 100`"]);
    let updated = updated(&known, "#[field(number = 100)] a: i32", "");
    assert_eq!(updated.number("shop.order.v1.Order", "a"), Some(100));
}

#[test]
fn a_message_that_goes_away_keeps_its_lines() {
    let others = "#[derive(Value)] struct Item { sku: String }";
    let first = updated(&Lock::default(), "items: Vec<Item>", others);
    let gone = update(&first, "", "");
    assert_eq!(gone.removed, ["shop.order.v1.Order.items", "shop.order.v1.Item.sku"]);
    assert_eq!(lines(&gone.lock)[0], "Item.sku = 1 string reserved");
    let back = error(&gone.lock, "again: Vec<Item>", others);
    says(&back, &["shop.order.v1.Item", "`sku` is back", "take the word `reserved` off the end"]);
    let others = "#[derive(Value)] struct Item { number: String }";
    let changed = updated(&gone.lock, "again: Vec<Item>", others);
    assert_eq!(changed.number("shop.order.v1.Item", "number"), Some(2));
}

#[test]
fn what_comes_back_is_for_a_person_to_decide() {
    let gone =
        lock(&[ID, "Order.etag = 2 string", "Order.a = 3 int32 reserved", "Order.b = 4 string reserved"]);
    let text = error(&gone, "a: i32, b: String", "");
    says(&text, &["`a`, `b` are back", "take the word `reserved` off the end of each line", "another name"]);
    let text = error(&gone, "a: String", "");
    says(&text, &["Order.a` is back with the type `string`", "`int32` under the number 3", "another name"]);
    // The way out.
    let taken_off = lock(&[ID, "Order.etag = 2 string", "Order.a = 3 int32"]);
    assert_eq!(updated(&taken_off, "a: i32", ""), taken_off);
}

#[test]
fn was_takes_the_number_along_and_gives_the_old_name_up() {
    let first = updated(&Lock::default(), "old: String", "");
    let renamed = update(&first, "#[field(was = \"old\")] new: String", "");
    assert_eq!(
        renamed.renamed,
        [("shop.order.v1.Order.old".to_owned(), "shop.order.v1.Order.new".to_owned())]
    );
    assert!(renamed.added.is_empty() && renamed.removed.is_empty());
    assert_eq!(lines(&renamed.lock)[2..], ["Order.new = 2 string", "Order.old = 2 string renamed"]);
    assert_eq!(renamed.lock.renamed("shop.order.v1.Order"), ["old"]);
    assert!(renamed.lock.reserved("shop.order.v1.Order").is_empty());
    for fields in ["#[field(was = \"old\")] new: String", "new: String"] {
        assert_eq!(updated(&renamed.lock, fields, ""), renamed.lock);
    }
    says(
        &error(&renamed.lock, "new: String, old: String", ""),
        &["the name `old` was given up", "the number 2", "write another name"],
    );
    let gone = updated(&renamed.lock, "", "");
    assert_eq!(gone.reserved("shop.order.v1.Order"), [(2, "new")]);
    assert_eq!(gone.renamed("shop.order.v1.Order"), ["old"]);
}

#[test]
fn a_renamed_field_may_take_its_old_name_back() {
    let renamed =
        lock(&[ID, "Order.etag = 3 string", "Order.new = 2 string", "Order.old = 2 string renamed"]);
    says(&error(&renamed, "old: String", ""), &["given up", "to rename it back, write `was = \"new\"`"]);
    let back = updated(&renamed, "#[field(was = \"new\")] old: String", "");
    assert_eq!(lines(&back)[2..], ["Order.new = 2 string renamed", "Order.old = 2 string"]);
    assert_eq!(updated(&back, "#[field(was = \"new\")] old: String", ""), back);
}

#[test]
fn a_field_renamed_twice_before_it_is_released_says_its_first_name() {
    let renamed = lock(&[ID, "Order.etag = 3 string", "Order.b = 2 string", "Order.a = 2 string renamed"]);
    for was in ["a", "b"] {
        let again = updated(&renamed, &format!("#[field(was = \"{was}\")] c: String"), "");
        assert_eq!(again.number("shop.order.v1.Order", "c"), Some(2));
        assert_eq!(again.renamed("shop.order.v1.Order"), ["a", "b"]);
    }
    let text = error(&renamed, "b: String, #[field(was = \"a\")] c: String", "");
    says(&text, &["Order.c", "names what is `b` now", "leave `was` out"]);
}

#[test]
fn was_may_name_what_went_away() {
    let gone = lock(&[ID, "Order.etag = 3 string", "Order.old = 2 string reserved"]);
    let renamed = updated(&gone, "#[field(was = \"old\")] new: String", "");
    assert_eq!(lines(&renamed)[2..], ["Order.new = 2 string", "Order.old = 2 string renamed"]);
}

#[test]
fn was_of_what_no_lock_knows_is_a_slip_only_where_something_goes_away() {
    let known = lock(&[ID, "Order.etag = 3 string", "Order.user_id = 2 string"]);
    let new = updated(&known, "user_id: String, #[field(was = \"x\")] new: String", "");
    assert_eq!(new.number("shop.order.v1.Order", "new"), Some(4));
    assert_eq!(updated(&new, "user_id: String, #[field(was = \"x\")] new: String", ""), new);
    let text = error(&known, "#[field(was = \"usr_id\")] customer_id: String", "");
    says(&text, &["customer_id`: `was = \"usr_id\"`", "does not know", "while `user_id` went away"]);
}

#[test]
fn was_that_comes_too_late_is_refused_with_a_way_out() {
    let late = lock(&[
        ID,
        "Order.etag = 3 string",
        "Order.user_id = 2 string reserved",
        "Order.customer_id = 4 string",
    ]);
    let text = error(&late, "#[field(was = \"user_id\")] customer_id: String", "");
    says(&text, &["customer_id` has the number 4", "has 2", "delete the line of", "and 2 goes over"]);
    let deleted = lock(&[ID, "Order.etag = 3 string", "Order.user_id = 2 string reserved"]);
    let right = updated(&deleted, "#[field(was = \"user_id\")] customer_id: String", "");
    assert_eq!(right.number("shop.order.v1.Order", "customer_id"), Some(2));
}

#[test]
fn a_type_does_not_change_under_its_number() {
    let known = lock(&[ID, "Order.etag = 3 string", "Order.total = 2 int64"]);
    for fields in ["total: String", "#[field(was = \"total\")] sum: String"] {
        let text = error(&known, fields, "");
        says(&text, &["under the number 2 was `int64` and is `string`", "another name", "never released"]);
    }
    says(&error(&known, "total: Vec<i64>", ""), &["`repeated int64`"]);
    // Presence is not a type.
    assert_eq!(updated(&known, "total: Option<i64>", ""), known);
}

#[test]
fn a_choice_does_not_become_a_struct() {
    let first = updated(&Lock::default(), "kind: Kind", "#[derive(Choice)] enum Kind { A }");
    let text = error(&first, "kind: Kind", "#[derive(Value)] struct Kind { a: i32 }");
    says(&text, &["shop.order.v1.Kind` was a choice and is a struct", "another name"]);
}

#[test]
fn a_number_that_is_said_is_adopted_before_others_get_theirs() {
    let first =
        updated(&Lock::default(), "a: i32, #[field(number = 1)] b: i32, #[field(number = 30)] c: i32", "");
    assert_eq!(
        lines(&first),
        [
            "Order.a = 32 int32",
            "Order.b = 1 int32",
            "Order.c = 30 int32",
            "Order.etag = 33 string",
            "Order.id = 31 string",
        ]
    );
    let others = "#[derive(Choice)] enum Kind { A, #[choice(number = 1)] B }";
    let choice = updated(&Lock::default(), "kind: Kind", others);
    assert_eq!(choice.number("shop.order.v1.Kind", "KIND_A"), Some(2));
}

#[test]
fn a_number_that_is_said_may_not_be_anothers_nor_move() {
    let known = lock(&[ID, "Order.etag = 2 string", "Order.a = 3 int32", "Order.b = 4 int32 reserved"]);
    let text = error(&known, "a: i32, #[field(number = 3)] c: i32", "");
    says(&text, &["Order.c", "is the number of `a`", "leave it out"]);
    let text = error(&known, "a: i32, #[field(number = 4)] c: i32", "");
    says(&text, &["the number that `b` had", "`was = \"b\"`"]);
    let text = error(&known, "#[field(number = 3)] c: i32", "");
    says(&text, &["the number that `a` had", "`was = \"a\"`"]);
    let text = error(&known, "#[field(number = 7)] a: i32", "");
    says(&text, &["`number = 7` contradicts fourfold.lock, which has 3", "write `number = 3`"]);
    let text = error(&known, "#[field(was = \"a\", number = 7)] c: i32", "");
    says(&text, &["Order.c", "`number = 7` contradicts"]);
    let right = updated(&known, "#[field(was = \"a\", number = 3)] c: i32", "");
    assert_eq!(right.number("shop.order.v1.Order", "c"), Some(3));
}

#[test]
fn all_errors_are_told_at_once() {
    let known = lock(&[
        ID,
        "Order.etag = 2 string",
        "Order.a = 3 int32",
        "Order.b = 4 int32 reserved",
        "Item.x = 1 int32",
    ]);
    let fields = "a: String, b: i32, #[field(number = 4)] c: i32, item: Item";
    let errors = update(&known, fields, "#[derive(Value)] struct Item { x: bool }").errors;
    assert_eq!(errors.len(), 4, "{errors:#?}");
}

#[test]
fn the_order_of_a_value_in_two_packages_is_each_packages_own() {
    let code = "#[derive(Resource)] #[resource(package = \"a.v1\")] struct A { #[field(id)] id: Uuid, item: Item } \
                #[derive(Resource)] #[resource(package = \"b.v1\")] struct B { #[field(id)] id: Uuid, item: Item } \
                #[derive(Value)] struct Item { x: i32 }";
    let update = Lock::default().update(&crate::source::read_text(code));
    assert_eq!(update.lock.number("a.v1.Item", "x"), Some(1));
    assert_eq!(update.lock.number("b.v1.Item", "x"), Some(1));
}
