//! Resources, inputs and tasks as a line of text says them: `product: sku:string!unique name:string price:decimal`.
//!
//! Reading finds what is wrong with the grammar. What is wrong with what it means is found by the same checks that a struct
//! passes, on the Rust that is made of it.

mod cursor;
mod default;
mod field;
mod mistake;
mod name;
mod types;

use std::ops::Range;

use fourfold_model::types::Scalar;

pub(crate) use mistake::{Mistake, Said};
pub(crate) use name::{Name, capital, with_article};

/// The grammar, for `--help`.
pub(crate) const GRAMMAR: &str = "\
A resource is a name in the singular, a colon, and its fields:

  'product: sku:string!unique name:string!filter!sort price:decimal=0 stock:i32? tags:string[]'

A field is name:type, and after it, in any order:
  ?           it may be null
  []          it is a list
  !flag       a flag, as many as are needed
  =value      what it is unless said; in quotes where it has spaces: =\"not yet\"

Types:
  string bool i32 i64 u32 u64 f32 f64 uuid timestamp date duration decimal bytes json
  choice(draft|published)     one of these
  references(user)            the id of another resource, of this service or by its full name: shop.user.v1.User
  map(string)                 values of a type by text keys

Flags:
  !unique !filter !sort !immutable !output_only !input_only !sensitive !email !url
  !length(1..=50) !range(0..=100)

An id (a UUID made by the server), created_at, updated_at and version are there without being said. `id:i64` has the
database count, `id:string` has the caller say it; `deleted_at:timestamp?` makes deletion soft.";

/// A resource as it was said.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) said: Said,
    pub(crate) name: Name,
    /// The bytes of its name.
    pub(crate) name_span: Range<usize>,
    pub(crate) fields: Vec<Field>,
}

/// A field as it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name, in snake case; a word of Rust is not raw here.
    pub(crate) name: String,
    pub(crate) element: Element,
    pub(crate) many: Many,
    pub(crate) optional: bool,
    /// The words of `#[field(..)]`, as they are written there.
    pub(crate) words: Vec<String>,
    /// The rules of `validate(..)`, as they are written there.
    pub(crate) rules: Vec<String>,
    /// The name of its choice, where it is there already.
    pub(crate) choice: Option<String>,
    /// The default as it was said, and where.
    pub(crate) default: Option<(String, Range<usize>)>,
    /// Its bytes.
    pub(crate) span: Range<usize>,
}

/// How many of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Many {
    One,
    List,
    Map,
}

/// What it is, or each of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Scalar(Scalar),
    /// The variants, in Rust's form.
    Choice(Vec<String>),
    /// The resource as it was said, and where.
    Reference(String, Range<usize>),
}

impl Spec {
    /// Reads a resource. What is wrong is in the list; a field with a mistake is left out.
    pub(crate) fn resource(said: Said) -> (Option<Self>, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let text = said.text.clone();
        let Some((before, _)) = text.split_once(':') else {
            let help = "write its name, a colon and its fields: 'product: name:string price:decimal'";
            let message = if text.trim().is_empty() { "no resource is said" } else { "it has no fields" };
            return (None, vec![Mistake::new(0..text.len(), message, help)]);
        };
        let start = before.len() - before.trim_start().len();
        let span = start..start + before.trim().len();
        // `name:string price:decimal`: the name of the resource was forgotten.
        if text[before.len() + 1..].starts_with(|next: char| !next.is_whitespace())
            && !before.trim().is_empty()
        {
            let (message, help) = match before.trim().split_once(char::is_whitespace) {
                Some((name, field)) => {
                    let rest = format!("{}{}", field.trim(), text[before.len()..].trim_end());
                    ("there is no colon after the resource's name", format!("write '{name}: {rest}'"))
                }
                None => (
                    "this is a field, and no resource is named",
                    format!("write the resource's name first: 'thing: {}'", text.trim()),
                ),
            };
            return (None, vec![Mistake::new(span, message, help)]);
        }
        let name = Name::resource(before.trim(), &span, &mut mistakes);
        let fields = field::all(&text, before.len() + 1, &mut mistakes);
        if fields.is_empty() && mistakes.is_empty() {
            let help = "write at least one, such as `name:string`";
            mistakes.push(Mistake::new(span.clone(), "it has no fields", help));
        }
        (name.map(|name| Self { said, name, name_span: span, fields }), mistakes)
    }

