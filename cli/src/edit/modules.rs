//! `pub mod review;` among its like.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned as _;
use syn::{Item, ItemMod};

use super::{Edited, behind, bytes, inserted, line_end, parsed};

/// Adds a module, in the order of names where those that are there have one.
pub(crate) fn add_module(text: &str, name: &str, visibility: &str) -> Edited {
    add_modules(text, &[name], visibility)
}

/// Adds modules. The file is read once, however many they are.
pub(crate) fn add_modules(text: &str, names: &[&str], visibility: &str) -> Edited {
    let file = match parsed(text) {
        Ok(file) => file,
        Err(why) => return Edited::Refused(why),
    };
    let modules: Vec<(String, &ItemMod)> = file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) => Some((module.ident.to_string(), module)),
            _ => None,
        })
        .collect();
    let there: BTreeSet<&str> = modules.iter().map(|(name, _)| name.as_str()).collect();
    let missing: BTreeSet<&str> = names.iter().copied().filter(|name| !there.contains(name)).collect();
    if missing.is_empty() {
        return Edited::Unchanged;
    }
    let end = line_end(text);
    let line = |name: &str| format!("{visibility}mod {name};");
    let files: Vec<&(String, &ItemMod)> =
        modules.iter().filter(|(_, module)| module.content.is_none()).collect();
    let Some((_, first)) = files.first() else {
        let lines = missing.into_iter().map(line).collect::<Vec<_>>().join(end);
        if let Some(first) = file.items.first() {
            return Edited::To(inserted(text, bytes(first.span()).start, &format!("{lines}{end}{end}")));
        }
        let between = if text.trim().is_empty() { String::new() } else { end.repeat(2) };
        return Edited::To(format!("{}{between}{lines}{end}", text.trim_end()));
    };
    // What is added at one place is in the order of names, as the set is.
    let mut parts: BTreeMap<usize, String> = BTreeMap::new();
    for name in missing {
        let before = files.iter().rfind(|(other, _)| other.as_str() < name);
        let (at, part) = match before {
            Some((_, module)) => (behind(text, bytes(module.span()).end), format!("{end}{}", line(name))),
            None => (bytes(first.span()).start, format!("{}{end}", line(name))),
        };
        parts.entry(at).or_default().push_str(&part);
    }
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for (at, part) in parts {
        out.push_str(&text[done..at]);
        out.push_str(&part);
        done = at;
    }
    out.push_str(&text[done..]);
    Edited::To(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, name: &str) -> String {
        add_module(text, name, "pub ").or(text).expect("it can be done")
    }

    #[test]
    fn a_module_stands_in_the_order_of_names() {
        let text = "//! Doc.\n\npub mod order; // the orders\n\n/// Users.\npub mod user;\n";
        assert_eq!(
            added(text, "product"),
            "//! Doc.\n\npub mod order; // the orders\npub mod product;\n\n/// Users.\npub mod user;\n"
        );
        assert_eq!(
            added("//! Žába ✓\n\npub mod order;\n", "user"),
            "//! Žába ✓\n\npub mod order;\npub mod user;\n"
        );
        assert!(added(text, "zebra").ends_with("pub mod user;\npub mod zebra;\n"));
        assert!(added("/// Users.\npub mod user;\n", "order").starts_with("pub mod order;\n/// Users."));
    }

    #[test]
    fn the_first_module_follows_what_is_said_of_the_file() {
        assert_eq!(added("//! Doc.\n", "order"), "//! Doc.\n\npub mod order;\n");
        assert_eq!(added("", "order"), "pub mod order;\n");
        assert_eq!(added("//! Doc.\n\nuse a::b;\n", "order"), "//! Doc.\n\npub mod order;\n\nuse a::b;\n");
    }

    #[test]
    fn many_at_once_are_what_one_after_another_is() {
        for text in
            ["", "//! Doc.\n", "//! Doc.\n\nuse a::b;\n", "pub mod d; // d\n\n/// Users.\npub mod user;\n"]
        {
            let names = ["c", "zebra", "a", "order", "d", "e", "c"];
            let one_by_one = names.iter().fold(text.to_owned(), |text, name| added(&text, name));
            assert_eq!(add_modules(text, &names, "pub "), Edited::To(one_by_one), "{text}");
        }
    }

    #[test]
    fn one_that_is_there_stays_alone() {
        assert_eq!(add_module("mod order {}\n", "order", "pub "), Edited::Unchanged);
        assert!(matches!(add_module("mod {", "order", "pub "), Edited::Refused(_)));
        assert!(matches!(add_module("#!/bin/x\nmod a;", "order", "pub "), Edited::Refused(_)));
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        assert_eq!(added("pub mod a;\r\n", "b"), "pub mod a;\r\npub mod b;\r\n");
    }
}
