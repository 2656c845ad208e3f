//! `operation(cancel, input = CancelOrder, event = "cancelled", task(queue = "slow"))`.

use proc_macro2::TokenTree;
use syn::Ident;
use syn::ext::IdentExt as _;

use super::task;
use crate::attribute::{self, Written};
use crate::declaration::{OperationDecl, Slot};
use crate::errors::Errors;
use crate::words::Position;

pub(super) fn read(word: &Written, errors: &mut Errors) -> Option<OperationDecl> {
    let tokens = word.list(Position::Resource, errors)?;
    let example = "write `operation(cancel, input = CancelOrder, event = \"cancelled\")`";
    if !matches!(tokens.clone().into_iter().next(), Some(TokenTree::Ident(_))) {
        errors.at(tokens, "an operation begins with its name", example);
        return None;
    }
    let mut words = attribute::read_list(tokens, Position::Operation, errors).into_iter();
    let first = words.next()?;
    if !first.is_alone() {
        errors.at(&first.ident, "an operation begins with its name", example);
        return None;
    }
    let mut input = Slot::default();
    let mut event = Slot::default();
    let mut settings = Slot::default();
    let mut deprecated = Slot::default();
    for word in words {
        match word.name.as_str() {
            "input" => {
                let path = word.path("takes the path of a type", Position::Operation, errors);
                if let Some(path) = &path
                    && path.segments.iter().any(|segment| !segment.arguments.is_none())
                {
                    let help = "write a struct with `#[derive(Value)]`, whose fields say what may be missing or \
                                there many times";
                    errors.at(path, "the input of an operation is a struct without generics", help);
                }
                input.set(&word.ident, path, errors);
            }
            "event" => {
                let text = word.text(Position::Operation, errors);
                event.set(&word.ident, text, errors);
            }
            "deprecated" => {
                let text = word.reason(Position::Operation, errors);
                deprecated.set(&word.ident, text, errors);
            }
            "task" => {
                let said = task::settings(&word, Position::Operation, errors);
                settings.set(&word.ident, said, errors);
            }
            _ => word.unknown(Position::Operation, errors),
        }
    }
    let Some(ident) = usable(&first.ident) else {
        errors.at(
            &first.ident,
            format_args!("`{}` can't be the name of a method", first.ident),
            "name the operation by a verb, such as `cancel`",
        );
        return None;
    };
    let input = input.take().map(|(_, path)| path);
    Some(OperationDecl { ident, name: first.name, input, event, deprecated, task: settings })
}

/// The name as Rust takes it: a keyword has to be raw, and a few can't be.
fn usable(ident: &Ident) -> Option<Ident> {
    let name = ident.unraw().to_string();
    if matches!(name.as_str(), "self" | "Self" | "super" | "crate" | "_") {
        return None;
    }
    let keyword = syn::parse_str::<Ident>(&name).is_err();
    Some(if keyword { Ident::new_raw(&name, ident.span()) } else { ident.clone() })
}
