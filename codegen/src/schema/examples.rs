//! Example values, made of a field's type and rules. One that would break a rule is not given.

use fourfold_model::model::{Choice, DefaultValue, Element, Field, Limit, Many, Resource, Role, Rule, Value};
use fourfold_model::types::Scalar;

use super::merge::Node;
use super::schemas::{Form, Place, with_article};
use super::{pattern, scalars};
use crate::catalog::{Named, Package};

/// An example of a UUID: of the kind that the server makes.
pub(crate) const UUID: &str = "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e";
const TIMESTAMP: &str = "2026-11-22T08:30:00.000000Z";

/// Makes examples of what a package holds.
pub(crate) struct Examples<'a> {
    pub(crate) package: &'a Package,
}

impl Examples<'_> {
    /// A resource in a form; `None` where a field that must be there has no example.
    pub(crate) fn resource(&self, resource: &Resource, form: Form) -> Option<Node> {
        if form == Form::Update {
            return Some(self.update(resource));
        }
        self.object(&resource.fields, form, Some(resource.id))
    }

    /// A page with one resource.
    pub(crate) fn page(&self, resource: &Resource) -> Option<Node> {
        let item = self.resource(resource, Form::Answer)?;
        let token = ("next_page_token".to_owned(), Node::Text(String::new()));
        Some(Node::Object(vec![(resource.plural.clone(), Node::List(vec![item])), token]))
    }

    /// A value in a form.
    pub(crate) fn value(&self, value: &Value, form: Form) -> Option<Node> {
        self.object(&value.fields, form, None)
    }

    /// The first of the names.
    pub(crate) fn choice(choice: &Choice) -> Option<Node> {
        choice.variants.first().map(|variant| Node::Text(variant.wire.clone()))
    }

    /// A change of one field that can be changed; of none where there is none.
    fn update(&self, resource: &Resource) -> Node {
        let mut changes = resource.fields.iter().enumerate().filter_map(|(index, field)| {
            let place = Place::of(field, Form::Update, index == resource.id);
            let changes = place == Place::Optional && !field.input_only;
            let value = if changes { self.field(field, Form::Update) } else { None };
            value.map(|value| (field.name.clone(), value))
        });
        Node::Object(changes.next().into_iter().collect())
    }

    /// An object of fields in a form.
    pub(crate) fn object(&self, fields: &[Field], form: Form, id: Option<usize>) -> Option<Node> {
        let mut members = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            let place = Place::of(field, form, id == Some(index));
            if matches!(place, Place::Absent | Place::Echo) {
                continue;
            }
            match self.field(field, form) {
                Some(value) => members.push((field.name.clone(), value)),
                None if place == Place::Required => return None,
                None => {}
            }
        }
        Some(Node::Object(members))
    }

    /// What a field may hold.
    pub(crate) fn field(&self, field: &Field, form: Form) -> Option<Node> {
        if field.role == Role::DeletedAt {
            return Some(Node::Null);
        }
        if let Some(default) = self.default(field) {
            return Some(default);
        }
        let element = match &field.shape.element {
            Element::Scalar(scalar) => one(*scalar, field),
            Element::Named(path) => match self.package.resolve(path)? {
                Named::Choice(choice) => Self::choice(choice),
                Named::Value(value) => {
                    let form = if form.is_said() { Form::Input } else { form };
                    self.value(value, form)
                }
            },
        };
        let (least, most) = length(field);
        let count =
            usize::try_from(least.max(1).min(most.unwrap_or(u64::MAX))).ok().filter(|count| *count <= 20);
        match field.shape.many {
            Many::One => element.or_else(|| field.shape.optional.then_some(Node::Null)),
            Many::List => Some(Node::List(vec![element?; count?])),
            Many::Map => {
                let element = element?;
                let keys = (1..=count?)
                    .map(|number| if number == 1 { "key".to_owned() } else { format!("key{number}") });
                Some(Node::Object(keys.map(|key| (key, element.clone())).collect()))
            }
        }
    }

    /// The default of a field, where its text says it.
    pub(crate) fn default(&self, field: &Field) -> Option<Node> {
        let said = match field.default.as_ref()? {
            DefaultValue::Text(text) => return Some(Node::Text(text.clone())),
            DefaultValue::Expression(said) => said.replace(' ', ""),
        };
        match (&field.shape.element, field.shape.many) {
            (Element::Named(path), Many::One) => match self.package.resolve(path)? {
                Named::Choice(choice) => {
                    let name = said.rsplit("::").next()?;
                    let variant = choice.variants.iter().find(|variant| variant.name == name)?;
                    Some(Node::Text(variant.wire.clone()))
                }
                Named::Value(_) => None,
            },
            (Element::Scalar(Scalar::Decimal), Many::One) => match said.rsplit("::").next()? {
                "ZERO" => Some(Node::Text("0".to_owned())),
                "ONE" => Some(Node::Text("1".to_owned())),
                _ => None,
            },
            (Element::Scalar(scalar), Many::One) => literal(*scalar, &said),
            _ => None,
        }
    }
}

fn literal(scalar: Scalar, said: &str) -> Option<Node> {
    let digits = said.replace('_', "");
    match scalar {
        Scalar::Bool => said.parse().ok().map(Node::Bool),
        Scalar::F32 | Scalar::F64 => {
            digits.trim_end_matches("f32").trim_end_matches("f64").parse().ok().map(Node::Float)
        }
        _ if scalar.is_integer() => {
            let digits = digits.trim_end_matches(scalar.info().rust);
            digits.parse().map(Node::Int).or_else(|_| digits.parse().map(Node::UInt)).ok()
        }
        _ => None,
    }
}

