//! `grpc-timeout`: how long a caller waits.

use std::time::{Duration, Instant};

use http::HeaderMap;

use crate::error::{Error, Result};

/// When the call ends: what the server permits, or earlier where the caller says so.
pub(crate) fn deadline(headers: &HeaderMap, began: Instant, limit: Duration) -> Result<Instant> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(began + limit) };
    let said = value.to_str().ok().and_then(parse).ok_or_else(|| {
        let message = "must be up to 8 digits and a unit of H, M, S, m, u or n, such as 500m";
        Error::violation("grpc-timeout", "syntax", message)
    })?;
    Ok(began + limit.min(said))
}

fn parse(text: &str) -> Option<Duration> {
    let unit = text.len().checked_sub(1).filter(|digits| (1..=8).contains(digits))?;
    let (digits, unit) = text.split_at_checked(unit)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_hours(count),
        "M" => Duration::from_mins(count),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_digits_and_a_unit() {
        for (text, wanted) in [
            ("1H", Some(Duration::from_hours(1))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("0m", Some(Duration::ZERO)),
            ("20S", Some(Duration::from_secs(20))),
            ("100000000n", None),
            ("S", None),
            ("", None),
            ("1", None),
            ("-1S", None),
            ("1ü", None),
            ("1 S", None),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }
}
