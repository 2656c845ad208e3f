//! The requests of a resource's methods, and the answer of its list. Their numbers are fixed in [`rpc`].

use fourfold_model::model::{Field, IdKind, Operation, Resource, Role};
use fourfold_model::rpc::{self, change, create, get, list, page, told, update, watch};

use super::descriptor::{DescriptorProto, FieldBehavior, FieldDescriptorProto, Label, Type};
use super::field::{self, Built};
use super::{Commented, message, names};
use crate::catalog::Package;
use crate::lock::Lock;

const REQUEST_ID: &str = "The caller's own name for the request, such as a UUID: 1 to 255 visible ASCII characters.\n\
                          A repeat gets the first answer; the same name with another request is refused.";
pub(super) const FIELD_MASK: &str = ".google.protobuf.FieldMask";

/// The messages of all methods.
pub(super) fn all(package: &Package, resource: &Resource, lock: &Lock) -> Vec<Commented<DescriptorProto>> {
    let name = &resource.name;
    let list = rpc::list_method(&resource.plural);
    let watch = rpc::watch_method(&resource.plural);
    let mut messages = vec![
        request(&rpc::get_method(name), vec![id(resource, get::ID)]),
        request(&list, list_fields(resource)),
        answer(package, resource, &list),
        request(&watch, watch_fields(resource)),
        told(package, resource, &watch),
        request(&rpc::create_method(name), create_fields(package, resource)),
        request(&rpc::update_method(name), update_fields(package, resource)),
        request(&rpc::delete_method(name), change_fields(resource)),
    ];
    messages.extend(resource.operations.iter().map(|operation| custom(package, resource, operation, lock)));
    messages
}

fn request(method: &str, fields: Vec<(Built, String)>) -> Commented<DescriptorProto> {
    message::assemble(&rpc::request(method), &format!("What `{method}` takes."), fields)
}

/// The id, and the fields that are marked so.
fn marked(resource: &Resource, marked: fn(&Field) -> bool) -> String {
    let id = resource.fields.get(resource.id);
    let fields = id.into_iter().chain(resource.fields.iter().filter(|field| !is_id(field) && marked(field)));
    fields.map(|field| format!("`{}`", field.name)).collect::<Vec<_>>().join(", ")
}

fn list_fields(resource: &Resource) -> Vec<(Built, String)> {
    let optional = FieldBehavior::Optional;
    let plural = names::words(&resource.plural);
    let filter = marked(resource, |field| field.filter);
    let sort = marked(resource, |field| field.sort);
    vec![
        scalar("page_size", list::PAGE_SIZE, Type::Int32, optional, {
            format!("How many {plural} at most; the server may answer with fewer.")
        }),
        scalar("page_token", list::PAGE_TOKEN, Type::String, optional, {
            "`next_page_token` of the page before, with all other fields as they were; empty for the first page."
                .to_owned()
        }),
        scalar("filter", list::FILTER, Type::String, optional, {
            format!("Which {plural}, in the language of AIP-160, by {filter}.")
        }),
        scalar("order_by", list::ORDER_BY, Type::String, optional, {
            format!("In which order, as AIP-132 writes it, by {sort}.")
        }),
    ]
}

fn is_id(field: &Field) -> bool {
    matches!(field.role, Role::Id(_))
}

fn answer(package: &Package, resource: &Resource, list: &str) -> Commented<DescriptorProto> {
    let itself = names::full(&package.name, &resource.name);
    let mut items = field::single(&resource.plural, number(page::ITEMS), Type::Message, &itself);
    items.set_label(Label::Repeated);
    let token = field::single("next_page_token", number(page::NEXT_PAGE_TOKEN), Type::String, "");
    let fields = vec![
        (alone(items), format!("The {} of this page.", names::words(&resource.plural))),
        (alone(token), "Gets the next page; empty where this is the last.".to_owned()),
    ];
    message::assemble(&rpc::response(list), &format!("What `{list}` answers."), fields)
}

fn watch_fields(resource: &Resource) -> Vec<(Built, String)> {
    let optional = FieldBehavior::Optional;
    let plural = names::words(&resource.plural);
    let filter = marked(resource, |field| field.filter && !field.sensitive && !field.input_only);
    vec![
        scalar("resume_token", watch::RESUME_TOKEN, Type::String, optional, {
            "The last `resume_token` that came, to go on after it; empty to begin.".to_owned()
        }),
        scalar("filter", watch::FILTER, Type::String, optional, {
            format!(
                "Which {plural}, in the language of AIP-160, by {filter}.\n\
                 One that no longer is among them is told as `deleted`, as it was before."
            )
        }),
        scalar("from_beginning", watch::FROM_BEGINNING, Type::Bool, optional, {
            "Without a token: begin with all that is still known, not with what happens from now on."
                .to_owned()
        }),
    ]
}

