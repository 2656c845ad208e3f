//! The operations of a resource: what each takes and every answer it may give.

use std::collections::BTreeMap;
use std::fmt;

use fourfold_model::model::{Operation as Custom, Resource, Role};
use fourfold_model::rpc;

use super::shared::{failures, header_refs, parameter};
use super::spec::{MediaType, Operation, OrRef, Parameter, PathItem, RequestBody, Response};
use crate::catalog::{Named, Package};
use crate::prose;
use crate::schema::examples::Examples;
use crate::schema::merge::Node;
use crate::schema::schemas::{Form, Schemas, with_article};
use crate::schema::spec::{Pairs, Schema, Xml};

const JSON: &str = "application/json";
const XML: &str = "application/xml";
const PROTOBUF: &str = "application/protobuf";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// What any request for a resource may be answered with.
const ALWAYS: [&str; 8] = [
    "InvalidArgument",
    "Unauthenticated",
    "PermissionDenied",
    "NotAcceptable",
    "ResourceExhausted",
    "Internal",
    "Unavailable",
    "DeadlineExceeded",
];
/// What one with a body may be answered with besides.
const BODY: [&str; 2] = ["RequestTimeout", "TooLarge"];

/// Writes the operations of one resource.
pub(super) struct Operations<'a, 'b> {
    pub(super) package: &'a Package,
    pub(super) resource: &'a Resource,
    pub(super) schemas: &'b mut Schemas<'a>,
}

/// What a body or an answer holds.
struct Content {
    schema: Schema,
    /// The name of the XML document's element, where the schema does not say it.
    element: Option<&'static str>,
    /// The proto message that it is in protobuf.
    message: String,
    example: Option<Node>,
}

impl Operations<'_, '_> {
    /// All paths.
    pub(super) fn paths(&mut self) -> BTreeMap<String, PathItem> {
        let collection = format!("/{}/{}", self.resource.version, self.resource.path);
        let item = format!("{collection}/{{id}}");
        let watched = format!("{collection}:watch");
        let mut paths = BTreeMap::from([
            (item.clone(), self.item()),
            (watched, self.watched()),
            (collection, self.collection()),
        ]);
        for operation in &self.resource.operations {
            paths.insert(format!("{item}/{}", operation.name), self.custom(operation));
        }
        paths
    }

    fn collection(&mut self) -> PathItem {
        let (list, create) = (self.list(), self.create());
        let mut name = rpc::pascal(&self.resource.plural);
        // Series, one of which is a series.
        if name == self.resource.name {
            name = rpc::list_method(&self.resource.plural);
        }
        PathItem {
            head: Some(self.head(&list, &name)),
            get: Some(list),
            post: Some(create),
            options: Some(self.options(&name, "Accept-Post")),
            ..PathItem::default()
        }
    }

    fn item(&mut self) -> PathItem {
        let get = self.get();
        let mut name = self.resource.name.clone();
        let of_item = ["head", "options"];
        if self.resource.operations.iter().any(|operation| of_item.contains(&operation.name.as_str())) {
            name = rpc::get_method(&name);
        }
        PathItem {
            parameters: vec![self.id()],
            head: Some(self.head(&get, &name)),
            get: Some(get),
            patch: Some(self.update()),
            put: Some(self.replace()),
            delete: Some(self.delete()),
            options: Some(self.options_of_one(&name, "Accept-Patch")),
            ..PathItem::default()
        }
    }

    fn list(&mut self) -> Operation {
        let nouns = self.resource.plural.replace('_', " ");
        let content = Content {
            schema: self.schemas.page(self.resource),
            element: None,
            message: rpc::response(&rpc::list_method(&self.resource.plural)),
            example: self.examples().page(self.resource),
        };
        let mut operation = self.operation(rpc::list_method(&self.resource.plural), format!("List {nouns}"));
        operation.description =
            "Pages are stable while rows come and go. Ask for the next with `page_token`, and the same \
                                 filter and order."
                .into();
        operation.parameters = self.list_parameters();
        operation.parameters.push(parameter("RequestId"));
        self.answer(
            &mut operation,
            "200",
            format!("A page of {nouns}."),
            &["Cache-Control", "Vary"],
            Some(content),
        );
        self.fail(&mut operation, &[]);
        operation
    }

    fn create(&mut self) -> Operation {
        let noun = self.noun();
        let mut operation = self
            .operation(rpc::create_method(&self.resource.name), format!("Create {}", with_article(&noun)));
        operation.description = format!("The answer is the new {noun}, with its place in `Location`.");
        operation.parameters = ["IdempotencyKey", "Prefer", "RequestId"].map(parameter).into();
        operation.request_body = Some(self.body(Form::Create));
        let answer = self.row();
        self.answer(
            &mut operation,
            "201",
            format!("The new {noun}."),
            &[&["Location"], WRITTEN].concat(),
            Some(answer),
        );
        self.fail(&mut operation, &[&BODY[..], &["Conflict", "UnsupportedMediaType", "KeyReused"]].concat());
        operation
    }

