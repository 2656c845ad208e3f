//! Services and their methods, as their clients see them.

use fourfold_model::rpc;
use proc_macro2::Ident;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
};

use super::annotation::{Files, Http};
use super::names;

/// A service.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// What its client is called by: `User` for `UserService`.
    pub(super) name: String,
    /// Its package.
    pub(super) package: String,
    /// Its name.
    pub(super) proto: String,
    /// Its comment.
    pub(super) doc: String,
    /// Its methods.
    pub(super) methods: Vec<Method>,
    /// The methods by which it tells what happens.
    pub(super) watches: Vec<Method>,
    /// Others that it streams, which have no place in the client.
    pub(super) streams: Vec<String>,
}

/// A method.
#[derive(Clone, Debug)]
pub(super) struct Method {
    /// Its name, `GetUser`.
    pub(super) proto: String,
    /// What the client calls it, `get`.
    pub(super) name: Ident,
    /// Its comment.
    pub(super) doc: String,
    /// Whether nobody should call it any more.
    pub(super) deprecated: bool,
    /// What it is in REST.
    pub(super) http: Option<Http>,
    /// The full name of its request.
    pub(super) input: String,
    /// The full name of its answer.
    pub(super) output: String,
    /// The fields of its request.
    pub(super) fields: Vec<Field>,
    /// What it is for.
    pub(super) shape: Shape,
}

/// What a method is for, found by its name and the fields of its request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Get,
    /// With the field of the answer that holds the page.
    List {
        items: Field,
    },
    /// With the field that holds the resource.
    Create {
        resource: Field,
    },
    /// With the field that holds the resource, and the id in that.
    Update {
        resource: Field,
        id: Field,
    },
    Delete,
    /// Tells what happens, again and again.
    Watch,
    /// With the field that holds the input.
    Custom {
        input: Option<Field>,
    },
    /// Anything else: takes its request as it is.
    Other,
}

/// A field, as far as a client has to know it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) kind: Type,
    /// The full name of its message or enum.
    pub(super) type_name: String,
    pub(super) optional: bool,
    repeated: bool,
}

impl Service {
    /// `UserApi`
    pub(super) fn api(&self) -> Ident {
        names::camel(&format!("{}Api", self.name))
    }

    /// `UserClient`
    pub(super) fn client(&self) -> Ident {
        names::camel(&format!("{}Client", self.name))
    }
}

/// The services of a package.
pub(super) fn of_package(package: &str, set: &FileDescriptorSet, annotations: &Files) -> Vec<Service> {
    let mut services = Vec::new();
    for file in set.file.iter().filter(|file| file.package() == package) {
        for (at, service) in file.service.iter().enumerate() {
            let name = service.name().strip_suffix("Service").unwrap_or(service.name());
            let mut found = Service {
                name: name.to_owned(),
                package: package.to_owned(),
                proto: service.name().to_owned(),
                doc: comment(file, &[6, at]),
                methods: Vec::new(),
                watches: Vec::new(),
                streams: Vec::new(),
            };
            for (index, method) in service.method.iter().enumerate() {
                let http = annotations.http(file.name(), at, index);
                let streams = method.client_streaming() || method.server_streaming();
                let made = Method::new(set, name, method, http, comment(file, &[6, at, 2, index]));
                match made.shape {
                    Shape::Watch => found.watches.push(made),
                    _ if streams => found.streams.push(method.name().to_owned()),
                    _ => found.methods.push(made),
                }
            }
            services.push(found);
        }
    }
    services
}

impl Method {
    fn new(
        set: &FileDescriptorSet,
        resource: &str,
        method: &MethodDescriptorProto,
        http: Option<Http>,
        doc: String,
    ) -> Self {
        let request = message(set, method.input_type());
        let fields: Vec<Field> =
            request.map(|request| request.field.iter().map(Field::new).collect()).unwrap_or_default();
        let shape = shape(set, resource, method, &fields, http.as_ref());
        let name = match &shape {
            Shape::Get => names::snake("get"),
            Shape::List { .. } => names::snake("list"),
            Shape::Create { .. } => names::snake("create"),
            Shape::Update { .. } => names::snake("update"),
            Shape::Delete => names::snake("delete"),
            Shape::Watch => names::snake("watch"),
            Shape::Custom { .. } => {
                names::snake(method.name().strip_suffix(resource).unwrap_or(method.name()))
            }
            Shape::Other => names::snake(method.name()),
        };
        // How REST sends what has no known shape is not known either.
        let http = http.filter(|_| shape != Shape::Other);
        let (input, output) = (method.input_type().to_owned(), method.output_type().to_owned());
        let deprecated = method.options.as_ref().is_some_and(prost_types::MethodOptions::deprecated);
        Self { proto: method.name().to_owned(), name, doc, deprecated, http, input, output, fields, shape }
    }

    /// A field of the request, by name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    fn new(field: &FieldDescriptorProto) -> Self {
        Self {
            name: field.name().to_owned(),
            number: u32::try_from(field.number()).unwrap_or_default(),
            kind: field.r#type(),
            type_name: field.type_name().to_owned(),
            optional: field.proto3_optional(),
            repeated: field.label() == Label::Repeated,
        }
    }

    /// Whether it can be an id.
    fn is_id(&self) -> bool {
        !self.repeated && matches!(self.kind, Type::String | Type::Int64)
    }

    /// Whether it is text that is always there.
    pub(super) fn is_text(&self) -> bool {
        !self.repeated && self.kind == Type::String && !self.optional
    }

    fn is_message(&self) -> bool {
        !self.repeated && self.kind == Type::Message
    }
}