/// One scalar that the field's rules accept.
fn one(scalar: Scalar, field: &Field) -> Option<Node> {
    let range = field.rules.iter().find_map(|rule| match rule {
        Rule::Range { min, max, max_exclusive } => Some((min.as_ref(), max.as_ref(), *max_exclusive)),
        _ => None,
    });
    let text = |text: &str| Some(Node::Text(text.to_owned()));
    match scalar {
        Scalar::String => string(field).map(Node::Text),
        Scalar::Bool => Some(Node::Bool(true)),
        Scalar::Uuid => text(UUID),
        Scalar::Timestamp => text(TIMESTAMP),
        Scalar::Date => text("2026-11-22"),
        Scalar::Bytes => bytes(field),
        Scalar::Json => Some(Node::Object(vec![("key".to_owned(), Node::Text("value".to_owned()))])),
        Scalar::Decimal | Scalar::Duration => {
            let usual = if scalar == Scalar::Decimal { "19.90" } else { "30" };
            let digits = within(usual, range)?;
            let unit = if scalar == Scalar::Duration { "s" } else { "" };
            Some(Node::Text(format!("{digits}{unit}")))
        }
        Scalar::F32 | Scalar::F64 => within("1.5", range)?.parse().ok().map(Node::Float),
        Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64 => {
            let digits = within("1", range)?;
            digits.parse().map(Node::Int).or_else(|_| digits.parse().map(Node::UInt)).ok()
        }
    }
}

/// What is usual if that is inside of the range, or a bound, or what is just below of one that is not inside itself.
fn within(usual: &str, range: Option<(Option<&Limit>, Option<&Limit>, bool)>) -> Option<String> {
    let number = |limit: &Limit| scalars::text(limit).parse::<f64>().unwrap_or(f64::NAN);
    let (min, max, exclusive) = range.unwrap_or((None, None, false));
    let fits = |value: f64| {
        min.is_none_or(|min| value >= number(min))
            && max.is_none_or(|max| if exclusive { value < number(max) } else { value <= number(max) })
    };
    if usual.parse().is_ok_and(fits) {
        return Some(usual.to_owned());
    }
    let bounds = min.into_iter().chain(max).map(scalars::text);
    bounds.chain(below(min, max)).find(|bound| bound.parse().is_ok_and(fits))
}

/// Numbers that are less than an upper bound: by one, and halfway to the lower one.
fn below(min: Option<&Limit>, max: Option<&Limit>) -> Vec<String> {
    let Some(most) = max.map(scalars::text) else { return Vec::new() };
    if let Ok(most) = most.parse::<i128>() {
        return vec![(most - 1).to_string()];
    }
    let Ok(most) = most.parse::<f64>() else { return Vec::new() };
    let least = min.and_then(|min| scalars::text(min).parse::<f64>().ok());
    vec![(most - 1.0).to_string(), f64::midpoint(least.unwrap_or(most - 1.0), most).to_string()]
}

fn length(field: &Field) -> (u64, Option<u64>) {
    let found = field.rules.iter().find_map(|rule| match rule {
        Rule::Length { min, max } => Some((min.unwrap_or(0), *max)),
        _ => None,
    });
    found.unwrap_or((0, None))
}

/// Text that keeps to all of the field's rules that can be read.
fn string(field: &Field) -> Option<String> {
    let (least, most) = if field.shape.many == Many::One { length(field) } else { (0, None) };
    let patterns: Vec<&str> = field
        .rules
        .iter()
        .filter_map(|rule| match rule {
            Rule::Pattern(source) => Some(source.as_str()),
            _ => None,
        })
        .collect();
    let email = field.rules.contains(&Rule::Email);
    let url = field.rules.contains(&Rule::Url);
    let fits = |text: &String| {
        let length = text.chars().count() as u64;
        length >= least
            && most.is_none_or(|most| length <= most)
            && patterns.iter().all(|source| pattern::matches(source, text))
    };
    let candidates = match (email, url) {
        (true, true) => return None,
        (true, false) => vec!["someone@example.com".to_owned(), "a@b.example".to_owned()],
        (false, true) => vec!["https://example.com/".to_owned(), "https://example.com/some/page".to_owned()],
        (false, false) => {
            let many = field.shape.many != Many::One;
            let name = field.name.strip_suffix('s').filter(|_| many).unwrap_or(&field.name);
            let words = with_article(&name.replace('_', " "));
            let words = format!("{}{}", words[..1].to_uppercase(), &words[1..]);
            let long =
                words.chars().chain(" and so on".chars().cycle()).take(least.min(10_000) as usize).collect();
            let short = words.chars().take(most.unwrap_or(u64::MAX).min(10_000) as usize).collect();
            vec![short, long]
        }
    };
    candidates
        .into_iter()
        .find(fits)
        .or_else(|| pattern::example(&patterns, least, most).filter(|text| !email && !url && fits(text)))
}

/// As many zeros as there must be, in base64.
fn bytes(field: &Field) -> Option<Node> {
    let (least, most) = if field.shape.many == Many::One { length(field) } else { (0, None) };
    if least <= 5 && most.is_none_or(|most| most >= 5) {
        return Some(Node::Text("aGVsbG8=".to_owned()));
    }
    let count =
        usize::try_from(least.max(1).min(most.unwrap_or(u64::MAX))).ok().filter(|count| *count <= 300)?;
    let rest = match count % 3 {
        0 => "",
        1 => "AA==",
        _ => "AAA=",
    };
    Some(Node::Text(format!("{}{rest}", "AAAA".repeat(count / 3))))
}
