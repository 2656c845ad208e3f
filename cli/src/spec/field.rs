//! Fields: `sku:string!unique`, `status:choice(draft|published)=draft`.

use std::ops::Range;

use fourfold_model::types::Scalar;
use heck::{ToPascalCase as _, ToSnakeCase as _};

use super::cursor::Cursor;
use super::types::{self, RANGES, RULES, WORDS};
use super::{Element, Field, Many, Mistake};

/// All fields from a place on; those with a mistake are left out.
pub(super) fn all(text: &str, from: usize, mistakes: &mut Vec<Mistake>) -> Vec<Field> {
    let mut cursor = Cursor::new(text, from);
    let mut fields: Vec<Field> = Vec::new();
    loop {
        cursor.skip_between();
        if cursor.is_end() {
            return fields;
        }
        let start = cursor.at();
        match one(&mut cursor) {
            Ok(field) if fields.iter().any(|other| other.name == field.name) => {
                let message = format!("the field `{}` is there twice", field.name);
                mistakes.push(Mistake::new(field.span, message, "leave one of the two out"));
            }
            Ok(field) => fields.push(field),
            Err(mut mistake) => {
                if let Some(help) = belongs_to_default(&cursor, fields.last(), start) {
                    mistake.help = format!("{help}; else {}", mistake.help);
                }
                mistakes.push(mistake);
                cursor.skip_word();
                // What went wrong before anything was read must not be read again.
                if cursor.at() == start {
                    return fields;
                }
            }
        }
    }
}

/// What to write where a text with spaces, or a number with a comma, was said as a default without quotes.
fn belongs_to_default(cursor: &Cursor<'_>, before: Option<&Field>, at: usize) -> Option<String> {
    let field = before?;
    let (value, span) = field.default.as_ref()?;
    let word = cursor.text(&(at..at + cursor.word_at(at)));
    let between = cursor.text(&(field.span.end..at));
    if span.end != field.span.end || cursor.text(span).starts_with('"') || word.contains(':') {
        return None;
    }
    match &field.element {
        Element::Scalar(Scalar::String) if between.trim().is_empty() => Some(format!(
            "where it belongs to the default before it, put both in quotes: =\"{value} {word}\""
        )),
        Element::Scalar(Scalar::Decimal | Scalar::F32 | Scalar::F64) if between == "," => {
            Some(format!("where it belongs to the number before it, write a point: ={value}.{word}"))
        }
        _ => None,
    }
}

fn one(cursor: &mut Cursor<'_>) -> Result<Field, Mistake> {
    let start = cursor.at();
    let span = cursor.take(|next| !next.is_whitespace() && !",:!?=([".contains(next));
    let name = cursor.text(&span).to_owned();
    if !cursor.eat(":") {
        let whole = start..cursor.skip_word().end;
        let text = cursor.text(&whole).to_owned();
        if whole == span && cursor.colon_after_spaces() {
            return Err(spaced(cursor, &name, start));
        }
        let message = format!("`{text}` has no type");
        let name = if name.is_empty() { "name".to_owned() } else { name };
        return Err(Mistake::new(whole, message, format!("write a colon and a type: `{name}:string`")));
    }
    if cursor.peek().is_some_and(char::is_whitespace) {
        return Err(spaced(cursor, &name, start));
    }
    named(&name, &span)?;
    let (element, mut many) = element(cursor)?;
    let mut field = Field {
        name,
        element,
        many,
        optional: false,
        words: Vec::new(),
        rules: Vec::new(),
        choice: None,
        default: None,
        span: start..start,
    };
    loop {
        let at = cursor.at();
        if cursor.eat("[]") {
            if many != Many::One {
                let help = "a list of lists, or of maps, needs a struct with #[derive(Value)]";
                return Err(Mistake::new(at..at + 2, "it is a list or a map already", help));
            }
            many = Many::List;
        } else if cursor.eat("?") {
            field.optional = true;
        } else if cursor.eat("!") {
            flag(cursor, &mut field)?;
        } else if cursor.eat("=") {
            field.default = Some(value(cursor)?);
        } else {
            break;
        }
    }
    field.many = many;
    field.span = start..cursor.at();
    match cursor.peek() {
        Some(next) if !next.is_whitespace() && next != ',' => {
            let rest = cursor.at()..cursor.skip_word().end;
            let message = format!("`{}` is not understood here", cursor.text(&rest));
            Err(Mistake::new(rest, message, "after the type there may be ?, [], !flag and =value"))
        }
        _ => Ok(field),
    }
}

