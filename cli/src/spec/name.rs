//! Names: how a thing is called in each place.

use std::ops::Range;

use heck::{ToPascalCase as _, ToSnakeCase as _};

use super::Mistake;

/// The name of a resource, a task or an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// `OrderItem`
    pub(crate) pascal: String,
    /// `order_item`
    pub(crate) snake: String,
}

impl Name {
    /// A name of ASCII letters, digits, spaces, hyphens and underscores; `None` where it is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let allowed = |next: char| next.is_ascii_alphanumeric() || matches!(next, ' ' | '-' | '_');
        let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
        let (pascal, snake) = (text.to_pascal_case(), text.to_snake_case());
        let right = begins && text.chars().all(allowed) && fourfold_model::is_lower_snake(&snake);
        right.then_some(Self { pascal, snake })
    }

    /// The name of a resource.
    pub(super) fn resource(text: &str, span: &Range<usize>, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let name = Self::read(text);
        if name.is_none() {
            let message = if text.is_empty() {
                "the resource has no name".to_owned()
            } else {
                format!("`{text}` can't be the name of a resource")
            };
            mistakes.push(Mistake::new(
                span.clone(),
                message,
                "begin with a letter, and use ASCII letters, digits, - and _: `order-item`",
            ));
        }
        let name = name?;
        if syn::parse_str::<syn::Ident>(&name.pascal).is_err() {
            mistakes.push(Mistake::new(
                span.clone(),
                format!("`{}` is a word of Rust, and no struct can have that name", name.pascal),
                "write another name",
            ));
            return None;
        }
        Some(name)
    }

    /// The module of its own: words of Rust and names of files with a meaning are put into the plural.
    pub(crate) fn module(&self) -> String {
        let taken = ["mod", "main", "lib", "generated"].contains(&self.snake.as_str());
        if taken || syn::parse_str::<syn::Ident>(&self.snake).is_err() {
            return self.plural().replace('-', "_");
        }
        self.snake.clone()
    }

    /// `order-items`
    pub(crate) fn plural(&self) -> String {
        fourfold_model::kebab_plural(&self.pascal)
    }

    /// `order item`
    pub(crate) fn words(&self) -> String {
        self.snake.replace('_', " ")
    }

    /// `an order item`
    pub(crate) fn with_article(&self) -> String {
        with_article(&self.words())
    }

    /// Whether it looks like a plural: `products`.
    pub(crate) fn looks_plural(&self) -> bool {
        let word = self.snake.rsplit('_').next().unwrap_or_default();
        let singular = ["ss", "us", "is", "as", "os", "ns"].iter().any(|end| word.ends_with(end));
        // `series` is its own plural.
        let same = self.plural().replace('-', "_") == self.snake;
        word.ends_with('s') && !singular && !same && self.plural().ends_with("es")
    }
}

/// `an order item`, of its words.
pub(crate) fn with_article(words: &str) -> String {
    // What sounds like `you` has another article: a user, a unit.
    let vowel = words.starts_with(['a', 'e', 'i', 'o', 'u'])
        && !["user", "uni", "use", "euro"].iter().any(|begin| words.starts_with(begin));
    format!("{} {words}", if vowel { "an" } else { "a" })
}

/// With a capital letter at the begin.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
