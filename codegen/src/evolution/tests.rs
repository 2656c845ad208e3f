//! What a change of a struct means.

use super::*;
use crate::source;

const BEFORE: &str = r#"
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(cancel, input = Reason, event = "cancelled"))]
struct Order {
    #[field(id)]
    id: Uuid,
    #[field(validate(length(1..=50)), filter)]
    code: String,
    note: Option<String>,
    count: i32,
    status: Status,
    #[field(sensitive)]
    secret: String,
}

#[derive(Value)]
struct Reason {
    text: String,
}

#[derive(Choice)]
enum Status {
    Placed,
    Shipped,
}

#[derive(Task)]
#[task(name = "order.confirm", queue = "mail")]
struct ConfirmOrder {
    order_id: Uuid,
    how: Manner,
}

#[derive(Value)]
struct Manner {
    loud: bool,
}
"#;

fn read(text: &str) -> Catalog {
    let source = source::read_file("src/resources.rs", text);
    assert!(source.reports.is_empty(), "{:#?}", source.reports);
    source.catalog
}

/// What the change means, a line each; what is safe is left out.
fn said(from: &str, to: &str) -> Vec<String> {
    assert!(BEFORE.contains(from), "{from}");
    between(BEFORE, &BEFORE.replace(from, to))
}

fn between(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (read(before), read(after));
    let lock = Lock::default().update(&before).lock;
    let update = lock.update(&after);
    let findings =
        compare(Side { catalog: &before, lock: &lock }, Side { catalog: &after, lock: &update.lock });
    let harm = findings.iter().filter(|finding| finding.rule.verdict != Verdict::Safe);
    let line = |finding: &Finding| {
        let Rule { surface, verdict, .. } = finding.rule;
        let subject =
            finding.change.subject.strip_prefix("shop.order.v1.").unwrap_or(&finding.change.subject);
        format!("{subject} {} {} {}", finding.change.kind.word(), surface.word(), verdict.word())
    };
    harm.map(line).collect()
}

#[test]
fn what_is_deprecated_is_told_with_the_reason_and_harms_nobody() {
    let changed = BEFORE
        .replace("operation(cancel, ", "operation(cancel, deprecated = \"delete it\", ")
        .replace("note: Option", "#[field(deprecated = \"say code\")] note: Option")
        .replace("Shipped,", "#[choice(deprecated = \"say Placed\")] Shipped,");
    let (before, after) = (read(BEFORE), read(&changed));
    let lock = Lock::default().update(&before).lock;
    let findings = compare(Side { catalog: &before, lock: &lock }, Side { catalog: &after, lock: &lock });
    assert!(findings.iter().all(|finding| finding.rule.verdict == Verdict::Safe), "{findings:#?}");
    let mut told: Vec<_> = findings
        .iter()
        .map(|Finding { change, .. }| (change.subject.as_str(), change.kind, change.detail.as_str()))
        .collect();
    told.dedup();
    assert_eq!(
        told,
        [
            ("shop.order.v1.Order.note", Kind::FieldDeprecated, "say code"),
            ("shop.order.v1.Order/cancel", Kind::OperationDeprecated, "delete it"),
            ("shop.order.v1.Status.shipped", Kind::ValueDeprecated, "say Placed"),
        ]
    );
}

#[test]
fn nothing_changed_says_nothing() {
    assert_eq!(said("struct Order", "struct Order"), Vec::<String>::new());
}

#[test]
fn a_field_more_is_safe_unless_it_has_to_be_said() {
    // A worker of the release before does not know it.
    let found = said("count: i32,", "count: i32, memo: Option<String>,");
    assert_eq!(found, ["Order.memo field_added tasks risky"]);
    let found = said("count: i32,", "count: i32, #[field(default = 1)] rank: i32,");
    assert_eq!(found, ["Order.rank field_added tasks risky"]);
    assert_eq!(
        said("count: i32,", "count: i32, rank: i32,"),
        [
            "Order.rank required_field_added rest breaking",
            "Order.rank required_field_added proto breaking",
            "Order.rank required_field_added tasks breaking",
            "Order.rank required_field_added events risky",
            "Order.rank required_field_added sql risky",
        ]
    );
}

#[test]
fn a_field_that_goes_breaks_those_who_say_or_need_it() {
    let found = said("note: Option<String>,", "");
    for line in ["rest breaking", "tasks breaking", "events breaking", "proto risky"] {
        assert!(found.contains(&format!("Order.note field_removed {line}")), "{line}: {found:?}");
    }
    assert!(!found.iter().any(|line| line.contains("freed")), "the lock reserves it: {found:?}");
    let secret = said("#[field(sensitive)]\n    secret: String,", "");
    assert!(!secret.iter().any(|line| line.contains("events")), "no event ever had it: {secret:?}");
}

