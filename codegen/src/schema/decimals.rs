//! The range of a decimal as a regular expression: JSON Schema has no bounds for numbers in strings.

/// What matches the decimals from `min` to `max`, each in digits. `None` where a bound is below zero, or both have the same
/// whole part and fractions: the words say those.
pub(super) fn pattern(min: Option<&str>, max: Option<&str>, exclusive: bool) -> Option<String> {
    let (low, low_fraction) = split(min?)?;
    let mut ways = Vec::new();
    match max {
        None => {
            ways.push(format!("{}{}", whole(&low), at_least(&low_fraction)));
            ways.extend(longer(&low).into_iter().map(|digits| format!("0*{digits}{ANY}")));
        }
        Some(max) => {
            let (high, high_fraction) = split(max)?;
            if low == high {
                return None;
            }
            ways.push(format!("{}{}", whole(&low), at_least(&low_fraction)));
            ways.extend(between(&low, &high).into_iter().map(|digits| format!("0*{digits}{ANY}")));
            let below = at_most(&high_fraction, exclusive);
            ways.extend(below.map(|fraction| format!("{}{fraction}", whole(&high))));
        }
    }
    Some(format!("^(?:{})$", ways.join("|")))
}

/// Any fraction, or none.
const ANY: &str = "(?:\\.[0-9]+)?";

/// The digits before and after the point, without those that say nothing.
fn split(number: &str) -> Option<(String, String)> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    let trimmed = whole.trim_start_matches('0');
    let whole = if trimmed.is_empty() { "0" } else { trimmed };
    digits.then(|| (whole.to_owned(), fraction.trim_end_matches('0').to_owned()))
}

/// This whole number.
fn whole(digits: &str) -> String {
    if digits == "0" { "0+".to_owned() } else { format!("0*{digits}") }
}

/// Digits from one to another.
fn class(first: u8, last: u8) -> String {
    if first == last {
        char::from(first).to_string()
    } else {
        format!("[{}-{}]", char::from(first), char::from(last))
    }
}

fn digits(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "[0-9]".to_owned(),
        count => format!("[0-9]{{{count}}}"),
    }
}

/// A fraction that is this one or greater.
fn at_least(fraction: &str) -> String {
    if fraction.is_empty() {
        return ANY.to_owned();
    }
    let mut ways = vec![format!("{fraction}[0-9]*")];
    for (index, digit) in fraction.bytes().enumerate().filter(|(_, digit)| *digit < b'9') {
        ways.push(format!("{}{}[0-9]*", &fraction[..index], class(digit + 1, b'9')));
    }
    format!("\\.(?:{})", ways.join("|"))
}

/// A fraction that is less than this one, or this one unless that is out; `None` where there is none.
fn at_most(fraction: &str, exclusive: bool) -> Option<String> {
    let none = "(?:\\.0+)?".to_owned();
    if fraction.is_empty() {
        return (!exclusive).then_some(none);
    }
    let mut ways = Vec::new();
    if !exclusive {
        ways.push(format!("{fraction}0*"));
    }
    for (index, digit) in fraction.bytes().enumerate() {
        let before = &fraction[..index];
        if digit > b'0' {
            ways.push(format!("{before}{}[0-9]*", class(b'0', digit - 1)));
        }
        if index > 0 {
            ways.push(before.to_owned());
        }
    }
    Some(format!("(?:\\.(?:{}))?", ways.join("|")))
}

/// Whole numbers greater than this one.
fn longer(low: &str) -> Vec<String> {
    let mut ways = greater(low);
    ways.push(format!("[1-9][0-9]{{{},}}", low.len()));
    ways
}

/// Whole numbers of as many digits, greater than this one.
fn greater(low: &str) -> Vec<String> {
    let each = low.bytes().enumerate().filter(|(_, digit)| *digit < b'9');
    each.map(|(index, digit)| {
        format!("{}{}{}", &low[..index], class(digit + 1, b'9'), digits(low.len() - index - 1))
    })
    .collect()
}