/// There are spaces at the colon: takes the type as well.
fn spaced(cursor: &mut Cursor<'_>, name: &str, start: usize) -> Mistake {
    cursor.take(|next| next.is_whitespace() || next == ':');
    let ty = cursor.skip_word();
    let ty = if ty.is_empty() { "string" } else { cursor.text(&ty) };
    let message = "there are spaces between the name and the type";
    Mistake::new(start..cursor.at(), message, format!("write `{name}:{ty}`"))
}

/// Whether a field can have this name.
fn named(name: &str, span: &Range<usize>) -> Result<(), Mistake> {
    if fourfold_model::written(name).is_some() {
        return Ok(());
    }
    if name.is_empty() {
        return Err(Mistake::new(span.clone(), "the field has no name", "write one before the colon"));
    }
    let better = fourfold_model::written(&name.to_snake_case()).filter(|_| name.is_ascii());
    let help = match better {
        Some(better) if better != name => format!("write `{better}`"),
        _ if fourfold_model::is_lower_snake(name) => {
            format!(
                "it is a word of Rust that nothing else can be called; write another, such as `{name}_id`"
            )
        }
        _ => "write ASCII letters and digits in lower case, with single underscores between words".to_owned(),
    };
    Err(Mistake::new(span.clone(), format!("`{name}` can't be the name of a field"), help))
}

fn element(cursor: &mut Cursor<'_>) -> Result<(Element, Many), Mistake> {
    let span = cursor.take(|next| next.is_alphanumeric() || next == '_');
    let word = cursor.text(&span);
    if word.is_empty() {
        let help = "write a type after the colon, such as `string`";
        return Err(Mistake::new(cursor.at()..cursor.at() + 1, "the field has no type", help));
    }
    let inner = if cursor.peek() == Some('(') {
        let at = cursor.at();
        let inner = cursor.parenthesised();
        Some(inner.ok_or_else(|| {
            Mistake::new(at..at + 1, "the parenthesis is not closed", "write the other one")
        })?)
    } else {
        None
    };
    match (word, inner) {
        ("choice", Some(inner)) => Ok((choice(cursor, &inner)?, Many::One)),
        ("references", Some(inner)) => {
            let target = cursor.text(&inner).trim().to_owned();
            if target.is_empty() {
                let help = "write its name: references(user), or references(shop.user.v1.User)";
                return Err(Mistake::new(inner, "the reference points to no resource", help));
            }
            Ok((Element::Reference(target, inner), Many::One))
        }
        ("map", Some(inner)) => {
            let word = cursor.text(&inner).trim();
            let scalar = types::scalar(word).ok_or_else(|| {
                let message = if word.is_empty() {
                    "the map has no type of its values".to_owned()
                } else {
                    format!("`{word}` is not a type of a map's values")
                };
                Mistake::new(inner, message, types::value_help(word))
            })?;
            Ok((Element::Scalar(scalar), Many::Map))
        }
        ("choice" | "references" | "map", None) => {
            let help = match word {
                "choice" => "write what it is one of: choice(draft|published)",
                "map" => "write the type of its values: map(string)",
                _ => "write what it points to: references(user)",
            };
            Err(Mistake::new(span, format!("`{word}` says not enough"), help))
        }
        (word, None) => types::scalar(word)
            .map(|scalar| (Element::Scalar(scalar), Many::One))
            .ok_or_else(|| Mistake::new(span, format!("`{word}` is not a type"), types::help(word))),
        (word, Some(inner)) => {
            let (message, help) = if types::scalar(word).is_some() {
                let help = format!("write `{word}`; a longest length is a flag: `{word}!length(..=50)`");
                (format!("`{word}` takes nothing in parentheses"), help)
            } else {
                (format!("`{word}` is not a type"), types::help(word))
            };
            Err(Mistake::new(span.start..inner.end + 1, message, help))
        }
    }
}

