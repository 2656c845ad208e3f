//! `GET /v1/orders:watch`: what happens, as a stream.

use fourfold_model::rpc;

use super::operations::Operations;
use super::shared::{header_refs, parameter};
use super::spec::{MediaType, Operation, OrRef, PathItem, Response};
use crate::schema::spec::{Pairs, Schema};

impl Operations<'_, '_> {
    pub(super) fn watched(&self) -> PathItem {
        let watch = self.watch();
        let name = rpc::watch_method(&self.resource.plural);
        let mut options = self.options(&name, "");
        if let Some(OrRef::Here(response)) = options.responses.get_mut("204") {
            "The methods.".clone_into(&mut response.description);
        }
        PathItem {
            head: Some(self.head(&watch, &name)),
            get: Some(watch),
            options: Some(options),
            ..PathItem::default()
        }
    }

    fn watch(&self) -> Operation {
        let nouns = self.resource.plural.replace('_', " ");
        let mut operation =
            self.operation(rpc::watch_method(&self.resource.plural), format!("Watch {nouns}"));
        operation.description = format!(
            "What happens to {nouns}, as it happens, as server-sent events. A stream that breaks goes on without a gap and \
             without a repeat from the id of the last event, as `Last-Event-ID` or `resume_token`."
        );
        operation.parameters = self.watch_parameters();
        operation.parameters.push(parameter("RequestId"));
        let own = self.resource.operations.iter().filter_map(|operation| operation.event.as_deref());
        let names: Vec<_> = ["created", "updated", "deleted"]
            .into_iter()
            .chain(own)
            .map(|name| format!("`{name}`"))
            .collect();
        // Without a type: OpenAPI 3.1 leaves open whether it is that of the text or of one event, and tools differ.
        let schema = Schema {
            description: format!(
                "Events of the names {}. The id is the token; the data is JSON, `{singular}` and, after a change, \
                 `before` and `changed`. A row that leaves the filter is `deleted`, as it was before.",
                names.join(", "),
                singular = self.resource.singular
            ),
            ..Schema::default()
        };
        let stream = MediaType { schema, example: None };
        let response = Response {
            description: format!("What happens to {nouns}, without an end."),
            headers: header_refs(&["X-Request-Id", "Cache-Control", "Vary"]),
            content: Pairs(vec![("text/event-stream".to_owned(), stream)]),
        };
        operation.responses.insert("200".to_owned(), OrRef::Here(response));
        self.fail(&mut operation, &["Conflict", "OutOfRange"]);
        operation
    }
}
