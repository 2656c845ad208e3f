//! Scalars as text: the one form that JSON strings, XML, paths, filters and SQLite's text columns share.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::cell::Cell;
use crate::descriptor::{ChoiceDescriptor, Kind, Scalar};

/// The longest duration: `i64::MAX` microseconds are 292,271 years; proto's Duration ends at 10,000.
const MAX_DURATION_MICROS: i64 = 315_576_000_000 * 1_000_000;

/// Reads a scalar or a choice; `None` where the text is not one, or the kind is a composite.
pub(crate) fn parse(kind: &Kind, text: &str) -> Option<Cell> {
    match kind {
        Kind::Scalar(scalar) => parse_scalar(*scalar, text),
        Kind::Choice(choice) => parse_choice(choice, text),
        _ => None,
    }
}

/// The variant that is called `text`.
pub(crate) fn parse_choice(choice: &ChoiceDescriptor, text: &str) -> Option<Cell> {
    let index = choice.variants.iter().position(|variant| variant.name == text)?;
    u16::try_from(index).ok().map(Cell::Choice)
}

/// Reads a scalar.
pub(crate) fn parse_scalar(scalar: Scalar, text: &str) -> Option<Cell> {
    Some(match scalar {
        Scalar::String => Cell::Text(storable(text)?.to_owned()),
        Scalar::Bool => Cell::Bool(text.parse().ok()?),
        Scalar::I32 => Cell::Int(i64::from(integer(text)?.parse::<i32>().ok()?)),
        Scalar::I64 => Cell::Int(integer(text)?.parse().ok()?),
        Scalar::U32 => Cell::UInt(u64::from(integer(text)?.parse::<u32>().ok()?)),
        Scalar::U64 => Cell::UInt(integer(text)?.parse().ok()?),
        Scalar::F32 => float32(number(text)?.parse().ok()?)?,
        Scalar::F64 => float(number(text)?.parse().ok()?)?,
        Scalar::Uuid => Cell::Uuid(uuid(text)?),
        Scalar::Timestamp => timestamp(text)?,
        Scalar::Date => date(text)?,
        Scalar::Duration => duration(text)?,
        Scalar::Decimal => decimal(text)?,
        Scalar::Bytes => Cell::Bytes(STANDARD.decode(text).ok()?.into()),
        Scalar::Json => Cell::Json(serde_json::from_str(text).ok()?),
    })
}

/// Text that both engines can hold: no U+0000.
pub(crate) fn storable(text: &str) -> Option<&str> {
    (!text.as_bytes().contains(&0)).then_some(text)
}

fn integer(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// A JSON number, more or less: what `f64::from_str` takes besides (`inf`, `nan`) begins with a letter.
fn number(text: &str) -> Option<&str> {
    let first = text.strip_prefix('-').unwrap_or(text).bytes().next()?;
    first.is_ascii_digit().then_some(text)
}

/// A finite float. Zero has no sign: SQLite keeps whole numbers without it.
pub(crate) fn float(number: f64) -> Option<Cell> {
    number.is_finite().then_some(Cell::Float(number + 0.0))
}

/// The nearest 32-bit float, widened.
#[allow(clippy::cast_possible_truncation, reason = "to the nearest is what is meant")]
pub(crate) fn float32(number: f64) -> Option<Cell> {
    float(f64::from(number as f32))
}

/// The canonical form alone: other spellings of one id would be other idempotent requests and other URLs.
fn uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

fn timestamp(text: &str) -> Option<Cell> {
    // RFC 3339 allows a space for the T; JSON Schema's date-time and everybody's parser do not.
    if text.as_bytes().get(10).is_some_and(|byte| !matches!(byte, b'T' | b't')) {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    timestamp_in_range(time).map(Cell::Timestamp)
}

/// The years that RFC 3339 and proto can say.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// Whole microseconds within the years that RFC 3339 and proto can say.
pub(crate) fn timestamp_in_range(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let time = DateTime::from_timestamp_micros(time.timestamp_micros())?;
    YEARS.contains(&time.year()).then(|| time.trunc_subsecs(6))
}

fn date(text: &str) -> Option<Cell> {
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = NaiveDate::parse_from_str(plain.then_some(text)?, "%Y-%m-%d").ok()?;
    YEARS.contains(&date.year()).then_some(Cell::Date(date))
}

fn duration(text: &str) -> Option<Cell> {
    let (whole, fraction) = match text.strip_suffix('s')?.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text.strip_suffix('s')?, "0"),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    duration_in_range(whole.parse().ok()?, format!("{fraction:0<6}")[..6].parse().ok()?)
}

/// A span that is not longer than proto can say.
pub(crate) fn duration_in_range(seconds: u64, micros: u32) -> Option<Cell> {
    let seconds = i64::try_from(seconds).ok()?;
    let total = seconds.checked_mul(1_000_000)?.checked_add(i64::from(micros))?;
    (total <= MAX_DURATION_MICROS).then_some(Cell::Duration(total))
}

/// Digits with an optional point and sign; no exponent, and nothing is rounded away.
fn decimal(text: &str) -> Option<Cell> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return None;
    }
    let mut number = Decimal::from_str_exact(text).ok()?;
    if number.is_zero() {
        // PostgreSQL does not keep the sign of a zero.
        number.set_sign_positive(true);
    }
    Some(Cell::Decimal(number))
}