#[test]
fn a_name_is_in_json_and_not_in_bytes() {
    let found = said("note: Option<String>", "#[field(was = \"note\")] memo: Option<String>");
    assert!(found.contains(&"Order.memo field_renamed rest breaking".to_owned()), "{found:?}");
    assert!(found.contains(&"Order.note name_changed proto_json breaking".to_owned()), "{found:?}");
    assert!(!found.iter().any(|line| line.contains(" proto breaking")), "{found:?}");
}

#[test]
fn bounds_that_grow_are_safe_for_requests_and_others_are_not() {
    let found = said("length(1..=50)", "length(1..=60)");
    assert_eq!(found, ["Order.code rules_loosened tasks risky", "Order.code rules_loosened events risky"]);
    let found = said("length(1..=50)", "length(2..=60)");
    assert!(found.contains(&"Order.code rules_tightened rest breaking".to_owned()), "{found:?}");
    let found = said("count: i32", "#[field(validate(range(0..)))] count: i32");
    assert!(found.contains(&"Order.count rules_tightened tasks breaking".to_owned()), "{found:?}");
}

#[test]
fn values_operations_and_events_come_and_go() {
    assert!(
        said("    Shipped,", "    Shipped,\n    Lost,")
            .contains(&"Status.lost value_added events risky".to_owned())
    );
    assert!(said("    Shipped,\n", "").contains(&"Status.shipped value_removed rest breaking".to_owned()));
    let found = said("operation(cancel, input = Reason, event = \"cancelled\")", "operation(stop)");
    for line in [
        "Order/cancel operation_removed rest breaking",
        "Order/cancel operation_removed tasks breaking",
        "order.cancelled event_removed events breaking",
        "OrderService/CancelOrder method_removed proto breaking",
    ] {
        assert!(found.contains(&line.to_owned()), "{line}: {found:?}");
    }
    let found = said(
        "operation(cancel, input = Reason,",
        "task(queue = \"slow\"), operation(cancel, input = Reason,",
    );
    assert!(found.contains(&"Order/create queue_changed tasks risky".to_owned()), "{found:?}");
}

#[test]
fn a_secret_that_is_told_is_named() {
    assert_eq!(said("#[field(sensitive)]\n    secret", "secret"), ["Order.secret became_shown events risky"]);
}

#[test]
fn what_rows_hold_inside_of_a_column_is_changed_by_no_migration() {
    let found = said("text: String,", "text: i64,");
    assert!(!found.iter().any(|line| line.contains(" sql ")), "no row holds an input: {found:?}");
    assert!(!found.iter().any(|line| line.contains(" events ")), "and no event: {found:?}");
    let before = BEFORE.replace("count: i32,", "count: i32, reason: Reason,");
    let after = before.replace("text: String,", "text: Decimal,");
    let found = between(&before, &after);
    for line in ["stored_type_changed sql breaking", "stored_type_changed proto breaking"] {
        assert!(found.contains(&format!("Reason.text {line}")), "{line}: {found:?}");
    }
}

#[test]
fn a_type_that_holds_more_takes_what_was_sent() {
    let found = between(BEFORE, &BEFORE.replace("count: i32", "count: i64"));
    assert!(found.contains(&"Order.count type_widened rest risky".to_owned()), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("type_changed rest")), "{found:?}");
}

#[test]
fn what_a_release_before_can_not_read_is_risky_for_tasks_and_rows() {
    let found = said("note: Option<String>,", "");
    assert!(found.contains(&"Order.note field_removed sql risky".to_owned()), "{found:?}");
    let found = said("count: i32", "count: Option<i32>");
    for line in ["became_optional sql risky", "became_optional tasks risky"] {
        assert!(found.contains(&format!("Order.count {line}")), "{line}: {found:?}");
    }
    let found = said("count: i32", "#[field(default = 1)] count: i32");
    assert_eq!(found, ["Order.count needed_no_more tasks risky"]);
    // What callers of before call a field stands in masks, filters and orders, too.
    let found = said("note: Option<String>", "#[field(was = \"note\")] memo: Option<String>");
    assert!(found.contains(&"Order.memo field_renamed proto risky".to_owned()), "{found:?}");
}

#[test]
fn a_list_that_may_be_null_no_more_is_the_same_in_protobuf() {
    let before = BEFORE.replace("count: i32", "counts: Option<Vec<i32>>");
    let found = between(&before, &before.replace("Option<Vec<i32>>", "Vec<i32>"));
    assert!(found.contains(&"Order.counts became_required rest breaking".to_owned()), "{found:?}");
    assert!(!found.iter().any(|line| line.contains(" proto breaking")), "{found:?}");
}

#[test]
fn what_nobody_may_say_is_left_out_by_nobody() {
    let before = BEFORE.replace("count: i32", "#[field(output_only)] count: Option<i32>");
    let after = BEFORE.replace("count: i32", "#[field(output_only, default = 1)] count: i32");
    let found = between(&before, &after);
    assert!(!found.iter().any(|line| line.contains("became_required proto")), "{found:?}");
    let found = between(&before.replace("output_only", "filter"), &after.replace("output_only", "filter"));
    assert!(found.contains(&"Order.count became_required proto breaking".to_owned()), "{found:?}");
}

