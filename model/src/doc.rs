//! Doc comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The lines of the doc comment without the space after `///`. What is not written out (`#[doc = include_str!(..)]`)
/// is left out: the build does not see it.
pub(crate) fn read(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attr.meta
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            let text = text.value();
            let starred = text.contains('\n');
            lines.extend(text.lines().map(|line| strip(line, starred).trim_end().to_owned()));
            if text.is_empty() {
                lines.push(String::new());
            }
        }
    }
    lines.join("\n").trim().to_owned()
}

/// In a block comment, lines may begin with a star.
fn strip(line: &str, starred: bool) -> &str {
    let line = match line.trim_start().strip_prefix('*') {
        Some(rest) if starred => rest,
        _ => line,
    };
    line.strip_prefix(' ').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(code: &str) -> String {
        syn::parse_str::<syn::ItemStruct>(code)
            .map_or_else(|error| error.to_string(), |item| read(&item.attrs))
    }

    #[test]
    fn line_and_block_comments_lose_their_margin() {
        assert_eq!(doc("/// One.\n///\n///   indented\nstruct A;"), "One.\n\n  indented");
        assert_eq!(doc("/** One.\n * two\n */\nstruct A;"), "One.\ntwo");
        assert_eq!(doc("#[doc(hidden)] struct A;"), "");
    }
}
