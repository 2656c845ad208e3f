//! Right words about tasks, and what they mean.

use std::time::Duration;

use fourfold_model::Parsed;
use fourfold_model::model::{Resource, Schedule, Task, TaskSettings};

fn item(code: &str) -> syn::DeriveInput {
    syn::parse_str(code).unwrap_or_else(|error| panic!("{error}: {code}"))
}

fn accepted<T>(parsed: Parsed<T>) -> T {
    let messages: Vec<String> = parsed.errors.iter().map(fourfold_model::Diagnostic::message).collect();
    assert!(messages.is_empty(), "{messages:#?}");
    parsed.model.expect("a struct without errors has a model")
}

fn resource(code: &str) -> Resource {
    accepted(fourfold_model::resource(&item(code)))
}

fn task(code: &str) -> Task {
    accepted(fourfold_model::task(&item(code)))
}

#[test]
fn how_operations_run_as_tasks_is_said_of_all_and_of_each() {
    let order = resource(
        r#"#[resource(
            task(queue = "orders", retries = 5, backoff = "1s", backoff_max = "10m", timeout = "30s",
                delete(retries = 0), create(timeout = "500ms")),
            operation(cancel, input = CancelOrder, task(queue = "slow-lane.v2_b", timeout = "24h"), event = "cancelled"),
            operation(close),
        )]
        struct Order { #[field(id)] id: Uuid }"#,
    );
    let nothing = TaskSettings::default();
    let all = TaskSettings {
        queue: Some("orders".into()),
        retries: Some(5),
        backoff: Some(Duration::from_secs(1)),
        backoff_max: Some(Duration::from_mins(10)),
        timeout: Some(Duration::from_secs(30)),
    };
    let create = TaskSettings { timeout: Some(Duration::from_millis(500)), ..nothing.clone() };
    let delete = TaskSettings { retries: Some(0), ..nothing.clone() };
    let cancel = TaskSettings {
        queue: Some("slow-lane.v2_b".into()),
        timeout: Some(Duration::from_hours(24)),
        ..nothing
    };
    let said = [("", all), ("create", create), ("delete", delete), ("cancel", cancel)];
    assert_eq!(order.tasks, said.map(|(name, settings)| (name.to_owned(), settings)));
}

#[test]
fn nothing_is_said_of_tasks_where_nothing_is_written() {
    assert_eq!(resource("#[resource(operation(close))] struct Thing { #[field(id)] id: Uuid }").tasks, []);
    let one = resource("#[resource(task(update(retries = 1_000)))] struct Thing { #[field(id)] id: Uuid }");
    let update = TaskSettings { retries: Some(1000), ..TaskSettings::default() };
    assert_eq!(one.tasks, [("update".to_owned(), update)]);
}

#[test]
fn what_is_said_of_one_operation_and_of_all_holds_together() {
    let thing = resource(
        r#"#[resource(task(backoff_max = "1h", create(backoff = "20m")), operation(a, task(backoff = "1h")))]
        struct Thing { #[field(id)] id: Uuid }"#,
    );
    assert_eq!(thing.tasks.len(), 3);
}

#[test]
fn a_task_is_a_value_with_a_name_and_a_clock() {
    let confirm = task(
        r#"
        /// Tells the customer.
        #[derive(Task)]
        #[task(name = "shop.order.confirm_2", queue = "mail", retries = 3)]
        #[task(cron = "*/5 * * * * *", time_zone = "America/Port-au-Prince", crate = "my_fourfold")]
        pub struct ConfirmOrder {
            /// Which one.
            pub order: Option<Uuid>,
            #[field(default = "en", validate(length(2)))]
            pub language: String,
            #[field(sensitive)]
            pub codes: Vec<String>,
            pub labels: BTreeMap<String, String>,
        }"#,
    );
    assert_eq!((confirm.name.as_str(), confirm.task.as_str()), ("ConfirmOrder", "shop.order.confirm_2"));
    assert_eq!(confirm.doc, "Tells the customer.");
    assert_eq!((confirm.settings.queue.as_deref(), confirm.settings.retries), (Some("mail"), Some(3)));
    let (cron, time_zone) = ("*/5 * * * * *".to_owned(), "America/Port-au-Prince".to_owned());
    assert_eq!(confirm.schedule, Some(Schedule { cron, time_zone }));
    assert_eq!(confirm.krate.as_deref(), Some("my_fourfold"));
    assert_eq!(confirm.fields.len(), 4);
    assert!(confirm.fields[2].sensitive && confirm.fields[1].default.is_some());
}

#[test]
fn a_task_need_not_have_fields_or_a_clock() {
    let tidy = task(r#"#[task(name = "store.tidy")] struct Tidy;"#);
    assert_eq!((tidy.fields.len(), tidy.schedule, tidy.settings), (0, None, TaskSettings::default()));
    let hourly = task(r#"#[task(name = "store.tidy", cron = "0 * * * *")] struct Tidy {}"#);
    assert_eq!(hourly.schedule.map(|schedule| schedule.time_zone).as_deref(), Some("UTC"));
}

/// The runtime is where it is decided; this crate does not know it.
#[test]
fn the_pauses_where_nothing_is_said_are_those_of_the_runtime() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/tasks/message.rs");
    let runtime = std::fs::read_to_string(&path).expect("the runtime's source");
    for usual in ["backoff: Duration::from_secs(1),", "backoff_max: Duration::from_mins(10),"] {
        assert!(runtime.contains(usual), "{usual}");
    }
    let errors = |words: &str| {
        let code = format!("#[task(name = \"a.b\", {words})] struct Thing;");
        fourfold_model::task(&item(&code)).errors.len()
    };
    assert_eq!((errors("backoff = \"10m\""), errors("backoff = \"601s\"")), (0, 1));
    assert_eq!((errors("backoff_max = \"1s\""), errors("backoff_max = \"999ms\"")), (0, 1));
}
