//! Words of `#[resource(..)]`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Item, ItemStruct, Meta};

use super::{Edited, behind, bytes, indent, inserted, line_end, parsed, replaced};
use crate::scaffold::resource::attribute;

/// Adds a word to the `#[resource(..)]` of a struct.
pub(crate) fn add_word(text: &str, name: &str, word: &str) -> Edited {
    let file = match parsed(text) {
        Ok(file) => file,
        Err(why) => return Edited::Refused(why),
    };
    let Some((tokens, close)) = resource_words(&file, name) else {
        return Edited::Refused(format!("it has no struct `{name}` with #[resource(..)]"));
    };
    let words = words(tokens);
    let as_written =
        |tokens: &[TokenTree]| -> String { tokens.iter().cloned().collect::<TokenStream>().to_string() };
    let Ok(wanted) = word.parse::<TokenStream>() else {
        return Edited::Refused(format!("`{word}` is not valid Rust"));
    };
    if words.iter().any(|there| as_written(there) == wanted.to_string()) {
        return Edited::Unchanged;
    }
    let range = |tokens: &[TokenTree]| {
        let first = tokens.first().map(|token| bytes(token.span()).start);
        let last = tokens.last().map(|token| bytes(token.span()).end);
        first.zip(last).map(|(first, last)| first..last)
    };
    let ranges: Vec<_> = words.iter().filter_map(|word| range(word)).collect();
    let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else {
        return Edited::To(inserted(text, close, word));
    };
    let end = line_end(text);
    let between = &text[last.end..close];
    if text[first.start..close].contains('\n') || between.contains('\n') {
        let there = between.trim_start().starts_with(',');
        let comma = if there { "" } else { "," };
        let at = last.end + between.find(',').filter(|_| there).map_or(0, |at| at + 1);
        let space = indent(text, last.start);
        let text = inserted(text, at, comma);
        let at = behind(&text, at + comma.len());
        return Edited::To(inserted(&text, at, &format!("{end}{space}{word},")));
    }
    // On one line: as one, or as several where it becomes long.
    let mut all: Vec<String> = ranges.iter().map(|range| text[range.clone()].to_owned()).collect();
    all.push(word.to_owned());
    let start = text[..first.start].rfind("#[").unwrap_or(first.start);
    let plain = text[start..first.start].trim_end() == "#[resource(" && text[close..].starts_with(")]");
    if !plain || text[first.start..close].contains("/*") {
        return Edited::To(inserted(text, last.end, &format!(", {word}")));
    }
    let written = attribute("resource", &all, indent(text, start).len()).replace('\n', end);
    Edited::To(replaced(text, &(start..close + 2), &written))
}

/// The words of the operation of that name, as tokens print them.
pub(crate) fn operation(text: &str, name: &str, operation: &str) -> Option<String> {
    let file = parsed(text).ok()?;
    let (tokens, _) = resource_words(&file, name)?;
    words(tokens).into_iter().find_map(|word| match word.as_slice() {
        [TokenTree::Ident(is), TokenTree::Group(group)] if is == "operation" => {
            let first = group.stream().into_iter().next()?;
            (first.to_string() == operation)
                .then(|| word.iter().cloned().collect::<TokenStream>().to_string())
        }
        _ => None,
    })
}

/// What is in the `#[resource(..)]` of a struct, and where its parenthesis closes.
fn resource_words<'a>(file: &'a syn::File, name: &str) -> Option<(&'a TokenStream, usize)> {
    let resource = file.items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => words_of(item),
        _ => None,
    })?;
    Some((&resource.tokens, bytes(resource.delimiter.span().close()).start))
}

fn words_of(item: &ItemStruct) -> Option<&syn::MetaList> {
    item.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("resource") => Some(list),
        _ => None,
    })
}

/// The tokens between the commas.
fn words(tokens: &TokenStream) -> Vec<Vec<TokenTree>> {
    let mut words = vec![Vec::new()];
    for token in tokens.clone() {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => words.push(Vec::new()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                words.last_mut().into_iter().for_each(|word| word.extend(group.stream()));
            }
            _ => words.last_mut().into_iter().for_each(|word| word.push(token.clone())),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, word: &str) -> String {
        add_word(text, "Order", word).or(text).expect("it can be done")
    }

    #[test]
    fn a_word_is_added_on_the_same_line_while_it_is_short() {
        let text = "#[derive(Resource)]\n#[resource(path = \"orders\")] // why\npub struct Order {}\n";
        assert_eq!(
            added(text, "behavior"),
            "#[derive(Resource)]\n#[resource(path = \"orders\", behavior)] // why\npub struct Order {}\n"
        );
        let long = "operation(cancel, input = CancelOrder, event = \"cancelled\")";
        assert_eq!(
            added("#[resource(package = \"shop.order.v1\", path = \"orders\")]\npub struct Order {}\n", long),
            format!(
                "#[resource(\n    package = \"shop.order.v1\",\n    path = \"orders\",\n    {long},\n)]\npub struct Order {{}}\n"
            )
        );
    }

    #[test]
    fn a_word_is_a_line_among_lines() {
        let text =
            "#[resource(\n  path = \"orders\", // here\n  table = \"o\" /* there */\n)]\nstruct Order;\n";
        assert_eq!(
            added(text, "behavior"),
            "#[resource(\n  path = \"orders\", // here\n  table = \"o\",\n  behavior, /* there */\n)]\nstruct Order;\n"
        );
        let text = "#[resource(\n    path = \"orders\",\n)]\nstruct Order;\n";
        assert_eq!(
            added(text, "behavior"),
            "#[resource(\n    path = \"orders\",\n    behavior,\n)]\nstruct Order;\n"
        );
    }

    #[test]
    fn what_is_there_stays_and_what_is_not_there_is_refused() {
        let text = "#[resource( operation( cancel,event=\"x\" ) )]\nstruct Order;\n";
        assert_eq!(add_word(text, "Order", "operation(cancel, event = \"x\")"), Edited::Unchanged);
        assert_eq!(operation(text, "Order", "cancel").as_deref(), Some("operation (cancel , event = \"x\")"));
        assert_eq!(operation(text, "Order", "close"), None);
        assert!(matches!(add_word(text, "User", "behavior"), Edited::Refused(_)));
        assert_eq!(added("#[resource()]\nstruct Order;", "behavior"), "#[resource(behavior)]\nstruct Order;");
    }
}
