//! The service of a resource: its methods, each with the route that REST has for it.

use fourfold_model::model::{Operation, Resource, Role};
use fourfold_model::rpc;

use super::comment::Comments;
use super::descriptor::{
    HttpPattern, HttpRule, MethodDescriptorProto, MethodOptions, ServiceDescriptorProto,
};
use super::{Commented, names};
use crate::catalog::Package;
use crate::prose;

const EMPTY: &str = ".google.protobuf.Empty";

/// The service of a resource.
pub(super) fn of_resource(package: &Package, resource: &Resource) -> Commented<ServiceDescriptorProto> {
    let mut methods = standard(package, resource);
    methods.extend(resource.operations.iter().map(|operation| custom(package, resource, operation)));
    let (method, comments): (Vec<_>, Vec<_>) = methods.into_iter().unzip();
    let doc = format!(
        "Reads, lists, creates, changes and deletes {}, with the rules and the effects that they have over REST.",
        names::words(&resource.plural)
    );
    Commented {
        descriptor: ServiceDescriptorProto { name: rpc::service(&resource.name), method },
        comments: Comments::of(&doc, comments),
    }
}

fn standard(package: &Package, resource: &Resource) -> Vec<(MethodDescriptorProto, String)> {
    let name = &resource.name;
    let a = names::a(&resource.singular);
    let all = format!("/{}/{}", resource.version, resource.path);
    let one = format!("{all}/{{id}}");
    let id = resource.fields.get(resource.id).map_or("id", |field| &field.name);
    let inner = format!("{all}/{{{}.{id}}}", resource.singular);
    let itself = names::full(&package.name, name);
    let list = rpc::list_method(&resource.plural);
    let page = names::full(&package.name, &rpc::response(&list));
    let body = &resource.singular;
    let soft = resource.fields.iter().any(|field| field.role == Role::DeletedAt);
    let deletes = if soft { format!("Marks {a} as deleted.") } else { format!("Deletes {a}.") };
    let updates = format!(
        "Changes the fields of {a} that the mask names; without a mask, those that are populated.\n\
         A field that the mask names and the request leaves out becomes null. `*` replaces all fields."
    );
    let method = |name: String, output: &str, pattern, body: &str, comment: String| {
        (method(package, name, output, pattern, body), comment)
    };
    vec![
        method(rpc::get_method(name), &itself, HttpPattern::Get(one.clone()), "", format!("Gets {a}.")),
        method(list, &page, HttpPattern::Get(all.clone()), "", {
            format!("Lists {}, page by page.", names::words(&resource.plural))
        }),
        watch(package, resource, &all),
        method(rpc::create_method(name), &itself, HttpPattern::Post(all), body, format!("Creates {a}.")),
        method(rpc::update_method(name), &itself, HttpPattern::Patch(inner), body, updates),
        method(rpc::delete_method(name), EMPTY, HttpPattern::Delete(one), "", deletes),
    ]
}

/// What happens to the resources, as a stream.
fn watch(package: &Package, resource: &Resource, all: &str) -> (MethodDescriptorProto, String) {
    let name = rpc::watch_method(&resource.plural);
    let output = names::full(&package.name, &rpc::response(&name));
    let mut method = method(package, name, &output, HttpPattern::Get(format!("{all}:watch")), "");
    method.server_streaming = true;
    let comment = format!(
        "Tells what happens to {}, as it happens, for as long as the caller wants to hear it.\n\
         A stream that breaks goes on without a gap and without a repeat from the last `resume_token`. One that is too\n\
         old is OUT_OF_RANGE: list anew, and watch without a token.",
        names::words(&resource.plural)
    );
    (method, comment)
}

fn custom(package: &Package, resource: &Resource, operation: &Operation) -> (MethodDescriptorProto, String) {
    let path = format!("/{}/{}/{{id}}/{}", resource.version, resource.path, operation.name);
    let body = if operation.input.is_some() { rpc::INPUT } else { "" };
    let event = operation
        .event
        .as_ref()
        .map(|event| format!("\nPublishes the event `{}.{event}`.", resource.singular));
    let a = names::a(&resource.singular);
    let comment = format!("Runs the operation `{}` on {a}.{}", operation.name, event.unwrap_or_default());
    let comment = prose::with_deprecated(&comment, operation.deprecated.as_deref());
    let name = rpc::custom_method(&operation.name, &resource.name);
    let itself = names::full(&package.name, &resource.name);
    let mut method = method(package, name, &itself, HttpPattern::Post(path), body);
    if let (Some(options), Some(_)) = (&mut method.options, &operation.deprecated) {
        options.deprecated = Some(true);
    }
    (method, comment)
}

fn method(
    package: &Package,
    name: String,
    output: &str,
    pattern: HttpPattern,
    body: &str,
) -> MethodDescriptorProto {
    let http = HttpRule { pattern: Some(pattern), body: body.to_owned() };
    MethodDescriptorProto {
        input_type: names::full(&package.name, &rpc::request(&name)),
        name,
        output_type: output.to_owned(),
        options: Some(MethodOptions { http: Some(http), deprecated: None }),
        server_streaming: false,
    }
}
