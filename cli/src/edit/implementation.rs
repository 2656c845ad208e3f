//! Methods of `impl .. for ..`, and items at the end of a file.

use syn::spanned::Spanned as _;
use syn::{ImplItem, Item, ItemImpl, Type};

use super::{Edited, behind, bytes, inserted, line_end, parsed, replaced};

/// Adds a method to `impl <name> for <owner>`, which is made where it is not there. The text of the method is indented as
/// in an `impl`, and has no line break at its end.
pub(crate) fn add_method(text: &str, name: &str, owner: &str, method: &str, written: &str) -> Edited {
    let file = match parsed(text) {
        Ok(file) => file,
        Err(why) => return Edited::Refused(why),
    };
    let end = line_end(text);
    let written = written.replace('\n', end);
    let Some(found) = file.items.iter().find_map(|item| implementation(item, name, owner)) else {
        return add_item(text, &format!("impl {name} for {owner} {{{end}{written}{end}}}"));
    };
    let is_there =
        found.items.iter().any(|item| matches!(item, ImplItem::Fn(item) if item.sig.ident == method));
    if is_there {
        return Edited::Unchanged;
    }
    if let Some(last) = found.items.last() {
        let at = behind(text, bytes(last.span()).end);
        return Edited::To(inserted(text, at, &format!("{end}{end}{written}")));
    }
    let inside = bytes(found.brace_token.span.open()).end..bytes(found.brace_token.span.close()).start;
    if text[inside.clone()].trim().is_empty() {
        return Edited::To(replaced(text, &inside, &format!("{end}{written}{end}")));
    }
    Edited::To(inserted(text, inside.end, &format!("{written}{end}")))
}

fn implementation<'a>(item: &'a Item, name: &str, owner: &str) -> Option<&'a ItemImpl> {
    let Item::Impl(item) = item else { return None };
    let (_, path, _) = item.trait_.as_ref()?;
    let Type::Path(of) = &*item.self_ty else { return None };
    let is = |path: &syn::Path, name: &str| path.segments.last().is_some_and(|last| last.ident == name);
    (is(path, name) && is(&of.path, owner)).then_some(item)
}

/// Whether a file has `impl <name> for <owner>`.
pub(crate) fn has_implementation(text: &str, name: &str, owner: &str) -> bool {
    parsed(text).is_ok_and(|file| file.items.iter().any(|item| implementation(item, name, owner).is_some()))
}

/// Adds an item at the end of a file: before its tests, where it ends with them.
pub(crate) fn add_item(text: &str, written: &str) -> Edited {
    let file = match parsed(text) {
        Ok(file) => file,
        Err(why) => return Edited::Refused(why),
    };
    let end = line_end(text);
    let written = written.replace("\r\n", "\n").replace('\n', end);
    let tests = file.items.last().filter(|item| match item {
        Item::Mod(module) => module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")),
        _ => false,
    });
    if let Some(tests) = tests {
        return Edited::To(inserted(text, bytes(tests.span()).start, &format!("{written}{end}{end}")));
    }
    Edited::To(format!("{}{end}{end}{written}{end}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHOD: &str = "    fn close(&mut self) {\n    }";

    fn added(text: &str) -> String {
        add_method(text, "Closing", "Door", "close", METHOD).or(text).expect("it can be done")
    }

    #[test]
    fn a_method_stands_after_the_others() {
        let text = "impl a::Closing for Door {\n    // first\n    fn open(&self) {} // last\n    // end\n}\n";
        assert_eq!(
            added(text),
            "impl a::Closing for Door {\n    // first\n    fn open(&self) {} // last\n\n    fn close(&mut self) {\n    }\n    // end\n}\n"
        );
        assert_eq!(added("impl Closing for Door {}\n"), format!("impl Closing for Door {{\n{METHOD}\n}}\n"));
        assert_eq!(add_method(&added(text), "Closing", "Door", "close", METHOD), Edited::Unchanged);
    }

    #[test]
    fn an_implementation_is_made_at_the_end_and_before_the_tests() {
        let made = format!("impl Closing for Door {{\n{METHOD}\n}}");
        assert_eq!(added("struct Door;\n"), format!("struct Door;\n\n{made}\n"));
        let tests = "#[cfg(test)]\nmod tests {}\n";
        assert_eq!(added(&format!("struct Door;\n\n{tests}")), format!("struct Door;\n\n{made}\n\n{tests}"));
        assert!(added("impl Closing for Window {}\n").contains(&made), "that of another is left alone");
    }
}
