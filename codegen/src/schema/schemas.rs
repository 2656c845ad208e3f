//! The schemas of a resource and of what it reaches: as it is answered, and as a create, an update, a replace and an
//! operation take it.

use std::collections::BTreeMap;

use fourfold_model::model::{Choice, Element, Field, IdKind, Many, Resource, Role, Rule, Value};
use fourfold_model::types::Scalar;

use super::examples::Examples;
use super::merge::Node;
use super::scalars;
use super::spec::{Additional, Pairs, Schema, Types, Xml};
use crate::catalog::{Named, Package};
use crate::prose;

/// What an object stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is answered.
    Answer,
    /// A new resource.
    Create,
    /// A merge patch of a resource.
    Update,
    /// A resource in place of another.
    Replace,
    /// A nested value, complete, or the input of an operation.
    Input,
    /// A merge patch of a nested value.
    Merge,
    /// As an event says it, which has no secrets.
    Event,
    /// As an event of others must say it to be understood.
    Heard,
}

impl Form {
    /// What is added to a name.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Answer | Self::Event | Self::Heard => "",
            Self::Create => "Create",
            Self::Update | Self::Merge => "Update",
            Self::Replace => "Replace",
            Self::Input => "Input",
        }
    }

    /// The form of values inside, where they are merged into and not replaced.
    const fn nested(self) -> Self {
        match self {
            Self::Answer | Self::Event | Self::Heard => self,
            Self::Update | Self::Merge => Self::Merge,
            _ => Self::Input,
        }
    }

    const fn is_merge(self) -> bool {
        matches!(self, Self::Update | Self::Merge)
    }

    /// Whether it is what a caller says: members that are not known are mistakes then.
    pub(crate) const fn is_said(self) -> bool {
        !matches!(self, Self::Answer | Self::Event | Self::Heard)
    }
}

