//! `pub mod review;` among its like.

use syn::spanned::Spanned as _;
use syn::{Item, ItemMod};

use super::{Edited, behind, bytes, inserted, line_end, parsed};

/// Adds a module, in the order of names where those that are there have one.
pub(crate) fn add_module(text: &str, name: &str, visibility: &str) -> Edited {
    let file = match parsed(text) {
        Ok(file) => file,
        Err(why) => return Edited::Refused(why),
    };
    let modules: Vec<&ItemMod> = file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) => Some(module),
            _ => None,
        })
        .collect();
    if modules.iter().any(|module| module.ident == name) {
        return Edited::Unchanged;
    }
    let end = line_end(text);
    let line = format!("{visibility}mod {name};");
    let files: Vec<&&ItemMod> = modules.iter().filter(|module| module.content.is_none()).collect();
    if let Some(before) = files.iter().rfind(|module| module.ident.to_string().as_str() < name) {
        let at = behind(text, bytes(before.span()).end);
        return Edited::To(inserted(text, at, &format!("{end}{line}")));
    }
    if let Some(after) = files.first() {
        return Edited::To(inserted(text, bytes(after.span()).start, &format!("{line}{end}")));
    }
    if let Some(first) = file.items.first() {
        return Edited::To(inserted(text, bytes(first.span()).start, &format!("{line}{end}{end}")));
    }
    let between = if text.trim().is_empty() { String::new() } else { end.repeat(2) };
    Edited::To(format!("{}{between}{line}{end}", text.trim_end()))
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
