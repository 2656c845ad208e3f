//! The text of `.proto` files, formatted as `buf format` leaves it, from descriptors by templates.

use std::collections::BTreeMap;

use askama::Template;

use super::descriptor::{
    DescriptorProto, EnumDescriptorProto, FieldBehavior, FieldDescriptorProto, FileDescriptorProto,
    HttpPattern, Label, MethodDescriptorProto, ReservedRange, ResourceDescriptor, ServiceDescriptorProto,
    Type,
};
use super::{ENUMS, MESSAGES, PARTS, SERVICES};

#[derive(Template)]
#[template(path = "proto/file.proto")]
struct FileView<'a> {
    package: &'a str,
    imports: &'a [String],
    services: Vec<ServiceView<'a>>,
    messages: Vec<MessageView<'a>>,
    enums: Vec<EnumView<'a>>,
}

#[derive(Template)]
#[template(path = "proto/service.proto")]
struct ServiceView<'a> {
    comment: Vec<&'a str>,
    name: &'a str,
    methods: Vec<MethodView<'a>>,
}

struct MethodView<'a> {
    comment: Vec<&'a str>,
    name: &'a str,
    input: String,
    output: String,
    streams: bool,
    deprecated: bool,
    google: &'static str,
    verb: &'static str,
    path: String,
    body: Option<String>,
}

#[derive(Template)]
#[template(path = "proto/message.proto")]
struct MessageView<'a> {
    comment: Vec<&'a str>,
    name: &'a str,
    /// Nothing stands between its braces: buf wants them side by side then.
    is_empty: bool,
    deprecated: bool,
    google: &'static str,
    resource: Option<ResourceView>,
    reserved: ReservedView,
    fields: Vec<FieldView<'a>>,
}

struct ResourceView {
    kind: String,
    pattern: String,
    name_field: String,
    plural: String,
    singular: String,
}

/// The numbers and the names as `reserved` lists them; empty where there are none.
struct ReservedView {
    numbers: String,
    names: String,
}

struct FieldView<'a> {
    comment: Vec<&'a str>,
    /// `repeated Item items`
    declaration: String,
    number: i32,
    options: Vec<String>,
}

#[derive(Template)]
#[template(path = "proto/enum.proto")]
struct EnumView<'a> {
    comment: Vec<&'a str>,
    name: &'a str,
    reserved: ReservedView,
    values: Vec<ValueView<'a>>,
}

struct ValueView<'a> {
    comment: Vec<&'a str>,
    name: &'a str,
    number: i32,
    deprecated: bool,
}

/// The text of a file.
#[must_use]
pub fn text(file: &FileDescriptorProto) -> String {
    Writer::of(file).file().to_string()
}

/// What every part of a file is written with.
struct Writer<'a> {
    file: &'a FileDescriptorProto,
    comments: BTreeMap<&'a [i32], &'a str>,
    /// How `google` is said.
    google: &'static str,
}

impl<'a> Writer<'a> {
    fn of(file: &'a FileDescriptorProto) -> Self {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        let comments = locations
            .filter_map(|location| Some((location.path.as_slice(), location.leading_comments.as_deref()?)))
            .collect();
        // A name is looked up from the inside out, and so a package's own `google` would be found first.
        let shadowed = file.package.split('.').skip(1).any(|segment| segment == "google");
        Self { file, comments, google: if shadowed { ".google" } else { "google" } }
    }

