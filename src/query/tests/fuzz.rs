//! Nothing that a caller sends makes the parser panic or run long.

use super::{NOTE, ORDER};
use crate::query::sql::{Dialect, clauses};
use crate::query::{Limits, ListRequest, plan};

/// Xorshift: the same numbers in every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits") % bound
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

const WORDS: &[&str] = &[
    "name",
    "count",
    "note",
    "status",
    "placed_at",
    "id",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    ":",
    "AND",
    "OR",
    "NOT",
    "-",
    "(",
    ")",
    "\"",
    "'",
    "\\",
    "*",
    "null",
    "true",
    "5",
    "-5",
    "20s",
    "a b",
    "\"x\"",
    "'y*'",
    ",",
    ".",
    "é",
    "\u{0}",
    "\u{202e}",
    "2026-11-22T08:30:00Z",
    " ",
    " ",
    " ",
    "\n",
    "desc",
    "💥",
];

#[test]
fn any_words_are_answered() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut text = |most: usize| {
        let length = random.below(most);
        (0..length).map(|_| random.pick(WORDS)).collect::<Vec<_>>().concat()
    };
    let mut understood = 0;
    for _ in 0..10_000 {
        let request = ListRequest {
            page_size: None,
            page_token: String::new(),
            filter: text(14),
            order_by: text(4),
            equals: Vec::new(),
        };
        if let Ok(select) = plan(&ORDER, &request, &Limits::default()) {
            understood += 1;
            assert!(!clauses(&select, Dialect::Postgres).text.contains('?'));
        }
    }
    assert!(understood > 30, "{understood}");
}

#[test]
fn any_bytes_are_answered() {
    let mut random = Random(42);
    for _ in 0..10_000 {
        let length = random.below(40);
        let bytes: Vec<u8> = (0..length).map(|_| random.next().to_le_bytes()[3]).collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let request = ListRequest {
            page_size: Some(i64::from_ne_bytes(random.next().to_ne_bytes())),
            page_token: text.clone(),
            filter: text.clone(),
            order_by: text.clone(),
            equals: vec![(text.clone(), text)],
        };
        assert!(plan(&NOTE, &request, &Limits::default()).is_err());
    }
}
