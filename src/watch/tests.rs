//! Tokens, and what becomes of secrets.

use uuid::Uuid;

use super::change::{unveiled, veiled};
use super::{Place, token};
use crate::cell::Cell;
use crate::error::ErrorKind;
use crate::store::Position;
use crate::{Resource, Value};

/// Something with secrets at every depth.
#[derive(Resource)]
#[resource(package = "test.vault.v1", path = "vaults")]
struct Vault {
    #[field(id)]
    id: Uuid,
    #[field(sensitive)]
    code: String,
    doors: Vec<Door>,
}

/// A way in.
#[derive(Clone, PartialEq, Value)]
struct Door {
    name: String,
    #[field(sensitive)]
    lock: i64,
}

fn place() -> Place {
    Place { log: Uuid::from_u128(7), position: Position { tx: u64::MAX, seq: -3 } }
}

#[test]
fn a_token_is_the_place_that_it_was_made_of() {
    let token = token::write(Vault::DESCRIPTOR, place());
    assert_eq!(token::read(Vault::DESCRIPTOR, &token).unwrap(), place());
    assert!(token.len() < 80 && !token.contains(['=', '+', '/']), "{token}");
}

#[test]
fn what_was_mangled_is_no_token() {
    let token = token::write(Vault::DESCRIPTOR, place());
    let mut wrong: Vec<String> = (0..token.len()).map(|end| token[..end].to_owned()).collect();
    for index in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        wrong.push(String::from_utf8(bytes).unwrap());
    }
    wrong.push("x".repeat(100_000));
    for wrong in wrong {
        let error = token::read(Vault::DESCRIPTOR, &wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{wrong}");
    }
}

#[test]
fn a_veil_covers_secrets_and_leaves_a_struct_where_it_is_lifted() {
    let door = Door { name: "front".to_owned(), lock: 42 };
    let row = Vault { id: Uuid::nil(), code: "s3cret".to_owned(), doors: vec![door] }.into_row();
    let veiled = veiled(Vault::DESCRIPTOR, row);
    assert_eq!(veiled[1], Cell::Null);
    let front = Cell::Text("front".to_owned());
    assert_eq!(veiled[2], Cell::List(vec![Cell::Value(vec![front, Cell::Null])]));
    let vault = Vault::from_row(unveiled(Vault::DESCRIPTOR, veiled)).unwrap();
    assert_eq!((vault.code.as_str(), vault.doors[0].lock), ("", 0));
}