/// Writes schemas into the components.
pub(crate) struct Schemas<'a> {
    package: &'a Package,
    pub(crate) components: BTreeMap<String, Schema>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(package: &'a Package) -> Self {
        Self { package, components: BTreeMap::new() }
    }

    /// The package whose names are meant.
    pub(crate) fn package(&self) -> &'a Package {
        self.package
    }

    /// The name of a component: the item's full name. Nobody's own name is taken.
    pub(crate) fn name(&self, item: &str, suffix: &str) -> String {
        let mut name = format!("{item}{suffix}");
        while !suffix.is_empty() && self.package.resolve(&name).is_some() {
            name.push('_');
        }
        format!("{}.{name}", self.package.name)
    }

    /// The schema of a resource in a form, as a reference to the component that it becomes.
    pub(crate) fn resource(&mut self, resource: &Resource, form: Form) -> Schema {
        let name = self.name(&resource.name, form.suffix());
        if self.components.contains_key(&name) {
            return Schema::to(&name);
        }
        let noun = resource.singular.replace('_', " ");
        let doc = match form {
            Form::Create => format!("What a create of {} takes.", with_article(&noun)),
            Form::Update => format!(
                "What changes of {}: a member that is absent stays as it is, null takes a value away, objects are \
                 merged, lists are replaced (RFC 7396).",
                with_article(&noun)
            ),
            Form::Replace => format!(
                "What {} becomes: a member that is absent gets its default or null, but what is never shown or can't \
                 be changed stays.",
                with_article(&noun)
            ),
            _ => resource.doc.clone(),
        };
        let mut schema = self.object(&resource.fields, form, Some(resource));
        schema.description = doc;
        schema.xml = Some(Xml { name: Some(resource.singular.clone()), ..Xml::default() });
        let example = Examples { package: self.package }.resource(resource, form);
        schema.examples = example.into_iter().collect();
        self.components.insert(name.clone(), schema);
        Schema::to(&name)
    }

    /// A page of resources.
    pub(crate) fn page(&mut self, resource: &Resource) -> Schema {
        let item = self.resource(resource, Form::Answer);
        let name = self.name(&resource.name, "Page");
        let mut list = Schema::of("array");
        list.description = "What was found, in the order that was asked for.".into();
        list.items = Some(Box::new(item));
        let mut token = Schema::of("string");
        token.description =
            "Where the next page begins: the `page_token` to ask for it. Empty on the last page.".into();
        let mut page = Schema::of("object");
        page.description = format!("A page of {}.", resource.plural.replace('_', " "));
        page.required = vec![resource.plural.clone(), "next_page_token".to_owned()];
        page.properties =
            Some(Pairs(vec![(resource.plural.clone(), list), ("next_page_token".to_owned(), token)]));
        page.xml = Some(Xml { name: Some(resource.plural.clone()), ..Xml::default() });
        page.examples = Examples { package: self.package }.page(resource).into_iter().collect();
        self.components.insert(name.clone(), page);
        Schema::to(&name)
    }

    /// The schema of a value in a form.
    pub(crate) fn value(&mut self, value: &Value, form: Form) -> Schema {
        let name = self.name(&value.name, form.suffix());
        if !self.components.contains_key(&name) {
            let mut schema = self.object(&value.fields, form, None);
            schema.description.clone_from(&value.doc);
            if form == Form::Merge {
                schema.say("In an update: what is absent stays as it is; where there was none yet, all of it is needed.");
            }
            schema.examples = Examples { package: self.package }.value(value, form).into_iter().collect();
            self.components.insert(name.clone(), schema);
        }
        Schema::to(&name)
    }

    fn choice(&mut self, choice: &Choice) -> Schema {
        let name = self.name(&choice.name, "");
        if !self.components.contains_key(&name) {
            let mut schema = Schema::of("string");
            schema.description.clone_from(&choice.doc);
            schema.names = choice.variants.iter().map(|variant| variant.wire.clone()).collect();
            let told: Vec<_> = choice
                .variants
                .iter()
                .map(|variant| (variant, prose::with_deprecated(&variant.doc, variant.deprecated.as_deref())))
                .filter(|(_, said)| !said.is_empty())
                .map(|(variant, said)| format!("- `{}`: {}", variant.wire, said.replace('\n', " ")))
                .collect();
            schema.say(&told.join("\n"));
            schema.examples = Examples::choice(choice).into_iter().collect();
            self.components.insert(name.clone(), schema);
        }
        Schema::to(&name)
    }

    pub(crate) fn object(&mut self, fields: &[Field], form: Form, resource: Option<&Resource>) -> Schema {
        let mut schema = Schema::of("object");
        let mut properties = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            let place = Place::of(field, form, resource.is_some_and(|resource| resource.id == index));
            if place == Place::Absent {
                continue;
            }
            let mut property = self.field(field, form);
            self.explain(&mut property, field, form, place);
            if place == Place::Required {
                schema.required.push(field.name.clone());
            }
            properties.push((field.name.clone(), property));
        }
        schema.properties = Some(Pairs(properties));
        if form.is_said() {
            schema.additional_properties = Some(Additional::Any(false));
        }
        schema
    }

    /// What is said about a field beside its type.
    fn explain(&self, property: &mut Schema, field: &Field, form: Form, place: Place) {
        let rest = std::mem::replace(&mut property.description, field.doc.clone());
        if property.description.is_empty() || !server_writes(field) {
            property.say(&rest);
        }
        if field.role == Role::Version {
            property.minimum = Some(Node::Int(1));
        }
        if let Some(target) = &field.references {
            property.say(&format!("Points to a `{target}`."));
        }
        if let Some(why) = &field.deprecated {
            property.deprecated = true;
            property.say(&prose::deprecated(why));
        }
        if field.unique && form.is_said() {
            property.say("No two may have the same.");
        }
        match (form, place) {
            (Form::Answer, _) => property.read_only = server_writes(field),
            (_, Place::Echo) => {
                property.read_only = true;
                property.say("Can't be changed: leave it out, or send it back as it is.");
            }
            _ => {}
        }
        if form.is_said() {
            property.write_only = field.input_only;
            if !form.is_merge() && place != Place::Echo {
                property.default = Examples { package: self.package }.default(field);
            }
        }
    }

    /// What a field holds.
    pub(crate) fn field(&mut self, field: &Field, form: Form) -> Schema {
        let is_id = matches!(field.role, Role::Id(_));
        let nested =
            if field.shape.many == Many::List && form.is_merge() { Form::Input } else { form.nested() };
        let mut schema = match (&field.shape.element, field.shape.many) {
            (Element::Scalar(scalar), _) => scalars::scalar(*scalar),
            (Element::Named(path), _) => match self.package.resolve(path) {
                Some(Named::Value(value)) => self.value(value, nested),
                Some(Named::Choice(choice)) => self.choice(choice),
                None => Schema::default(),
            },
        };
        match field.shape.many {
            Many::One => {}
            Many::List => {
                schema.xml = Some(Xml { name: Some("item".to_owned()), ..Xml::default() });
                let mut list = Schema::of("array");
                list.xml = Some(Xml { wrapped: true, ..Xml::default() });
                list.items = Some(Box::new(schema));
                schema = list;
            }
            Many::Map => {
                let mut map = Schema::of("object");
                let keys = Schema { pattern: Some(scalars::STORABLE.to_owned()), ..Schema::default() };
                map.property_names = Some(Box::new(keys));
                // In a merge patch, null takes an entry away.
                let element = if form.is_merge() { schema.or_null() } else { schema };
                map.additional_properties = Some(Additional::Each(Box::new(element)));
                schema = map;
            }
        }
        scalars::rules(&mut schema, field, is_id);
        if !form.is_said() && schema.pattern.as_deref() == Some(scalars::STORABLE) {
            // What can't be stored is not answered either.
            schema.pattern = None;
        }
        if form.is_merge() && field.shape.many == Many::Map {
            // The rule is about the map that comes out.
            let (least, most) = (schema.min_properties.take(), schema.max_properties.take());
            schema.say(&counted(least, most));
        }
        if field.shape.optional { schema.or_null() } else { schema }
    }
}

