//! Statements of a function, and what a file defines.

use syn::Item;

use super::{Edited, bytes, inserted, line_end, parsed};

/// Adds a statement at the begin of a function of the file.
pub(crate) fn add_statement(text: &str, function: &str, statement: &str) -> Edited {
    let file = match parsed(text) {
        Ok(file) => file,
        Err(why) => return Edited::Refused(why),
    };
    let found = file.items.iter().find_map(|item| match item {
        Item::Fn(item) if item.sig.ident == function => Some(item),
        _ => None,
    });
    let Some(found) = found else { return Edited::Refused(format!("it has no function `{function}`")) };
    let open = bytes(found.block.brace_token.span.open()).end;
    let end = line_end(text);
    let after = if text[open..].starts_with(['\n', '\r']) { "" } else { end };
    Edited::To(inserted(text, open, &format!("{end}    {statement}{after}")))
}

/// Whether a file has a function or a struct of this name.
pub(crate) fn defines(text: &str, name: &str) -> bool {
    parsed(text).is_ok_and(|file| {
        file.items.iter().any(|item| match item {
            Item::Fn(item) => item.sig.ident == name,
            Item::Struct(item) => item.ident == name,
            Item::Enum(item) => item.ident == name,
            _ => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_the_first_one() {
        let added = |text: &str| add_statement(text, "main", "a();").or(text).expect("it can be done");
        assert_eq!(added("fn main() {\n    b();\n}\n"), "fn main() {\n    a();\n    b();\n}\n");
        assert_eq!(added("fn main() {}\n"), "fn main() {\n    a();\n}\n");
        assert!(matches!(add_statement("mod x;", "main", "a();"), Edited::Refused(_)));
    }

    #[test]
    fn what_is_defined_is_found() {
        assert!(defines("fn a() {} struct B; enum C {}", "B") && !defines("mod b;", "b"));
    }
}
