//! Structs as text.

use askama::Template as _;

use crate::scaffold::resource::{ChoiceView, FieldView, FileView, StructView, attribute};
use crate::scaffold::service::ended;

/// A struct that is to be written.
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) doc: String,
    /// What `#[resource(..)]` says; `None` for a value.
    pub(super) resource: Option<Vec<String>>,
    pub(super) fields: Vec<FieldView>,
}

/// A file with structs and choices.
pub(super) fn file(title: &str, structs: Vec<Drawn>, choices: Vec<ChoiceView>) -> String {
    let view = |drawn: Drawn| {
        let bools = drawn.fields.iter().filter(|field| field.ty == "bool").count();
        let words = drawn.resource.as_ref().map(|words| attribute("resource", words, 0));
        let allow = if bools > MOST_BOOLS { Some(ALLOW.to_owned()) } else { None };
        StructView {
            doc: comment(&drawn.doc, 0),
            derive: if drawn.resource.is_some() { "Resource" } else { "Value" },
            attribute: words.into_iter().chain(allow).collect::<Vec<_>>().join("\n"),
            name: drawn.name,
            fields: drawn.fields,
        }
    };
    let view =
        FileView { title: title.to_owned(), structs: structs.into_iter().map(view).collect(), choices };
    ended(&view.render().unwrap_or_default())
}

/// More than this many and clippy asks for an enum, which the source has not.
const MOST_BOOLS: usize = 3;
const ALLOW: &str = "#[allow(clippy::struct_excessive_bools, reason = \"they are what was imported\")]";

/// A number as Rust has it where it is long: `1_000_000`.
pub(super) fn number(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) =
        rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_long = whole.len() > 4 && whole.bytes().all(|byte| byte.is_ascii_digit());
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && is_long {
            out.push('_');
        }
        out.push(digit);
    }
    fraction.map_or_else(|| format!("{sign}{out}"), |fraction| format!("{sign}{out}.{fraction}"))
}

/// A field. The doc is that of the source, as it is.
pub(super) fn field(name: &str, ty: String, doc: &str, words: &[String]) -> FieldView {
    FieldView {
        name: fourfold_model::written(name).unwrap_or_else(|| name.to_owned()),
        ty,
        doc: comment(doc, 4),
        attribute: attribute("field", words, 4),
    }
}

/// A choice of values as they are stored, each with its doc.
pub(super) fn choice(name: String, doc: &str, variants: &[Variant]) -> ChoiceView {
    let variant = |variant: &Variant| {
        let doc = (!variant.doc.is_empty()).then(|| format!("/// {}", comment(&variant.doc, 4)));
        let named = fourfold_model::snake(&variant.name) != variant.wire;
        let attribute = named.then(|| format!("#[choice(name = {:?})]", variant.wire));
        doc.into_iter().chain(attribute).chain([variant.name.clone()]).collect::<Vec<_>>().join("\n    ")
    };
    ChoiceView { name, doc: comment(doc, 0), variants: variants.iter().map(variant).collect() }
}

/// A value of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) name: String,
    /// What is stored and sent.
    pub(super) wire: String,
    pub(super) doc: String,
}

/// Text of others as a doc comment, without the slashes of its first line: what rustdoc would read as its own is escaped,
/// and names of code are marked as such.
pub(super) fn comment(text: &str, indent: usize) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let line: String = line.chars().filter(|next| !next.is_control()).collect();
            line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
        })
        .collect();
    let begin = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(begin, |end| end + 1);
    let between = format!("\n{}///", " ".repeat(indent));
    let mut out = String::new();
    for (index, line) in lines[begin..end].iter().enumerate() {
        if index > 0 {
            out.push_str(&between);
            out.push_str(if line.is_empty() { "" } else { " " });
        }
        out.push_str(line);
    }
    out
}

fn word(word: &str) -> String {
    if word.contains('`') {
        return word.to_owned();
    }
    let bare = word.trim_matches(|next: char| !next.is_alphanumeric());
    let mut cases = bare.chars().skip(1).zip(bare.chars());
    let is_code = bare.contains('_')
        || bare.contains("::")
        || cases.any(|(next, last)| next.is_uppercase() && last.is_lowercase());
    if is_code && !bare.contains("//") {
        return word.replacen(bare, &format!("`{bare}`"), 1);
    }
    if word.contains("://") && !word.starts_with('<') {
        return word.replacen(bare, &format!("<{bare}>"), 1);
    }
    word.replace('[', "\\[").replace(']', "\\]").replace('<', "\\<").replace('>', "\\>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_readable() {
        for (text, ours) in
            [("1000000", "1_000_000"), ("-12345.5", "-12_345.5"), ("100", "100"), ("1e200", "1e200")]
        {
            assert_eq!(number(text), ours);
        }
    }

    #[test]
    fn what_others_wrote_is_no_markdown_of_ours() {
        assert_eq!(
            comment("see user_id and OrderItem, [x] <b>\r\n\n y\u{7} ", 0),
            "see `user_id` and `OrderItem`, \\[x\\] \\<b\\>\n///\n/// y"
        );
        assert_eq!(comment("https://a.b/c_d and `x`", 0), "<https://a.b/c_d> and `x`");
        assert_eq!(comment(" \n ", 0), "");
    }
}