fn counted(least: Option<u64>, most: Option<u64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most} entries must come of it."),
        (Some(least), None) => format!("At least {least} entries must come of it."),
        (None, Some(most)) => format!("At most {most} entries may come of it."),
        (None, None) => String::new(),
    }
}

/// Whether a field has a place in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is refused, or never shown.
    Absent,
    /// It may be sent back as it is.
    Echo,
    /// It may be there.
    Optional,
    /// It is there.
    Required,
}

impl Place {
    /// As the runtime decodes: `Mode::refusal` and `complete` for a create, `merge::apply` for what changes a row; and as it
    /// encodes: `View::shows`.
    pub(crate) fn of(field: &Field, form: Form, is_id: bool) -> Self {
        // A list or a map that is absent is an empty one, if it may be.
        let empty = field.shape.many != Many::One && !field.rules.iter().any(asks_for_some);
        let blank = field.shape.optional || field.default.is_some() || empty;
        let written = if blank { Self::Optional } else { Self::Required };
        match form {
            Form::Answer if field.input_only => Self::Absent,
            Form::Event | Form::Heard if field.input_only || field.sensitive => Self::Absent,
            Form::Answer | Form::Event => Self::Required,
            Form::Create if server_writes(field) => Self::Absent,
            Form::Create | Form::Input | Form::Heard => written,
            Form::Update | Form::Replace if field.immutable && field.input_only => Self::Absent,
            Form::Update | Form::Replace if is_id || field.immutable || server_writes(field) => Self::Echo,
            Form::Replace if !field.input_only => written,
            Form::Update | Form::Replace | Form::Merge => Self::Optional,
        }
    }
}

const fn asks_for_some(rule: &Rule) -> bool {
    matches!(rule, Rule::Length { min: Some(1..), .. })
}

/// Whether no caller ever writes the field.
pub(crate) fn server_writes(field: &Field) -> bool {
    field.output_only || !matches!(field.role, Role::Plain | Role::Id(IdKind::String))
}

/// `a user`, `an order`.
pub(crate) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// A scalar or choice as one value of a query parameter or path segment.
pub(crate) fn plain(schemas: &mut Schemas<'_>, field: &Field) -> Schema {
    match (&field.shape.element, field.shape.many) {
        (Element::Scalar(Scalar::String), Many::One) => Schema {
            pattern: Some(scalars::STORABLE.to_owned()),
            types: Some(Types::One("string")),
            ..Schema::default()
        },
        (Element::Scalar(scalar), Many::One) => {
            let mut schema = scalars::scalar(*scalar);
            schema.description.clear();
            schema
        }
        (Element::Named(path), Many::One) => match schemas.package.resolve(path) {
            Some(Named::Choice(choice)) => schemas.choice(choice),
            _ => Schema::of("string"),
        },
        _ => Schema::of("string"),
    }
}