    fn get(&mut self) -> Operation {
        let noun = self.noun();
        let mut operation =
            self.operation(rpc::get_method(&self.resource.name), format!("Get {}", with_article(&noun)));
        operation.description =
            "With the `ETag` of the version that the caller has in `If-None-Match`, the answer is 304 until it changes."
                .into();
        operation.parameters = vec![parameter("IfMatch"), parameter("IfNoneMatch"), parameter("RequestId")];
        let answer = self.row();
        let headers = &["ETag", "Cache-Control", "Vary"];
        self.answer(&mut operation, "200", format!("The {noun}."), headers, Some(answer));
        self.answer(
            &mut operation,
            "304",
            "The caller has it already (`If-None-Match`).".to_owned(),
            headers,
            None,
        );
        self.fail(&mut operation, &["NotFound", "VersionMismatch"]);
        operation
    }

    fn update(&mut self) -> Operation {
        let noun = self.noun();
        let mut operation = self
            .operation(rpc::update_method(&self.resource.name), format!("Update {}", with_article(&noun)));
        operation.description =
            "Changes what the body says and nothing else (RFC 7396). What is read-only may be sent back \
                                 as it is."
                .into();
        operation.parameters = Self::change_parameters();
        operation.parameters.push(Self::update_mask());
        let mut body = self.body(Form::Update);
        if let Some((_, json)) = body.content.0.first() {
            let merge = MediaType { schema: json.schema.clone(), example: json.example.clone() };
            body.content.0.insert(0, (MERGE_PATCH.to_owned(), merge));
        }
        operation.request_body = Some(body);
        self.changed(&mut operation, "UnsupportedPatchType");
        operation
    }

    fn replace(&mut self) -> Operation {
        let noun = self.noun();
        // A replace is an update of everything, and so has no method of its own in gRPC.
        let method = format!("Replace{}", self.resource.name);
        let mut operation = self.operation(method, format!("Replace {}", with_article(&noun)));
        operation.description =
            "What the body leaves out gets its default or null; what the caller is never shown, or can't \
                                 change, stays."
                .into();
        operation.parameters = Self::change_parameters();
        operation.request_body = Some(self.body(Form::Replace));
        self.changed(&mut operation, "UnsupportedMediaType");
        operation
    }

    fn delete(&mut self) -> Operation {
        let noun = self.noun();
        let mut operation = self
            .operation(rpc::delete_method(&self.resource.name), format!("Delete {}", with_article(&noun)));
        operation.parameters = Self::change_parameters();
        let soft = self.resource.fields.iter().any(|field| field.role == Role::DeletedAt);
        operation.description = if soft {
            format!("The {noun} is marked as deleted, and found no more.")
        } else {
            format!("The {noun} is gone for good.")
        };
        let headers = ["Cache-Control", "Vary", "Idempotency-Replayed"];
        self.answer(&mut operation, "204", format!("The {noun} is gone."), &headers, None);
        self.fail(&mut operation, &["NotFound", "Conflict", "VersionMismatch", "KeyReused"]);
        operation
    }

    fn custom(&mut self, custom: &Custom) -> PathItem {
        let method = rpc::custom_method(&custom.name, &self.resource.name);
        let words = custom.name.replace('_', " ");
        let summary = format!("{}{} {}", words[..1].to_uppercase(), &words[1..], with_article(&self.noun()));
        let mut operation = self.operation(method.clone(), summary);
        let event = custom.event.as_deref().unwrap_or("updated");
        let publishes = format!("Publishes the event `{}.{event}`.", self.resource.singular);
        operation.description = prose::with_deprecated(&publishes, custom.deprecated.as_deref());
        operation.deprecated = custom.deprecated.is_some();
        operation.parameters = Self::change_parameters();
        let input = custom.input.as_deref().and_then(|input| self.package.resolve(input));
        let unsupported = if let Some(Named::Value(value)) = input {
            let content = Content {
                schema: self.schemas.value(value, Form::Input),
                element: Some("input"),
                message: value.name.clone(),
                example: self.examples().value(value, Form::Input),
            };
            let description = value.doc.clone();
            operation.request_body =
                Some(RequestBody { description, required: true, content: self.content(content) });
            "UnsupportedMediaType"
        } else {
            ""
        };
        self.changed(&mut operation, unsupported);
        PathItem {
            parameters: vec![self.id()],
            post: Some(operation),
            options: Some(self.options_of_one(&method, "Accept-Post")),
            ..PathItem::default()
        }
    }