#[test]
fn a_task_of_its_own_is_seen_by_those_that_wait() {
    let found = said("order_id: Uuid,", "order_id: Uuid, memo: String,");
    assert_eq!(found, ["order.confirm.memo required_field_added tasks breaking"]);
    let found = said("loud: bool,", "");
    assert_eq!(found, ["order.confirm:Manner.loud field_removed tasks breaking"]);
    let found = said("queue = \"mail\"", "queue = \"post\"");
    assert_eq!(found, ["order.confirm queue_changed tasks risky"]);
    let found = said("name = \"order.confirm\"", "name = \"order.tell\"");
    assert_eq!(found, ["order.confirm task_removed tasks breaking", "order.tell task_added tasks risky"]);
}

#[test]
fn who_saw_a_field_sees_that_it_goes() {
    let found = said("note: Option", "#[field(output_only)] note: Option");
    assert!(found.contains(&"Order.note became_read_only tasks breaking".to_owned()), "{found:?}");
    let found = said("note: Option", "#[field(input_only)] note: Option");
    assert!(found.contains(&"Order.note became_hidden events breaking".to_owned()), "{found:?}");
}

#[test]
fn a_default_that_goes_leaves_null() {
    let before = BEFORE.replace("note: Option", "#[field(default = \"none\")] note: Option");
    let found = between(&before, BEFORE);
    for surface in ["rest", "proto", "tasks"] {
        assert!(found.contains(&format!("Order.note default_changed {surface} risky")), "{found:?}");
    }
}

#[test]
fn what_need_not_be_unique_any_more_is_a_rule_less() {
    let before = BEFORE.replace("count: i32", "#[field(unique)] count: i32");
    let found = between(&before, BEFORE);
    assert!(found.contains(&"Order.count rules_loosened tasks risky".to_owned()), "{found:?}");
}

#[test]
fn the_same_bytes_may_be_another_type() {
    let found = said("text: String,", "text: Decimal,");
    assert!(found.contains(&"Reason.text type_changed proto risky".to_owned()), "{found:?}");
    let found = said("count: i32", "count: u32");
    assert!(found.contains(&"Order.count type_changed proto risky".to_owned()), "{found:?}");
    let found = said("count: i32", "count: f64");
    assert!(found.contains(&"Order.count wire_type_changed proto breaking".to_owned()), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("type_widened proto")), "said already: {found:?}");
}

#[test]
fn rows_lack_what_their_values_have_to_hold() {
    let before = BEFORE.replace("count: i32,", "count: i32, reason: Reason,");
    let found = between(&before, &before.replace("text: String,", "text: String, more: String,"));
    assert!(found.contains(&"Reason.more stored_field_needed sql breaking".to_owned()), "{found:?}");
    let optional = before.replace("text: String,", "text: Option<String>,");
    let found = between(&optional, &before);
    for line in ["stored_field_needed sql breaking", "stored_field_needed proto breaking"] {
        assert!(found.contains(&format!("Reason.text {line}")), "{line}: {found:?}");
    }
    // A default is read in the place of what is missing, and of null.
    let with_default = before.replace("text: String,", "#[field(default = \"\")] text: String,");
    let found = between(&optional, &with_default);
    assert!(!found.iter().any(|line| line.contains("stored_field_needed")), "{found:?}");
    let found = said("text: String,", "text: String, more: String,");
    assert!(!found.iter().any(|line| line.contains(" sql ")), "no row holds an input: {found:?}");
}

#[test]
fn what_is_gone_can_not_be_read_or_is_missed() {
    let found = said("    Shipped,\n", "");
    assert!(found.contains(&"Status.shipped value_removed proto_json breaking".to_owned()), "{found:?}");
    let before = BEFORE.replace("cancel, input = Reason,", "cancel,");
    let found = between(&before, BEFORE);
    assert!(found.contains(&"Order/cancel input_changed proto risky".to_owned()), "{found:?}");
    let found = between(BEFORE, &before);
    assert!(!found.iter().any(|line| line.contains("input_changed proto")), "{found:?}");
}

#[test]
fn every_kind_has_a_row_and_no_place_has_two() {
    for kind in Kind::ALL {
        assert!(RULES.iter().any(|rule| rule.kind == *kind), "{}", kind.word());
    }
    let mut places: Vec<_> = RULES.iter().map(|rule| (rule.kind, rule.surface)).collect();
    places.sort_unstable();
    let count = places.len();
    places.dedup();
    assert_eq!(places.len(), count);
    let without = RULES.iter().filter(|rule| rule.verdict == Verdict::Breaking && rule.way.is_empty());
    assert_eq!(
        without.map(|rule| rule.kind.word()).collect::<Vec<_>>(),
        Vec::<&str>::new(),
        "a break has a way out"
    );
}