fn choice(cursor: &Cursor<'_>, inner: &Range<usize>) -> Result<Element, Mistake> {
    let mut variants = Vec::new();
    let mut at = inner.start;
    for part in cursor.text(inner).split('|') {
        let span = at..at + part.len();
        at = span.end + 1;
        let variant = part.trim().to_pascal_case();
        let plain = part.trim().chars().all(|next| next.is_ascii_alphanumeric() || " -_".contains(next));
        if !plain || syn::parse_str::<syn::Ident>(&variant).is_err() {
            let (message, help) = if cursor.text(inner).trim().is_empty() {
                let help = "write what it is one of, with | between them: choice(draft|in-review)".to_owned();
                ("the choice is one of nothing".to_owned(), help)
            } else if part.trim().is_empty() {
                let help = "write one, or leave its | out".to_owned();
                ("there is nothing at one side of a `|`".to_owned(), help)
            } else if part.contains([',', '/', ';']) {
                let right = part.split([',', '/', ';']).map(str::trim).collect::<Vec<_>>().join("|");
                (
                    format!("`{}` is not one value", part.trim()),
                    format!("write | between them: choice({right})"),
                )
            } else {
                let help =
                    "begin with a letter, and use ASCII letters, digits, - and _: choice(draft|in-review)";
                (format!("`{}` can't be one of a choice", part.trim()), help.to_owned())
            };
            return Err(Mistake::new(span, message, help));
        }
        if variants.contains(&variant) {
            let message = format!("`{}` is there twice", part.trim());
            return Err(Mistake::new(span, message, "leave one of the two out"));
        }
        variants.push(variant);
    }
    Ok(Element::Choice(variants))
}

fn flag(cursor: &mut Cursor<'_>, field: &mut Field) -> Result<(), Mistake> {
    let span = cursor.take(|next| next.is_alphanumeric() || next == '_');
    let word = cursor.text(&span);
    let inner = if cursor.peek() == Some('(') { cursor.parenthesised() } else { None };
    let given = inner.as_ref().map(|inner| cursor.text(inner).trim());
    match given {
        None if WORDS.contains(&word) => {
            if !field.words.iter().any(|other| other == word) {
                field.words.push(word.to_owned());
            }
            Ok(())
        }
        None if RULES.contains(&word) => {
            field.rules.push(word.to_owned());
            Ok(())
        }
        Some(range) if RANGES.contains(&word) && is_range(range) => {
            field.rules.push(format!("{word}({})", range.replace(' ', "")));
            Ok(())
        }
        _ if RANGES.contains(&word) => Err(Mistake::new(
            span,
            format!("`!{word}` takes a range"),
            format!("write `!{word}(1..=50)`; either end may be left out"),
        )),
        Some(_) if WORDS.contains(&word) || RULES.contains(&word) => Err(Mistake::new(
            span,
            format!("`!{word}` takes nothing in parentheses"),
            format!("write `!{word}`"),
        )),
        _ => Err(Mistake::new(span.clone(), format!("`!{word}` is not a flag"), types::flag_help(word))),
    }
}

/// Whether it is a range of numbers, or of decimals in quotes.
fn is_range(text: &str) -> bool {
    syn::parse_str::<syn::ExprRange>(text).is_ok()
}

fn value(cursor: &mut Cursor<'_>) -> Result<(String, Range<usize>), Mistake> {
    let start = cursor.at();
    if cursor.peek() == Some('"') {
        let text = cursor.quoted().ok_or_else(|| {
            Mistake::new(start..start + 1, "the quote is not closed", "write the other one")
        })?;
        return Ok((text, start..cursor.at()));
    }
    let span = cursor.take(|next| !next.is_whitespace() && !",!?[".contains(next));
    if span.is_empty() {
        let help = "write one after =, or leave = out; in quotes where it is empty or has spaces";
        return Err(Mistake::new(start.saturating_sub(1)..start, "there is no default after =", help));
    }
    Ok((cursor.text(&span).to_owned(), span))
}
