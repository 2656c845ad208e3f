//! PostgreSQL's binary `NUMERIC`, exactly: nothing is rounded and a zero keeps its scale.
//!
//! The format: the number of digits to base 10,000, the weight of the first, the sign, the decimal scale, the digits;
//! 16 bits each.

use bytes::BytesMut;
use rust_decimal::Decimal;

const NEGATIVE: u16 = 0x4000;
/// A `Decimal` has at most 29 digits: 8 groups, and one more where the point is not between two groups.
const MAX_GROUPS: usize = 9;

/// Writes an integer or a decimal: `digits / 10^scale`.
pub(super) fn write(digits: u128, scale: u32, negative: bool, out: &mut BytesMut) -> Result<(), String> {
    let pad = (4 - scale % 4) % 4;
    let too_large = || "the number has too many digits for a NUMERIC".to_owned();
    let mut rest = digits.checked_mul(10_u128.pow(pad)).ok_or_else(too_large)?;
    let mut groups = Vec::with_capacity(MAX_GROUPS);
    while rest > 0 {
        // The remainder is below 10,000.
        groups.push(u16::try_from(rest % 10_000).unwrap_or_default());
        rest /= 10_000;
    }
    let fraction_groups = scale.div_ceil(4);
    let count = i32::try_from(groups.len()).map_err(|_| too_large())?;
    let weight = count - i32::try_from(fraction_groups).map_err(|_| too_large())? - 1;
    let weight = if groups.is_empty() { 0 } else { i16::try_from(weight).map_err(|_| too_large())? };

    let mut put = |number: u16| out.extend_from_slice(&number.to_be_bytes());
    put(u16::try_from(count).map_err(|_| too_large())?);
    put(u16::from_be_bytes(weight.to_be_bytes()));
    put(if negative && digits > 0 { NEGATIVE } else { 0 });
    put(u16::try_from(scale).map_err(|_| too_large())?);
    groups.into_iter().rev().for_each(put);
    Ok(())
}

/// Reads what fits into a [`Decimal`] without rounding.
pub(super) fn read(raw: &[u8]) -> Result<Decimal, String> {
    let mut numbers = raw.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let mut next = || numbers.next().ok_or("a NUMERIC that is cut off");
    let count = next()?;
    let weight = i16::from_be_bytes(next()?.to_be_bytes());
    let sign = next()?;
    let scale = u32::from(next()?);
    if sign != 0 && sign != NEGATIVE {
        return Err("NaN or an infinity in a NUMERIC column".to_owned());
    }

    let too_large = || "a NUMERIC with more digits than a Decimal can hold (28)".to_owned();
    let mut digits: i128 = 0;
    for _ in 0..count {
        let group = i128::from(next()?);
        digits = digits.checked_mul(10_000).and_then(|it| it.checked_add(group)).ok_or_else(too_large)?;
    }
    // The last group stands for 10,000^(weight - count + 1); the number is to be in units of 10^-scale.
    let exponent =
        4 * (i32::from(weight) - i32::from(count) + 1) + i32::try_from(scale).map_err(|_| too_large())?;
    if digits != 0 {
        let factor = 10_i128.checked_pow(exponent.unsigned_abs()).ok_or_else(too_large)?;
        digits = match exponent {
            0.. => digits.checked_mul(factor),
            _ => (digits % factor == 0).then_some(digits / factor),
        }
        .ok_or_else(too_large)?;
    }
    if sign == NEGATIVE {
        digits = -digits;
    }
    Decimal::try_from_i128_with_scale(digits, scale).map_err(|_| too_large())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> String {
        let number = Decimal::from_str_exact(text).unwrap();
        let mut out = BytesMut::new();
        write(number.mantissa().unsigned_abs(), number.scale(), number.is_sign_negative(), &mut out).unwrap();
        read(&out).unwrap().to_string()
    }

    #[test]
    fn every_decimal_comes_back_with_its_scale() {
        for text in [
            "0",
            "0.00",
            "0.0000000000000000000000000001",
            "1",
            "-1.50",
            "19.90",
            "10000",
            "123456789.123456789",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "7.9228162514264337593543950335",
        ] {
            assert_eq!(there_and_back(text), text);
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_not_rounded() {
        let raw = |numbers: &[u16]| numbers.iter().flat_map(|it| it.to_be_bytes()).collect::<Vec<u8>>();
        for (what, numbers) in [
            ("1e44", &[1, 11, 0, 0, 1][..]),
            ("NaN", &[0, 0, 0xC000, 0]),
            ("infinity", &[0, 0, 0xD000, 0]),
            ("scale 40", &[1, 0, 0, 40, 1]),
            ("the smallest weight", &[1, 0x8000, 0, 0, 1]),
            ("cut off", &[2, 0, 0, 0, 1]),
            ("empty", &[]),
        ] {
            assert!(read(&raw(numbers)).is_err(), "{what}");
        }
    }
}
