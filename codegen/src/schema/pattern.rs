//! Regular expressions: read as far as they are simple, to say them in every tool's dialect and to make up a text that
//! matches.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::iter::Peekable;
use std::str::Chars;

use regex_lite::Regex;

/// Alternatives, each a sequence.
#[derive(Debug)]
struct Expression(Vec<Vec<Repeated>>);

#[derive(Debug)]
struct Repeated {
    atom: Atom,
    least: u32,
    most: Option<u32>,
}

#[derive(Debug)]
enum Atom {
    Begin,
    End,
    Class(Class),
    Group(Expression),
}

/// A set of characters.
#[derive(Debug, Default)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

const DIGIT: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('A', 'Z'), ('a', 'z'), ('0', '9'), ('_', '_')];
const SPACE: &[(char, char)] = &[(' ', ' '), ('\t', '\r')];

/// The expression as ECMA-262 and all who read JSON Schema understand it; `None` where it can't be said there.
pub(super) fn portable(source: &str) -> Option<String> {
    // What differs between the dialects is behind a backslash, a dot, a flag or a nested class.
    if source.contains(['\\', '.', '~', '&']) || source.contains("(?") || source.contains("[[") {
        let mut out = String::new();
        print(&parse(source)?, &mut out).ok()?;
        return Some(out);
    }
    Some(source.to_owned())
}

/// Whether a text matches an expression; one that can't be read matches nothing.
///
/// Each is compiled once: that takes longer than all else about an example, and a field is asked for many.
pub(super) fn matches(source: &str, text: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(source) {
            compiled.insert(source.to_owned(), Regex::new(source).ok());
        }
        compiled.get(source).and_then(Option::as_ref).is_some_and(|regex| regex.is_match(text))
    })
}

/// A text that matches all expressions and has a length in characters within the bounds, if one is easily found.
pub(super) fn example(sources: &[&str], least: u64, most: Option<u64>) -> Option<String> {
    let expression = parse(sources.first()?)?;
    (0..=64).find_map(|count| {
        let mut text = String::new();
        repeat(&expression, count, &mut text);
        let length = text.chars().count() as u64;
        let fits = length >= least && most.is_none_or(|most| length <= most);
        (fits && sources.iter().all(|source| matches(source, &text))).then_some(text)
    })
}

fn parse(source: &str) -> Option<Expression> {
    let mut chars = source.chars().peekable();
    let expression = alternatives(&mut chars)?;
    chars.next().is_none().then_some(expression)
}

fn alternatives(chars: &mut Peekable<Chars<'_>>) -> Option<Expression> {
    let mut all = vec![Vec::new()];
    while let Some(char) = chars.peek().copied() {
        if char == ')' {
            break;
        }
        chars.next();
        if char == '|' {
            all.push(Vec::new());
            continue;
        }
        let atom = match char {
            '^' => Atom::Begin,
            '$' => Atom::End,
            '.' => Atom::Class(Class { negated: true, ranges: vec![('\n', '\n')] }),
            '[' => Atom::Class(class(chars)?),
            '(' => {
                if chars.next_if_eq(&'?').is_some() {
                    chars.next_if_eq(&':')?;
                }
                let inner = alternatives(chars)?;
                chars.next_if_eq(&')')?;
                Atom::Group(inner)
            }
            '\\' => Atom::Class(escape(chars)?),
            '*' | '+' | '?' | '{' | '}' | ']' => return None,
            char => Atom::Class(Class { negated: false, ranges: vec![(char, char)] }),
        };
        let (least, most) = repetition(chars)?;
        all.last_mut()?.push(Repeated { atom, least, most });
    }
    Some(Expression(all))
}

fn repetition(chars: &mut Peekable<Chars<'_>>) -> Option<(u32, Option<u32>)> {
    let bounds = match chars.peek() {
        Some('*') => (0, None),
        Some('+') => (1, None),
        Some('?') => (0, Some(1)),
        Some('{') => {
            chars.next();
            let said: String = std::iter::from_fn(|| chars.next_if(|char| *char != '}')).collect();
            match said.split_once(',') {
                None => (said.parse().ok()?, Some(said.parse().ok()?)),
                Some((least, "")) => (least.parse().ok()?, None),
                Some((least, most)) => (least.parse().ok()?, Some(most.parse().ok()?)),
            }
        }
        _ => return Some((1, Some(1))),
    };
    chars.next()?;
    // Whether it is greedy makes no difference to what matches.
    chars.next_if_eq(&'?');
    if matches!(chars.peek(), Some('*' | '+' | '?' | '{')) {
        return None;
    }
    Some(bounds)
}

fn escape(chars: &mut Peekable<Chars<'_>>) -> Option<Class> {
    let (negated, ranges) = match chars.next()? {
        'd' => (false, DIGIT.to_vec()),
        'D' => (true, DIGIT.to_vec()),
        'w' => (false, WORD.to_vec()),
        'W' => (true, WORD.to_vec()),
        's' => (false, SPACE.to_vec()),
        'S' => (true, SPACE.to_vec()),
        't' => (false, vec![('\t', '\t')]),
        'n' => (false, vec![('\n', '\n')]),
        'r' => (false, vec![('\r', '\r')]),
        char if char.is_ascii_punctuation() => (false, vec![(char, char)]),
        _ => return None,
    };
    Some(Class { negated, ranges })
}