    /// Reads fields alone, those of a task or of the input of an operation.
    pub(crate) fn fields(said: Said, name: Name) -> (Self, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let fields = field::all(&said.text, 0, &mut mistakes);
        (Self { said, name, name_span: 0..0, fields }, mistakes)
    }

    /// The field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    /// How Rust writes its name.
    pub(crate) fn ident(&self) -> String {
        fourfold_model::written(&self.name).unwrap_or_else(|| self.name.clone())
    }

    /// The name of its choice in a resource or value of the name `owner`.
    pub(crate) fn choice_name(&self, owner: &str) -> String {
        self.choice.clone().unwrap_or_else(|| format!("{owner}{}", fourfold_model::pascal(&self.name)))
    }

    /// The default as a Rust expression, or what is wrong with it.
    pub(crate) fn default_expression(&self, owner: &str) -> Option<Result<String, Mistake>> {
        let (text, span) = self.default.as_ref()?;
        Some(default::expression(self, owner, text, span))
    }

    /// A value for the field as a Rust expression, or what is wrong with it: what `--set` says.
    pub(crate) fn expression(&self, owner: &str, text: &str, span: &Range<usize>) -> Result<String, Mistake> {
        default::value(self, owner, text, span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Spec>, Vec<Mistake>) {
        Spec::resource(Said::new("--resource", 1, text))
    }

    fn messages(text: &str) -> Vec<String> {
        read(text).1.into_iter().map(|mistake| mistake.message).collect()
    }

    #[test]
    fn a_field_has_a_type_and_what_follows_it_in_any_order() {
        let (spec, mistakes) = read(
            "order item: sku:string!unique?=\"a b\", tags:uuid[]!length(1..=3) m:map(i64) of:references(user)?",
        );
        assert_eq!(mistakes, []);
        let spec = spec.expect("a resource");
        assert_eq!((spec.name.pascal.as_str(), spec.name.plural().as_str()), ("OrderItem", "order-items"));
        let [sku, tags, map, of] = spec.fields.as_slice() else { panic!("{:?}", spec.fields) };
        assert!(sku.optional && sku.words == ["unique"]);
        assert_eq!(sku.default.as_ref().map(|(text, _)| text.as_str()), Some("a b"));
        assert_eq!((tags.many, tags.rules.as_slice()), (Many::List, ["length(1..=3)".to_owned()].as_slice()));
        assert_eq!((map.many, &map.element), (Many::Map, &Element::Scalar(Scalar::I64)));
        assert!(matches!(&of.element, Element::Reference(target, _) if target == "user"));
    }

    #[test]
    fn a_mistake_is_where_it_is_and_the_next_field_is_read() {
        let text = "a: one:strng two:string three:choice(a|b!) four:string!uniqe";
        let (spec, mistakes) = read(text);
        let places: Vec<&str> = mistakes.iter().map(|mistake| &text[mistake.span.clone()]).collect();
        assert_eq!(places, ["strng", "b!", "uniqe"]);
        assert_eq!(spec.expect("a resource").fields.len(), 1);
        assert_eq!(messages("name:string other:string"), ["this is a field, and no resource is named"]);
        assert_eq!(messages("a: b:string b:i32"), ["the field `b` is there twice"]);
        assert_eq!(messages("a: b:string(3"), ["the parenthesis is not closed"]);
        assert_eq!(messages("a: b:string=\"x"), ["the quote is not closed"]);
    }

    #[test]
    fn no_text_makes_it_panic_or_hang() {
        let parts = [
            ":",
            "a",
            "b:string",
            "(",
            ")",
            "|",
            "!",
            "?",
            "=",
            "[]",
            "\"",
            " ",
            ",",
            "choice(",
            "references(",
            "map(",
            "!length(",
            "1..=5",
            "é",
            "\u{1f600}",
            "\n",
            "\\",
            "r#",
            "self",
            "..",
            "unique",
            "-",
        ];
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..state % 14 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                text.push_str(parts[usize::try_from(state % parts.len() as u64).expect("an index")]);
            }
            state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let said = Said::new("--resource", 1, &text);
            let (spec, mistakes) = Spec::resource(said.clone());
            assert!(spec.is_some() || !mistakes.is_empty(), "{text}");
            for mistake in &mistakes {
                assert!(!said.report(mistake).render(false).is_empty());
            }
        }
    }
}
