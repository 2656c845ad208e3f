//! The parameters of a resource's operations.

use fourfold_model::model::{Element, Field, Many};

use super::operations::Operations;
use super::shared::parameter;
use super::spec::{OrRef, Parameter};
use crate::schema::merge::Node;
use crate::schema::schemas::{self, Form};
use crate::schema::spec::Schema;

impl Operations<'_, '_> {
    pub(super) fn change_parameters() -> Vec<OrRef<Parameter>> {
        ["IdempotencyKey", "IfMatch", "IfNoneMatch", "Prefer", "RequestId"].map(parameter).into()
    }

    pub(super) fn id(&mut self) -> OrRef<Parameter> {
        let field = &self.resource.fields[self.resource.id];
        let mut schema = schemas::plain(self.schemas, field);
        if schema.types == Schema::of("string").types && schema.format.is_none() {
            schema.min_length = Some(1);
        }
        let description = format!("The id of the {}.", self.noun());
        let example = self.examples().field(field, Form::Answer);
        let name = "id".to_owned();
        OrRef::Here(Parameter { name, place: "path", description, required: true, schema, example })
    }

    pub(super) fn update_mask() -> OrRef<Parameter> {
        let description = "With a body in protobuf: the fields that change, divided by commas; `*` means all. Without it \
                           those change that the body says. JSON and XML say it by themselves and take no mask.";
        query("update_mask", description, Schema::of("string"), None)
    }

    pub(super) fn watch_parameters(&self) -> Vec<OrRef<Parameter>> {
        let all = self.resource.fields.iter().enumerate();
        let filters = all.filter(|(index, field)| {
            asked(field, *index == self.resource.id, |field| field.filter) && !field.sensitive
        });
        let filters: Vec<_> = filters.map(|(_, field)| format!("`{}`", field.name)).collect();
        let filter = format!("Which ones, as for a list. Fields: {}.", filters.join(", "));
        let from = Schema { names: vec!["beginning".to_owned(), "now".to_owned()], ..Schema::of("string") };
        let token =
            "The id of the last event, to go on after it. `Last-Event-ID` is the same and comes first.";
        let last = OrRef::Here(Parameter {
            name: "Last-Event-ID".to_owned(),
            place: "header",
            description: "The id of the last event, as clients send it that come again by themselves."
                .to_owned(),
            required: false,
            schema: Schema::of("string"),
            example: None,
        });
        let begin = "Where to begin without a token: with all that is still known, or with what happens from now on, \
                     which is what it does where nothing is said.";
        vec![
            query("resume_token", token, Schema::of("string"), None),
            query("from", begin, from, None),
            query("filter", &filter, Schema::of("string"), None),
            last,
        ]
    }

    pub(super) fn list_parameters(&mut self) -> Vec<OrRef<Parameter>> {
        let names = |marked: fn(&Field) -> bool| {
            let all = self.resource.fields.iter().enumerate();
            let names = all.filter(|(index, field)| asked(field, *index == self.resource.id, marked));
            names.map(|(_, field)| format!("`{}`", field.name)).collect::<Vec<_>>().join(", ")
        };
        let (filters, sorts) = (names(|field| field.filter), names(|field| field.sort));
        let size = Schema {
            minimum: Some(Node::Int(0)),
            maximum: Some(Node::Int(i64::MAX)),
            format: Some("int64"),
            ..Schema::of("integer")
        };
        let filter = format!(
            "Which ones: comparisons with `=`, `!=`, `<`, `<=`, `>`, `>=` and `:` (has), joined by `AND`, `OR`, `NOT` and \
             parentheses (AIP-160). Fields: {filters}."
        );
        let order = format!(
            "In which order: field names, each with an optional `desc`, divided by commas. Fields: {sorts}."
        );
        let mut list = vec![
            query(
                "page_size",
                "How many at most. 0 leaves it to the service, and more than its maximum means that.",
                size,
                Some(Node::Int(20)),
            ),
            query(
                "page_token",
                "`next_page_token` of the page before, as it is.",
                Schema::of("string"),
                None,
            ),
            query("filter", &filter, Schema::of("string"), None),
            query("order_by", &order, Schema::of("string"), None),
        ];
        for (index, field) in self.resource.fields.iter().enumerate() {
            if asked(field, index == self.resource.id, |field| field.filter) {
                let schema = schemas::plain(self.schemas, field);
                let description = format!("Only those whose `{}` is this.", field.name);
                list.push(query(&field.name, &description, schema, None));
            }
        }
        list
    }
}

/// As the runtime decides: what is marked and the id, if it can be compared and is shown.
fn asked(field: &Field, is_id: bool, marked: fn(&Field) -> bool) -> bool {
    let comparable = match &field.shape.element {
        Element::Scalar(scalar) => scalar.info().comparable,
        Element::Named(_) => true,
    };
    (marked(field) || is_id) && !field.input_only && field.shape.many == Many::One && comparable
}

fn query(name: &str, description: &str, schema: Schema, example: Option<Node>) -> OrRef<Parameter> {
    let (name, description) = (name.to_owned(), description.to_owned());
    OrRef::Here(Parameter { name, place: "query", description, required: false, schema, example })
}