fn told(package: &Package, resource: &Resource, watch: &str) -> Commented<DescriptorProto> {
    let itself = names::full(&package.name, &resource.name);
    let noun = names::words(&resource.singular);
    let mut changed = field::single("changed", number(told::CHANGED), Type::String, "");
    changed.set_label(Label::Repeated);
    let own = resource.operations.iter().filter_map(|operation| operation.event.as_deref());
    let happens: Vec<String> =
        ["created", "updated", "deleted"].into_iter().chain(own).map(|event| format!("`{event}`")).collect();
    let fields = vec![
        (alone(field::single("resume_token", number(told::RESUME_TOKEN), Type::String, "")), {
            "Goes on after this message.".to_owned()
        }),
        (alone(field::single("happened", number(told::HAPPENED), Type::String, "")), {
            format!(
                "What happened: {}.\nEmpty where nothing did: then the token is all that is new.",
                happens.join(", ")
            )
        }),
        (alone(field::single(&resource.singular, number(told::RESOURCE), Type::Message, &itself)), {
            format!("The {noun} since then, without what is sensitive; if it was deleted, as it was.")
        }),
        (alone(field::single("before", number(told::BEFORE), Type::Message, &itself)), {
            format!("The {noun} before, where it changed and was among those that are watched.")
        }),
        (alone(changed), "The names of the fields that are not as they were.".to_owned()),
    ];
    message::assemble(&rpc::response(watch), &format!("What `{watch}` tells, again and again."), fields)
}

fn create_fields(package: &Package, resource: &Resource) -> Vec<(Built, String)> {
    let given = resource.fields.get(resource.id).is_some_and(|id| id.role == Role::Id(IdKind::String));
    let whose = if given { ", with the id that it is to have" } else { "" };
    vec![
        itself(package, resource, create::RESOURCE, format!("What to create{whose}.")),
        request_id(create::REQUEST_ID),
    ]
}

fn update_fields(package: &Package, resource: &Resource) -> Vec<(Built, String)> {
    let what = format!("The {} with its id, and with what changes.", names::words(&resource.singular));
    let mut mask = field::single("update_mask", number(update::UPDATE_MASK), Type::Message, FIELD_MASK);
    mask.options = field::behaves([FieldBehavior::Optional]);
    vec![
        itself(package, resource, update::RESOURCE, what),
        (alone(mask), "Which fields change (AIP-134).".to_owned()),
        request_id(update::REQUEST_ID),
    ]
}

fn change_fields(resource: &Resource) -> Vec<(Built, String)> {
    let etag = "The `etag` that it must still have; else it is ABORTED. Empty for any.".to_owned();
    vec![
        id(resource, change::ID),
        scalar("etag", change::ETAG, Type::String, FieldBehavior::Optional, etag),
        request_id(change::REQUEST_ID),
    ]
}

fn custom(
    package: &Package,
    resource: &Resource,
    operation: &Operation,
    lock: &Lock,
) -> Commented<DescriptorProto> {
    let mut fields = change_fields(resource);
    if let Some(path) = &operation.input {
        let name = path.rsplit("::").next().unwrap_or(path).trim();
        let full = names::full(&package.name, name);
        let mut input = field::single(rpc::INPUT, number(change::INPUT), Type::Message, &full);
        input.options = field::behaves([FieldBehavior::Required]);
        fields.push((alone(input), "What the operation takes.".to_owned()));
    }
    let mut request = request(&rpc::custom_method(&operation.name, &resource.name), fields);
    let full = format!("{}.{}", package.name, request.descriptor.name);
    message::reserve(&mut request.descriptor, &full, lock);
    request
}

fn id(resource: &Resource, number: u32) -> (Built, String) {
    let kind = match resource.fields.get(resource.id).map(|field| field.role) {
        Some(Role::Id(kind)) => kind,
        _ => IdKind::String,
    };
    let which = format!("Which {}, by its id.", names::words(&resource.singular));
    scalar("id", number, field::of_id(kind), FieldBehavior::Required, which)
}

fn request_id(number: u32) -> (Built, String) {
    scalar("request_id", number, Type::String, FieldBehavior::Optional, REQUEST_ID.to_owned())
}

/// The resource as a field of a request; it is called by the singular.
fn itself(package: &Package, resource: &Resource, at: u32, comment: String) -> (Built, String) {
    let full = names::full(&package.name, &resource.name);
    let mut descriptor = field::single(&resource.singular, number(at), Type::Message, &full);
    descriptor.options = field::behaves([FieldBehavior::Required]);
    (alone(descriptor), comment)
}

fn scalar(name: &str, at: u32, r#type: Type, behavior: FieldBehavior, comment: String) -> (Built, String) {
    let mut descriptor = field::single(name, number(at), r#type, "");
    descriptor.options = field::behaves([behavior]);
    (alone(descriptor), comment)
}

pub(super) fn alone(descriptor: FieldDescriptorProto) -> Built {
    Built { descriptor, entry: None }
}

pub(super) fn number(fixed: u32) -> i32 {
    i32::try_from(fixed).unwrap_or_default()
}
