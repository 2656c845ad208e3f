//! The ways in: REST and gRPC.

use fourfold_codegen::catalog::Package;
use fourfold_model::model::{Operation, Resource};
use fourfold_model::rpc;

use super::table::{row, table};

/// The routes, with what each does.
pub(crate) fn routes(resource: &Resource) -> String {
    let collection = format!("/{}/{}", resource.version, resource.path);
    let item = format!("{collection}/{{id}}");
    let one = article(&resource.singular);
    let mut rows = vec![
        row(["GET", &collection, "list, by page_size, page_token, filter and order_by"]),
        row(["GET", &format!("{collection}:watch"), "watch, by resume_token, from and filter"]),
        row(["POST", &collection, &format!("create {one}")]),
        row(["GET", &item, &format!("get {one}")]),
        row(["PATCH", &item, &format!("update {one} (RFC 7396)")]),
        row(["PUT", &item, &format!("replace {one}")]),
        row(["DELETE", &item, &format!("delete {one}")]),
    ];
    for Operation { name, input, event, deprecated } in &resource.operations {
        let takes = input.as_ref().map(|input| format!(", takes {}", last(input))).unwrap_or_default();
        let event = event.as_ref().map(|event| format!(", publishes {}.{event}", resource.singular));
        let deprecated = deprecated.as_ref().map(|why| format!(", deprecated: {}", why.replace('\n', " ")));
        let says = format!("{name}{takes}{}{}", event.unwrap_or_default(), deprecated.unwrap_or_default());
        rows.push(row(["POST", &format!("{item}/{name}"), &says]));
    }
    table(&rows)
}

/// The rpcs with their messages.
pub(crate) fn rpcs(package: &Package, resource: &Resource) -> String {
    let name = &resource.name;
    let list = rpc::list_method(&resource.plural);
    let mut rows = Vec::new();
    let mut add = |method: &str, answer: &str| {
        rows.push(vec![method.to_owned(), rpc::request(method), format!("-> {answer}")]);
    };
    add(&rpc::get_method(name), name);
    add(&list, &rpc::response(&list));
    let watch = rpc::watch_method(&resource.plural);
    add(&watch, &format!("stream {}", rpc::response(&watch)));
    add(&rpc::create_method(name), name);
    add(&rpc::update_method(name), name);
    add(&rpc::delete_method(name), "google.protobuf.Empty");
    for operation in &resource.operations {
        add(&rpc::custom_method(&operation.name, name), name);
    }
    format!("  {}.{}\n{}", package.name, rpc::service(name), table(&rows))
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {}", noun.replace('_', " "))
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path).trim()
}
