//! The derive macros of fourfold: `Resource`, `Value`, `Choice`, `Task` and `Event`.
//!
//! This crate is a door: `fourfold-model` reads and checks the struct, and `fourfold-expand` writes the Rust of it. Use
//! the macros through the crate `fourfold`.

use std::path::Path;

use fourfold_model::model::{Event, Resource};
use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a resource of a struct: `impl Resource`, the typed inputs `<Name>Create` and `<Name>Update`, and, where it has
/// operations of its own, the trait `<Name>Operations`, which the compiler then asks you to implement.
///
/// `<Name>Tasks` enqueues the operations as tasks, one method for each: `Order::tasks(&broker).create(..)`, and inside an
/// operation, as part of what it writes, `Order::tasks(ctx).cancel(id, ..)`. How they run is said by
/// `#[resource(task(queue = "orders", retries = 5, backoff = "1s", backoff_max = "10m", timeout = "30s"))]`; for one
/// standard operation inside of it, as in `task(queue = "orders", create(timeout = "5s"))`, and for one of your own in its
/// place: `operation(cancel, task(queue = "slow"))`.
///
/// What happens to it is an enum, `<Name>Event`, with a struct for each variant: `<Name>Created`, `<Name>Updated`,
/// `<Name>Deleted`, and one for each operation that says `event = ".."`. They hold the struct itself; where it has fields
/// that are `input_only` or `sensitive`, they hold `<Name>Shown`, which is the struct without these.
///
/// Where a field is `input_only` or `sensitive`, it also implements `Debug` without the content of those fields, so
/// `#[derive(Debug)]` can't print them: together with this macro it is an error.
#[proc_macro_derive(Resource, attributes(resource, field))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    fourfold_expand::resource(&parse_macro_input!(input as DeriveInput), has_contract).into()
}

/// Makes a nested struct that a field, a list or a map may hold, or the input of an operation.
///
/// Where a field is `sensitive`, it also implements `Debug` without the content of that field.
#[proc_macro_derive(Value, attributes(value, field))]
pub fn derive_value(input: TokenStream) -> TokenStream {
    fourfold_expand::value(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a task that belongs to no resource: `impl Value` for its input, the fields of the struct, and `impl Task`. What it
/// does is written in `impl Handler`, which the compiler asks for.
///
/// ```ignore
/// /// Tells the customer that the order is on its way.
/// #[derive(Task)]
/// #[task(name = "order.confirm", queue = "mail", retries = 5, timeout = "30s")]
/// pub struct ConfirmOrder {
///     pub order: Uuid,
///     #[field(default = "en")]
///     pub language: String,
/// }
///
/// impl Handler for ConfirmOrder {
///     type Output = ();
///     async fn run(self, ctx: &Context) -> Result<()> {
///         ..
///     }
/// }
/// ```
///
/// The words of `#[task(..)]`:
///
/// | word | what it says | unless said |
/// | --- | --- | --- |
/// | `name = "order.confirm"` | the name that brokers and workers know it by: two or more words in snake case with dots between them | required |
/// | `queue = "mail"` | which workers take it | `default` |
/// | `retries = 5` | how often it is tried again, at most 1000 times | 5 |
/// | `backoff = "1s"` | the pause before the second attempt; it doubles with each further one | `1s` |
/// | `backoff_max = "10m"` | the longest pause | `10m` |
/// | `timeout = "30s"` | how long one attempt may take | `1m` |
/// | `cron = "0 3 * * *"` | when it begins by itself: minute, hour, day of the month, month, day of the week, with seconds before them where there are six; then every field has a default or may be absent | it doesn't |
/// | `time_zone = "Europe/Amsterdam"` | the time zone of `cron`, by the IANA's name | `UTC` |
/// | `crate = "my_fourfold"` | the name that Cargo.toml gives to fourfold | `fourfold` |
///
/// Spans of time are a whole number and its unit: `500ms`, `30s`, `5m`, `24h`, `7d`.
///
/// Its fields are those of a value: `#[field(default = ..)]`, `#[field(validate(..))]` and `#[field(sensitive)]`. Where a
/// field is `sensitive`, the macro also implements `Debug` without the content of that field. It writes `impl Value`, so
/// `#[derive(Value)]` beside it is an error.
#[proc_macro_derive(Task, attributes(task, field))]
pub fn derive_task(input: TokenStream) -> TokenStream {
    fourfold_expand::task(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an event that is not a resource's own: what a program publishes by `ctx.publish(..)`, and what another service
/// publishes, to listen to it without that service's crate.
///
/// ```ignore
/// /// The order is late.
/// #[derive(Event)]
/// #[event(type = "shop.order.v1.order.delayed", subject = "order_id")]
/// pub struct OrderDelayed {
///     pub order_id: Uuid,
///     pub days: u32,
/// }
/// ```
///
/// | word | what it says | unless said |
/// | --- | --- | --- |
/// | `type = "shop.order.v1.order.delayed"` | what happened, as everybody knows it: the package, then words in the past tense | required |
/// | `subject = "order_id"` | the field that says to what it happened: what happens to one subject arrives in order | the id of the resource in whose operation it is published |
/// | `crate = "my_fourfold"` | the name that Cargo.toml gives to fourfold | `fourfold` |
///
/// When it is read, members that no field is called by are left alone, and what is missing is its `#[field(default = ..)]`, or
/// null, empty or an empty map. It writes `impl Value`, so `#[derive(Value)]` beside it is an error.
#[proc_macro_derive(Event, attributes(event, field))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    fourfold_expand::event(&parse_macro_input!(input as DeriveInput), has_messages).into()
}

/// Makes a closed set of names of an enum without fields.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    fourfold_expand::choice(&parse_macro_input!(input as DeriveInput)).into()
}

/// Whether there is a build script that has read the resource.
fn has_contract(resource: &Resource) -> bool {
    is_written(&fourfold_expand::contract_file(resource))
}

/// Whether there is a build script that knows how the event is a message.
fn has_messages(event: &Event) -> bool {
    is_written(&fourfold_expand::event_file(event))
}

/// Whether the build script has written a file.
fn is_written(file: &str) -> bool {
    std::env::var_os("OUT_DIR").is_some_and(|out| Path::new(&out).join(file).is_file())
}
