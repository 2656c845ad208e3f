//! Types of fields, with values of each.

use serde_json::{Value, json};

/// A type that a field may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Text,
    I32,
    I64,
    U32,
    F64,
    Bool,
    Uuid,
    Timestamp,
    Decimal,
    Status,
    Item,
}

/// Which value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// One like others, by a number.
    Usual(usize),
    Low,
    High,
}

/// Those that are not the definition's own.
pub(super) const SCALARS: [Element; 9] = [
    Element::Text,
    Element::I32,
    Element::I64,
    Element::U32,
    Element::F64,
    Element::Bool,
    Element::Uuid,
    Element::Timestamp,
    Element::Decimal,
];

impl Element {
    pub(super) const fn rust(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U32 => "u32",
            Self::F64 => "f64",
            Self::Bool => "bool",
            Self::Uuid => "Uuid",
            Self::Timestamp => "Timestamp",
            Self::Decimal => "Decimal",
            Self::Status => "Status",
            Self::Item => "Item",
        }
    }

    /// What `default = ..` says, where it can.
    pub(super) const fn default(self, other: bool) -> Option<&'static str> {
        Some(match (self, other) {
            (Self::Text, false) => "\"some text\"",
            (Self::Text, true) => "\"other text\"",
            (Self::I32 | Self::I64, false) => "3",
            (Self::I32 | Self::I64, true) => "4",
            (Self::U32, false) => "5",
            (Self::U32, true) => "6",
            (Self::F64, false) => "1.5",
            (Self::F64, true) => "2.5",
            (Self::Bool, false) => "true",
            (Self::Bool, true) => "false",
            (Self::Decimal, false) => "\"19.90\"",
            (Self::Decimal, true) => "\"20.10\"",
            _ => return None,
        })
    }

    /// An expression of Rust.
    pub(super) const fn expression(self) -> Option<&'static str> {
        Some(match self {
            Self::Text => "\"said\".to_owned()",
            Self::I32 | Self::I64 => "-7",
            Self::U32 => "7",
            Self::F64 => "1.25",
            Self::Bool => "true",
            Self::Uuid => "Uuid::nil()",
            Self::Timestamp => "Timestamp::UNIX_EPOCH",
            Self::Decimal => "Decimal::ONE",
            Self::Status | Self::Item => return None,
        })
    }

    /// What rows hold from now on, in SQLite.
    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::Text => "'some text'",
            Self::I32 | Self::I64 | Self::U32 | Self::Bool => "1",
            Self::F64 => "1.5",
            Self::Uuid => "x'0190a0b0c0d07000800000000000000a'",
            Self::Timestamp => "'2024-01-02T03:04:05.000000Z'",
            Self::Decimal => "'19.90'",
            Self::Status => "'open'",
            Self::Item => "'{}'",
        }
    }

    pub(super) const fn has_length(self) -> bool {
        matches!(self, Self::Text)
    }

    pub(super) const fn has_range(self) -> bool {
        matches!(self, Self::I32 | Self::I64 | Self::U32)
    }

    /// A value of a scalar type.
    pub(super) fn sample(self, which: Which, limits: Option<(u32, u32)>) -> Value {
        if let Some((least, most)) = limits {
            return match (self, which) {
                (Self::Text, Which::Low) => json!("x".repeat(least as usize)),
                (Self::Text, Which::High) => json!("x".repeat(most as usize)),
                (Self::Text, Which::Usual(nth)) => {
                    let letter = char::from(b'a' + u8::try_from(nth % 26).unwrap_or_default());
                    json!(letter.to_string().repeat(usize::midpoint(least as usize, most as usize)))
                }
                (_, Which::Low) => json!(least),
                (_, Which::High) => json!(most),
                (_, Which::Usual(nth)) => {
                    json!(least + u32::try_from(nth).unwrap_or_default() % (most - least + 1))
                }
            };
        }
        match (self, which) {
            (Self::Text, Which::Usual(nth)) => json!(format!("text {nth}")),
            (Self::Text, Which::Low) => json!(""),
            (Self::Text, Which::High) => json!("x".repeat(80)),
            (Self::I32, Which::Low) => json!(i32::MIN),
            (Self::I32, Which::High) => json!(i32::MAX),
            (Self::I64, Which::Low) => json!(-9_000_000_000_000_i64),
            (Self::I64, Which::High) => json!(9_000_000_000_000_i64),
            (Self::U32, Which::Low) => json!(0),
            (Self::U32, Which::High) => json!(u32::MAX),
            (Self::F64, Which::Usual(nth)) => json!(f64::from(u32::try_from(nth).unwrap_or_default()) + 0.25),
            (Self::F64, Which::Low) => json!(-2.75),
            (Self::F64, Which::High) => json!(123_456.5),
            (Self::Bool, Which::Usual(nth)) => json!(nth % 2 == 1),
            (Self::Bool, which) => json!(which == Which::High),
            (Self::Uuid, which) => json!(format!("0190a0b0-c0d0-7000-8000-{:012}", nth(which))),
            (Self::Timestamp, which) => {
                json!(format!("2024-01-02T03:{:02}:{:02}Z", nth(which) / 60 % 60, nth(which) % 60))
            }
            (Self::Decimal, Which::Usual(nth)) => json!(format!("{nth}.90")),
            (Self::Decimal, Which::Low) => json!("-5.25"),
            (Self::Decimal, Which::High) => json!("12345678.901"),
            (_, which) => json!(7 + nth(which)),
        }
    }
}

const fn nth(which: Which) -> usize {
    match which {
        Which::Usual(nth) => nth,
        Which::Low => 990,
        Which::High => 991,
    }
}