fn class(chars: &mut Peekable<Chars<'_>>) -> Option<Class> {
    let mut class = Class { negated: chars.next_if_eq(&'^').is_some(), ..Class::default() };
    loop {
        let first = match chars.next()? {
            ']' if !class.ranges.is_empty() => return Some(class),
            // Nested classes, and the operators on them.
            '[' => return None,
            '&' | '~' | '-' if chars.peek() == Some(&'&') || chars.peek() == Some(&'~') => return None,
            '\\' => {
                let escaped = escape(chars)?;
                match escaped.ranges.as_slice() {
                    _ if escaped.negated => return None,
                    [(first, last)] if first == last => *first,
                    _ => {
                        class.ranges.extend(escaped.ranges);
                        continue;
                    }
                }
            }
            char => char,
        };
        let mut ahead = chars.clone();
        if ahead.next() != Some('-') || ahead.next().is_none_or(|char| char == ']') {
            class.ranges.push((first, first));
            continue;
        }
        chars.next();
        let last = match chars.next()? {
            '\\' => match escape(chars)?.ranges.as_slice() {
                [(first, last)] if first == last => *first,
                _ => return None,
            },
            '[' | '-' => return None,
            char => char,
        };
        if first > last {
            return None;
        }
        class.ranges.push((first, last));
    }
}

fn print(expression: &Expression, out: &mut String) -> fmt::Result {
    for (index, sequence) in expression.0.iter().enumerate() {
        if index > 0 {
            out.push('|');
        }
        for Repeated { atom, least, most } in sequence {
            match atom {
                Atom::Begin => out.push('^'),
                Atom::End => out.push('$'),
                Atom::Group(inner) => {
                    out.push_str("(?:");
                    print(inner, out)?;
                    out.push(')');
                }
                Atom::Class(Class { negated: false, ranges })
                    if ranges.len() == 1 && ranges[0].0 == ranges[0].1 =>
                {
                    print_char(ranges[0].0, "\\^$.*+?()[]{}|/", out);
                }
                Atom::Class(class) => {
                    out.push_str(if class.negated { "[^" } else { "[" });
                    for (first, last) in &class.ranges {
                        print_char(*first, "\\]^-[", out);
                        if first != last {
                            out.push('-');
                            print_char(*last, "\\]^-[", out);
                        }
                    }
                    out.push(']');
                }
            }
            match (least, most) {
                (1, Some(1)) => {}
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (0, Some(1)) => out.push('?'),
                (least, None) => write!(out, "{{{least},}}")?,
                (least, Some(most)) if least == most => write!(out, "{{{least}}}")?,
                (least, Some(most)) => write!(out, "{{{least},{most}}}")?,
            }
        }
    }
    Ok(())
}

fn print_char(char: char, special: &str, out: &mut String) {
    match char {
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        char => {
            if special.contains(char) {
                out.push('\\');
            }
            out.push(char);
        }
    }
}

/// What repeats does so `count` times where it may.
fn repeat(expression: &Expression, count: u32, out: &mut String) {
    let Some(sequence) = expression.0.first() else { return };
    for Repeated { atom, least, most } in sequence {
        let times = count.max(*least).min(most.unwrap_or(u32::MAX));
        for index in 0..times {
            match atom {
                Atom::Begin | Atom::End => {}
                Atom::Class(class) => out.extend(class.nth(index as usize)),
                Atom::Group(inner) => repeat(inner, count, out),
            }
        }
    }
}

impl Class {
    /// One of its characters, in turn.
    fn nth(&self, index: usize) -> Option<char> {
        let within = |char: char| self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&char));
        let usual = || ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(' '..='~');
        let fits = |char: &char| within(*char) != self.negated;
        let count = usual().take(62).filter(fits).count();
        if count > 0 {
            return usual().filter(fits).nth(index % count);
        }
        usual().find(fits).or_else(|| self.ranges.first().filter(|_| !self.negated).map(|range| range.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_that_matches() {
        for (source, text) in [
            ("^[A-Z]{2}$", "AB"),
            ("^[A-Z0-9-]{3,20}$", "ABC"),
            ("x|n", "x"),
            (r"^\d{3}-\w+$", "012-A"),
            ("^(ab)+c?$", "ab"),
            (r"^[^\s@]+@[a-z.]+$", "A@a"),
        ] {
            assert_eq!(example(&[source], 0, None).as_deref(), Some(text), "{source}");
        }
        assert_eq!(example(&["^a+$"], 4, Some(6)).as_deref(), Some("aaaa"));
        assert_eq!(example(&["^a$"], 2, None), None);
    }

    #[test]
    fn an_expression_is_said_in_every_dialect_or_not_at_all() {
        for (source, said) in [
            ("^[A-Z]{2}$", Some("^[A-Z]{2}$")),
            (r"^\d+\.\w*$", Some(r"^[0-9]+\.[A-Za-z0-9_]*$")),
            (r"^[\w.-]+$", Some(r"^[A-Za-z0-9_.\-]+$")),
            ("(?i)abc", None),
            (r"\bword\b", None),
            ("[[:alpha:]]", None),
        ] {
            assert_eq!(portable(source).as_deref(), said, "{source}");
        }
    }
}