    /// All of GET but the body.
    pub(super) fn head(&self, get: &Operation, name: &str) -> Operation {
        let mut head = self.operation(format!("Head{name}"), format!("{}, without the body", get.summary));
        head.description = "All headers of the answer to a GET, and nothing else.".into();
        head.parameters.clone_from(&get.parameters);
        for (status, response) in &get.responses {
            let bare = match response {
                OrRef::Ref { .. } => response.clone(),
                OrRef::Here(response) => {
                    OrRef::Here(Response { content: Pairs::default(), ..response.clone() })
                }
            };
            head.responses.insert(status.clone(), bare);
        }
        head
    }

    pub(super) fn options(&self, name: &str, accept: &str) -> Operation {
        let mut operation = self.operation(format!("Options{name}"), "What is possible here".to_owned());
        operation.description = "No authentication is needed for it.".into();
        let both = ["Allow", accept];
        self.answer(
            &mut operation,
            "204",
            "The methods, and the types of what they take.".to_owned(),
            if accept.is_empty() { &["Allow"] } else { &both },
            None,
        );
        operation.responses.extend(failures(&[
            "NotAcceptable",
            "Internal",
            "Unavailable",
            "DeadlineExceeded",
        ]));
        operation
    }

    /// What is possible with any id: none is looked at.
    fn options_of_one(&self, name: &str, accept: &str) -> Operation {
        let mut operation = self.options(name, accept);
        let schema = Schema { min_length: Some(1), ..Schema::of("string") };
        let example = self.examples().field(&self.resource.fields[self.resource.id], Form::Answer);
        operation.parameters = vec![OrRef::Here(Parameter {
            name: "id".to_owned(),
            place: "path",
            description: "Any id: it need not be one that there is.".to_owned(),
            required: true,
            schema,
            example: example.filter(|example| matches!(example, Node::Text(_))),
        })];
        operation
    }

    pub(super) fn operation(&self, method: impl fmt::Display, summary: String) -> Operation {
        Operation {
            id: format!("{}.{method}", self.package.name),
            tags: vec![super::tag(self.resource)],
            summary,
            description: String::new(),
            deprecated: false,
            parameters: Vec::new(),
            request_body: None,
            responses: BTreeMap::new(),
        }
    }

    /// The answer of what changes a row.
    fn changed(&mut self, operation: &mut Operation, unsupported: &str) {
        let noun = self.noun();
        let answer = self.row();
        self.answer(operation, "200", format!("The {noun} as it is now."), WRITTEN, Some(answer));
        let more = ["NotFound", "Conflict", "VersionMismatch", "KeyReused", unsupported];
        self.fail(operation, &[&BODY[..], &more].concat());
    }

    fn answer(
        &self,
        operation: &mut Operation,
        status: &str,
        description: String,
        headers: &[&str],
        content: Option<Content>,
    ) {
        let headers = header_refs(&[&["X-Request-Id"], headers].concat());
        let content = content.map(|content| self.content(content)).unwrap_or_default();
        operation
            .responses
            .insert(status.to_owned(), OrRef::Here(Response { description, headers, content }));
    }

    pub(super) fn fail(&self, operation: &mut Operation, names: &[&str]) {
        if names.contains(&"KeyReused") {
            // What takes a key can be carried out later.
            operation.responses.insert("202".to_owned(), OrRef::to("responses", "Accepted"));
        }
        operation.responses.extend(failures(&ALWAYS));
        operation.responses.extend(failures(names));
        if self.resource.behavior {
            // The service's own code may find that the state does not allow it.
            operation.responses.extend(failures(&["Conflict"]));
        }
    }

    fn body(&mut self, form: Form) -> RequestBody {
        let content = Content {
            schema: self.schemas.resource(self.resource, form),
            element: None,
            message: self.resource.name.clone(),
            example: self.examples().resource(self.resource, form),
        };
        RequestBody { description: String::new(), required: true, content: self.content(content) }
    }

    fn row(&mut self) -> Content {
        Content {
            schema: self.schemas.resource(self.resource, Form::Answer),
            element: None,
            message: self.resource.name.clone(),
            example: self.examples().resource(self.resource, Form::Answer),
        }
    }

    fn content(&self, content: Content) -> Pairs<MediaType> {
        let Content { schema, element, message, example } = content;
        let xml = element.map(|name| Xml { name: Some(name.to_owned()), ..Xml::default() });
        let protobuf = Schema {
            description: format!("The message `{}.{message}`.", self.package.name),
            content_media_type: Some(PROTOBUF),
            ..Schema::default()
        };
        Pairs(vec![
            (JSON.to_owned(), MediaType { schema: schema.clone(), example }),
            (XML.to_owned(), MediaType { schema: Schema { xml, ..schema }, example: None }),
            (PROTOBUF.to_owned(), MediaType { schema: protobuf, example: None }),
        ])
    }

    pub(super) fn noun(&self) -> String {
        self.resource.singular.replace('_', " ")
    }

    pub(super) fn examples(&self) -> Examples<'_> {
        Examples { package: self.package }
    }
}

/// The headers of an answer to a write.
const WRITTEN: &[&str] = &["ETag", "Cache-Control", "Vary", "Idempotency-Replayed"];