    fn file(&self) -> FileView<'a> {
        let file = self.file;
        FileView {
            package: &file.package,
            imports: &file.dependency,
            services: (0..).zip(&file.service).map(|(index, service)| self.service(index, service)).collect(),
            messages: (0..)
                .zip(&file.message_type)
                .map(|(index, message)| self.message(index, message))
                .collect(),
            enums: (0..).zip(&file.enum_type).map(|(index, choice)| self.choice(index, choice)).collect(),
        }
    }

    fn service(&self, index: i32, service: &'a ServiceDescriptorProto) -> ServiceView<'a> {
        let method = |(part, method)| self.method(&[SERVICES, index, PARTS, part], method);
        ServiceView {
            comment: self.comment(&[SERVICES, index]),
            name: &service.name,
            methods: (0..).zip(&service.method).map(method).collect(),
        }
    }

    fn method(&self, path: &[i32], method: &'a MethodDescriptorProto) -> MethodView<'a> {
        let rule = method.options.as_ref().and_then(|options| options.http.as_ref());
        let (verb, route) = match rule.and_then(|rule| rule.pattern.as_ref()) {
            Some(HttpPattern::Get(path)) => ("get", path.as_str()),
            Some(HttpPattern::Put(path)) => ("put", path.as_str()),
            Some(HttpPattern::Post(path)) => ("post", path.as_str()),
            Some(HttpPattern::Delete(path)) => ("delete", path.as_str()),
            Some(HttpPattern::Patch(path)) => ("patch", path.as_str()),
            None => ("", ""),
        };
        MethodView {
            comment: self.comment(path),
            name: &method.name,
            input: self.type_name(&method.input_type, None),
            output: self.type_name(&method.output_type, None),
            streams: method.server_streaming,
            deprecated: method.options.as_ref().is_some_and(|options| options.deprecated == Some(true)),
            google: self.google,
            verb,
            path: quoted(route),
            body: rule.filter(|rule| !rule.body.is_empty()).map(|rule| quoted(&rule.body)),
        }
    }

    fn message(&self, index: i32, message: &'a DescriptorProto) -> MessageView<'a> {
        let options = message.options.as_ref();
        let field = |(part, field): (i32, &'a FieldDescriptorProto)| FieldView {
            comment: self.comment(&[MESSAGES, index, PARTS, part]),
            declaration: self.declaration(message, field),
            number: field.number,
            options: self.options(field),
        };
        MessageView {
            comment: self.comment(&[MESSAGES, index]),
            name: &message.name,
            is_empty: message.field.is_empty()
                && message.reserved_range.is_empty()
                && options
                    .is_none_or(|options| options.resource.is_none() && options.deprecated != Some(true)),
            deprecated: options.is_some_and(|options| options.deprecated == Some(true)),
            google: self.google,
            resource: options.and_then(|options| options.resource.as_ref()).map(resource),
            reserved: reserved(&message.reserved_range, &message.reserved_name),
            fields: (0..).zip(&message.field).map(field).collect(),
        }
    }

    fn choice(&self, index: i32, choice: &'a EnumDescriptorProto) -> EnumView<'a> {
        let values = (0..).zip(&choice.value).map(|(part, value)| ValueView {
            comment: self.comment(&[ENUMS, index, PARTS, part]),
            name: &value.name,
            number: value.number.unwrap_or_default(),
            deprecated: value.options.as_ref().is_some_and(|options| options.deprecated == Some(true)),
        });
        EnumView {
            comment: self.comment(&[ENUMS, index]),
            name: &choice.name,
            reserved: reserved(&choice.reserved_range, &choice.reserved_name),
            values: values.collect(),
        }
    }

    fn declaration(&self, message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
        let entry = message.nested_type.iter().find(|entry| {
            field.type_name == format!(".{}.{}.{}", self.file.package, message.name, entry.name)
        });
        let name = &field.name;
        if let Some([key, value]) = entry.map(|entry| entry.field.as_slice()) {
            let (key, value) = (self.type_of(message, key), self.type_of(message, value));
            return format!("map<{key}, {value}> {name}");
        }
        let label = match () {
            () if field.label() == Label::Repeated => "repeated ",
            () if field.proto3_optional => "optional ",
            () => "",
        };
        format!("{label}{} {name}", self.type_of(message, field))
    }

    fn type_of(&self, message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
        match field.r#type() {
            Type::Message | Type::Enum => self.type_name(&field.type_name, Some(message)),
            scalar => scalar.keyword().to_owned(),
        }
    }

    /// A full name as short as it is understood within a message.
    fn type_name(&self, full: &str, within: Option<&DescriptorProto>) -> String {
        if let Some(rest) = full.strip_prefix(".google.protobuf.") {
            return format!("{}.protobuf.{rest}", self.google);
        }
        let short = full.strip_prefix(&format!(".{}.", self.file.package));
        let hidden = |name: &str| {
            within.is_some_and(|message| message.nested_type.iter().any(|entry| entry.name == name))
        };
        match short {
            Some(short) if !hidden(short) => short.to_owned(),
            _ => full.to_owned(),
        }
    }

    fn options(&self, field: &FieldDescriptorProto) -> Vec<String> {
        let Some(options) = &field.options else { return Vec::new() };
        let mut out = Vec::new();
        if options.deprecated == Some(true) {
            out.push("deprecated = true".to_owned());
        }
        for behavior in &options.field_behavior {
            let name = FieldBehavior::try_from(*behavior).unwrap_or(FieldBehavior::Unspecified).keyword();
            out.push(format!("({}.api.field_behavior) = {name}", self.google));
        }
        if let Some(reference) = &options.resource_reference {
            let kind = quoted(&reference.r#type);
            out.push(format!("({}.api.resource_reference) = {{type: {kind}}}", self.google));
        }
        out
    }

    /// The lines of the comment on what is at `path`, as they follow `//`.
    fn comment(&self, path: &[i32]) -> Vec<&'a str> {
        self.comments.get(path).map(|comment| comment.lines().collect()).unwrap_or_default()
    }
}

fn resource(resource: &ResourceDescriptor) -> ResourceView {
    ResourceView {
        kind: quoted(&resource.r#type),
        pattern: quoted(resource.pattern.first().map(String::as_str).unwrap_or_default()),
        name_field: quoted(&resource.name_field),
        plural: quoted(&resource.plural),
        singular: quoted(&resource.singular),
    }
}

fn reserved(ranges: &[ReservedRange], names: &[String]) -> ReservedView {
    let numbers: Vec<String> = ranges.iter().map(|range| range.start().to_string()).collect();
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    ReservedView { numbers: numbers.join(", "), names: names.join(", ") }
}

/// A string literal.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