/// Writes a scalar or a choice; composites and null write nothing.
pub(crate) fn write(out: &mut String, kind: &Kind, cell: &Cell) {
    // Writing to a `String` can't fail.
    let _ = match cell {
        Cell::Bool(value) => write!(out, "{value}"),
        Cell::Int(number) => write!(out, "{number}"),
        Cell::UInt(number) => write!(out, "{number}"),
        Cell::Float(number) => write_float(out, kind, *number),
        Cell::Text(text) => out.write_str(text),
        Cell::Uuid(id) => write!(out, "{}", id.as_hyphenated()),
        Cell::Timestamp(time) => out.write_str(&format_timestamp(time)),
        Cell::Date(date) => write!(out, "{}", date.format("%Y-%m-%d")),
        Cell::Duration(micros) => out.write_str(&format_duration(*micros)),
        Cell::Decimal(number) => write!(out, "{number}"),
        Cell::Bytes(bytes) => {
            STANDARD.encode_string(bytes, out);
            Ok(())
        }
        Cell::Json(value) => write!(out, "{value}"),
        Cell::Choice(index) => out.write_str(variant(kind, *index)),
        Cell::Null | Cell::Value(_) | Cell::List(_) | Cell::Map(_) => Ok(()),
    };
}

/// A scalar or a choice as text.
pub(crate) fn format(kind: &Kind, cell: &Cell) -> String {
    let mut out = String::new();
    write(&mut out, kind, cell);
    out
}

#[allow(clippy::cast_possible_truncation, reason = "the cell holds a widened f32")]
fn write_float(out: &mut String, kind: &Kind, number: f64) -> std::fmt::Result {
    match kind {
        Kind::Scalar(Scalar::F32) => write!(out, "{:?}", number as f32),
        _ => write!(out, "{number:?}"),
    }
}

/// The name of a choice's variant.
pub(crate) fn variant(kind: &Kind, index: u16) -> &'static str {
    match kind {
        Kind::Choice(choice) => choice.variants.get(usize::from(index)).map_or("", |variant| variant.name),
        _ => "",
    }
}

/// `2026-11-22T08:30:00.000000Z`: always six digits, so that it sorts as text.
pub(crate) fn format_timestamp(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Proto's JSON form: `3s`, `3.500s`.
pub(crate) fn format_duration(micros: i64) -> String {
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    match rest {
        0 => format!("{seconds}s"),
        rest if rest % 1000 == 0 => format!("{seconds}.{:03}s", rest / 1000),
        rest => format!("{seconds}.{rest:06}s"),
    }
}

/// FNV-1a, 64 bits: the same on every machine and release, unlike the standard library's hashers.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    fnv1a_all(&[bytes])
}

/// That of pieces, as if they were one.
pub(crate) fn fnv1a_all(pieces: &[&[u8]]) -> u64 {
    pieces.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