/// Whole numbers of as many digits, less than this one.
fn less(high: &str) -> Vec<String> {
    let first = |index: usize| if index == 0 && high.len() > 1 { b'1' } else { b'0' };
    let each = high.bytes().enumerate().filter(|(index, digit)| *digit > first(*index));
    each.map(|(index, digit)| {
        format!("{}{}{}", &high[..index], class(first(index), digit - 1), digits(high.len() - index - 1))
    })
    .collect()
}

/// Whole numbers greater than the one and less than the other.
fn between(low: &str, high: &str) -> Vec<String> {
    if low.len() < high.len() {
        let mut ways = greater(low);
        ways.extend((low.len() + 1..high.len()).map(|length| format!("[1-9]{}", digits(length - 1))));
        ways.extend(less(high));
        return ways;
    }
    // Of the same length: alike up to the first digit that differs, of which the low one is the smaller.
    let Some(place) = low.bytes().zip(high.bytes()).position(|(one, other)| one != other) else {
        return Vec::new();
    };
    let (same, rest) = (&low[..place], low.len() - place - 1);
    let (first, last) = (low.as_bytes()[place], high.as_bytes()[place]);
    let tail = |digit: u8, tails: Vec<String>| -> Vec<String> {
        tails.into_iter().map(|tail| format!("{same}{}{tail}", char::from(digit))).collect()
    };
    let mut ways = tail(first, greater(&low[place + 1..]));
    if first + 1 < last {
        ways.push(format!("{same}{}{}", class(first + 1, last - 1), digits(rest)));
    }
    ways.extend(tail(last, below(&high[place + 1..])));
    ways
}

/// Digits, leading zeros too, that are less than these.
fn below(high: &str) -> Vec<String> {
    let each = high.bytes().enumerate().filter(|(_, digit)| *digit > b'0');
    each.map(|(index, digit)| {
        format!("{}{}{}", &high[..index], class(b'0', digit - 1), digits(high.len() - index - 1))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number in thousandths.
    fn value(text: &str) -> i64 {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let fraction: i64 = format!("{fraction:0<3}")[..3].parse().unwrap();
        whole.parse::<i64>().unwrap() * 1000 + fraction
    }

    #[test]
    fn it_matches_what_is_within_the_bounds_and_nothing_else() {
        let ranges = [
            ("0.01", Some("99.99"), false),
            ("0", Some("1"), true),
            ("0", Some("10"), false),
            ("5.5", Some("5000"), false),
            ("17", Some("23.125"), true),
            ("100", Some("299.9"), false),
            ("9.09", Some("10.1"), false),
            ("0", None, false),
            ("19.5", None, false),
        ];
        for (min, max, exclusive) in ranges {
            let pattern = pattern(Some(min), max, exclusive).unwrap();
            let regex = regex_lite::Regex::new(&pattern).unwrap();
            let inside = |number: i64| {
                number >= value(min)
                    && max
                        .is_none_or(|max| if exclusive { number < value(max) } else { number <= value(max) })
            };
            let numbers = (0..1_200).chain((1_200..6_000_000).step_by(4_987));
            for number in numbers.chain([
                23_124, 23_125, 23_126, 99_990, 99_991, 4_999_999, 5_000_000, 5_000_001, 299_900, 299_901,
            ]) {
                let (whole, fraction) = (number / 1000, number % 1000);
                let text = format!("{whole}.{fraction:03}");
                let short = text.trim_end_matches('0').trim_end_matches('.');
                for text in [text.as_str(), short, &format!("00{text}"), &format!("{text}00")] {
                    assert_eq!(regex.is_match(text), inside(number), "{min}..{max:?} {text} {pattern}");
                }
            }
            for wrong in ["", ".", "-1", "1.", ".5", "1e1", "x"] {
                assert!(!regex.is_match(wrong), "{min}..{max:?} {wrong}");
            }
        }
    }

    #[test]
    fn what_it_would_not_say_simply_it_does_not_say() {
        assert_eq!(pattern(Some("-1"), Some("1"), false), None);
        assert_eq!(pattern(None, Some("1"), false), None);
        assert_eq!(pattern(Some("1.1"), Some("1.9"), false), None);
    }
}