/// By the rules of [`rpc`]; whatever follows others is [`Shape::Other`], so nothing is guessed.
fn shape(
    set: &FileDescriptorSet,
    resource: &str,
    method: &MethodDescriptorProto,
    fields: &[Field],
    http: Option<&Http>,
) -> Shape {
    let at =
        |number: u32, name: &str| fields.iter().find(|field| field.number == number && field.name == name);
    let numbered = |number: u32| fields.iter().find(|field| field.number == number);
    let is = |count: usize| fields.len() == count;
    let name = method.name();
    if method.client_streaming() || method.server_streaming() {
        return if is_watch(set, method, fields) { Shape::Watch } else { Shape::Other };
    }
    let by_id = at(rpc::change::ID, "id").is_some_and(|id| id.is_id() && !id.optional);
    let changes = by_id
        && at(rpc::change::ETAG, "etag").is_some_and(Field::is_text)
        && at(rpc::change::REQUEST_ID, "request_id").is_some_and(Field::is_text);
    if name == rpc::get_method(resource) && by_id && is(1) {
        return Shape::Get;
    }
    if name.starts_with("List")
        && is(4)
        && at(rpc::list::PAGE_TOKEN, "page_token").is_some_and(Field::is_text)
    {
        let answer = message(set, method.output_type());
        let items = answer.and_then(|answer| {
            let token = answer.field.iter().any(|field| field.name() == "next_page_token");
            let items = answer.field.iter().map(Field::new).find(|field| field.number == rpc::page::ITEMS);
            items.filter(|items| token && items.repeated && items.kind == Type::Message)
        });
        if let Some(items) = items {
            return Shape::List { items };
        }
    }
    let requested = |number: u32| at(number, "request_id").is_some_and(Field::is_text);
    if name == rpc::create_method(resource)
        && is(2)
        && requested(rpc::create::REQUEST_ID)
        && let Some(resource) = numbered(rpc::create::RESOURCE).filter(|resource| resource.is_message())
    {
        return Shape::Create { resource: resource.clone() };
    }
    if name == rpc::update_method(resource)
        && is(3)
        && requested(rpc::update::REQUEST_ID)
        && at(rpc::update::UPDATE_MASK, "update_mask").is_some_and(Field::is_message)
        && let Some(resource) = numbered(rpc::update::RESOURCE).filter(|resource| resource.is_message())
        && let Some(id) = id_of(set, resource, http)
    {
        return Shape::Update { resource: resource.clone(), id };
    }
    if changes && is(3) && name == rpc::delete_method(resource) {
        return Shape::Delete;
    }
    let input = at(rpc::change::INPUT, rpc::INPUT).filter(|input| input.is_message());
    if changes
        && name.len() > resource.len()
        && name.ends_with(resource)
        && is(3 + usize::from(input.is_some()))
    {
        return Shape::Custom { input: input.cloned() };
    }
    Shape::Other
}

/// Whether a method tells what happens, from a token on.
fn is_watch(set: &FileDescriptorSet, method: &MethodDescriptorProto, fields: &[Field]) -> bool {
    let text = |fields: &[Field], number: u32, name: &str| {
        fields.iter().any(|field| field.number == number && field.name == name && field.is_text())
    };
    let begins = fields.iter().any(|field| {
        field.number == rpc::watch::FROM_BEGINNING
            && field.name == "from_beginning"
            && field.kind == Type::Bool
    });
    let answer = message(set, method.output_type());
    let told: Vec<Field> =
        answer.map(|answer| answer.field.iter().map(Field::new).collect()).unwrap_or_default();
    method.name().starts_with("Watch")
        && !method.client_streaming()
        && begins
        && text(fields, rpc::watch::RESUME_TOKEN, "resume_token")
        && text(&told, rpc::told::RESUME_TOKEN, "resume_token")
        && text(&told, rpc::told::HAPPENED, "happened")
}

/// The id of a resource that has a version: the field that the path in REST names, else `id`.
fn id_of(set: &FileDescriptorSet, resource: &Field, http: Option<&Http>) -> Option<Field> {
    let message = message(set, &resource.type_name)?;
    let fields = || message.field.iter().map(Field::new);
    fields().find(|field| field.name == rpc::ETAG && field.is_text())?;
    let prefix = format!("{{{}.", resource.name);
    let named = http.and_then(|http| http.path.split_once(&prefix)?.1.split('}').next());
    fields().find(|field| field.name == named.unwrap_or("id") && field.is_id())
}

/// A message at the top of a file, by its full name with a dot before it.
fn message<'a>(set: &'a FileDescriptorSet, full: &str) -> Option<&'a DescriptorProto> {
    set.file.iter().find_map(|file| {
        let name = names::local(file.package(), full)?;
        file.message_type.iter().find(|message| message.name() == name)
    })
}

/// The comment before something, by its path in the file.
fn comment(file: &FileDescriptorProto, path: &[usize]) -> String {
    let locations = file.source_code_info.as_ref().map(|info| info.location.as_slice()).unwrap_or_default();
    let is = |place: &[i32]| {
        place.len() == path.len()
            && place.iter().zip(path).all(|(one, other)| usize::try_from(*one) == Ok(*other))
    };
    let found = locations.iter().find(|location| is(&location.path));
    let text = found.map(|location| location.leading_comments().trim_end()).unwrap_or_default();
    text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}
