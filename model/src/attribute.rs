//! Reads the words of an attribute: `name`, `name(..)` or `name = ..`, divided by commas.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Meta, Path, Token};

use crate::errors::Errors;
use crate::words::{self, Position};

/// A word as written.
pub(crate) struct Written {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    argument: Argument,
}

enum Argument {
    None,
    List(TokenStream),
    Value(Box<Expr>),
}

/// The words of every attribute that is called `name`.
pub(crate) fn read(attrs: &[Attribute], name: &str, position: Position, errors: &mut Errors) -> Vec<Written> {
    let mut out = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        match &attr.meta {
            Meta::Path(_) => {}
            Meta::List(list) => out.extend(read_list(list.tokens.clone(), position, errors)),
            Meta::NameValue(_) => errors.at(
                &attr.meta,
                format_args!("`{name}` takes its words in parentheses"),
                format_args!("write {}; {}", position.place(), position.allowed()),
            ),
        }
    }
    out
}

/// The words between the parentheses. What can't be read is reported and left out, up to the next comma.
pub(crate) fn read_list(tokens: TokenStream, position: Position, errors: &mut Errors) -> Vec<Written> {
    let mut out = Vec::new();
    let read = |input: ParseStream<'_>| {
        while !input.is_empty() {
            let ahead = input.fork();
            match word(&ahead) {
                Ok(word) if ahead.is_empty() || ahead.peek(Token![,]) => {
                    input.advance_to(&ahead);
                    out.push(word);
                }
                Ok(word) => errors.at(
                    up_to_comma(input)?,
                    format_args!("there is more after `{}` than it takes", word.name),
                    format_args!("divide words by commas; {}", usage(&word.name, position)),
                ),
                Err(error) => {
                    let name = input.fork().call(Ident::parse_any).map(|ident| ident.unraw().to_string());
                    if input.peek(Token![,]) {
                        let comma: Token![,] = input.parse()?;
                        errors.at(comma, "a word is missing before this comma", position.allowed());
                        continue;
                    }
                    errors.at(
                        up_to_comma(input)?,
                        format_args!("this can't be read in {}: {error}", position.place()),
                        usage(&name.unwrap_or_default(), position),
                    );
                }
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    // Every branch above goes on after what it can't read, so there is nothing left that could fail.
    let _: syn::Result<()> = read.parse2(tokens);
    out
}

fn word(input: ParseStream<'_>) -> syn::Result<Written> {
    let ident =
        Ident::parse_any(input).map_err(|error| syn::Error::new(error.span(), "a word is expected"))?;
    let name = ident.unraw().to_string();
    let argument = if input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        Argument::List(content.parse()?)
    } else if input.parse::<Option<Token![=]>>()?.is_some() {
        Argument::Value(Box::new(value(&name, input)?))
    } else {
        Argument::None
    };
    Ok(Written { ident, name, argument })
}

/// What stands after `=`. An operation's input is a type, and not every type can be read as an expression.
fn value(name: &str, input: ParseStream<'_>) -> syn::Result<Expr> {
    let ahead = input.fork();
    if name == "input"
        && let Ok(path) = ahead.parse::<Path>()
        && (ahead.is_empty() || ahead.peek(Token![,]))
    {
        input.advance_to(&ahead);
        return Ok(Expr::Path(ExprPath { attrs: Vec::new(), qself: None, path }));
    }
    let ahead = input.fork();
    let value = ahead.parse()?;
    input.advance_to(&ahead);
    Ok(value)
}

/// The tokens up to the next comma outside of groups.
fn up_to_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut out = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        out.extend([input.parse::<TokenTree>()?]);
    }
    Ok(out)
}

fn usage(name: &str, position: Position) -> String {
    match words::form(position, name) {
        Some(form) => format!("write `{form}`"),
        None => position.allowed(),
    }
}

impl Written {
    /// Says that the place does not know the word.
    pub(crate) fn unknown(&self, position: Position, errors: &mut Errors) {
        let (what, help) = words::unknown(position, &self.name);
        errors.at(&self.ident, what, help);
    }

    /// Checks that the word stands alone.
    pub(crate) fn flag(&self, position: Position, errors: &mut Errors) -> Option<()> {
        match &self.argument {
            Argument::None => Some(()),
            Argument::List(_) | Argument::Value(_) => self.refuse("takes nothing", position, errors),
        }
    }

    /// Whether the word stands alone.
    pub(crate) const fn is_alone(&self) -> bool {
        matches!(self.argument, Argument::None)
    }

    /// The text after `=`.
    pub(crate) fn text(&self, position: Position, errors: &mut Errors) -> Option<LitStr> {
        if let Argument::Value(value) = &self.argument
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = plain(value)
        {
            return Some(text.clone());
        }
        self.refuse("takes a text", position, errors)
    }

    /// The text after `=`, which says something.
    pub(crate) fn reason(&self, position: Position, errors: &mut Errors) -> Option<LitStr> {
        let text = self.text(position, errors)?;
        if text.value().trim().is_empty() {
            errors.at(
                &text,
                format_args!("`{}` says nothing", self.name),
                format_args!("say why, and what to do instead: {}", usage(&self.name, position)),
            );
            return None;
        }
        Some(text)
    }

    /// The expression after `=`.
    pub(crate) fn value(&self, position: Position, errors: &mut Errors) -> Option<Expr> {
        match &self.argument {
            Argument::Value(value) => Some(Expr::clone(value)),
            Argument::None | Argument::List(_) => self.refuse("takes a value", position, errors),
        }
    }

    /// The path after `=`.
    pub(crate) fn path(&self, what: &str, position: Position, errors: &mut Errors) -> Option<Path> {
        if let Argument::Value(value) = &self.argument
            && let Expr::Path(ExprPath { qself: None, path, .. }) = plain(value)
        {
            return Some(path.clone());
        }
        self.refuse(what, position, errors)
    }

    /// The tokens in the parentheses.
    pub(crate) fn list(&self, position: Position, errors: &mut Errors) -> Option<TokenStream> {
        match &self.argument {
            Argument::List(tokens) if !tokens.is_empty() => Some(tokens.clone()),
            _ => self.refuse("takes something in parentheses", position, errors),
        }
    }

    /// The expression in the parentheses.
    pub(crate) fn listed(&self, position: Position, errors: &mut Errors) -> Option<Expr> {
        let tokens = self.list(position, errors)?;
        match syn::parse2(tokens.clone()) {
            Ok(value) => Some(value),
            Err(error) => {
                errors.at(
                    tokens,
                    format_args!("`{}` can't be read: {error}", self.name),
                    usage(&self.name, position),
                );
                None
            }
        }
    }

    fn refuse<T>(&self, takes: &str, position: Position, errors: &mut Errors) -> Option<T> {
        errors.at(&self.ident, format_args!("`{}` {takes}", self.name), usage(&self.name, position));
        None
    }
}

/// The expression without the invisible groups that `macro_rules!` puts around its fragments.
pub(crate) fn plain(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => plain(&group.expr),
        Expr::Paren(group) => plain(&group.expr),
        other => other,
    }
}
