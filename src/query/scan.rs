//! The words, signs and literals of a filter.

use std::borrow::Cow;

use super::Comparison;

/// Where and why a filter can't be read.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// The sign between a field and a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Compare(Comparison),
    /// `:`
    Has,
}

/// What stands right of a sign.
#[derive(Debug, PartialEq)]
pub(super) struct Literal {
    /// Text, and `None` for each `*` that is not escaped.
    pub(super) parts: Vec<Option<String>>,
    pub(super) quoted: bool,
}

impl Literal {
    /// Text where a star is a star.
    pub(super) fn plain(&self) -> Cow<'_, str> {
        match self.parts.as_slice() {
            [] => Cow::Borrowed(""),
            [Some(text)] => Cow::Borrowed(text),
            parts => Cow::Owned(parts.iter().map(|part| part.as_deref().unwrap_or("*")).collect()),
        }
    }

    /// Whether it is the word itself, without quotes.
    pub(super) fn is_bare(&self, word: &str) -> bool {
        !self.quoted && matches!(self.parts.as_slice(), [Some(text)] if text == word)
    }

    /// Whether it is a `*` alone, without quotes.
    pub(super) fn is_bare_star(&self) -> bool {
        !self.quoted && self.parts == [None]
    }
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += next.len_utf8();
        Some(next)
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    pub(super) fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.next();
        }
        found
    }

    /// Eats `AND`, `OR` or `NOT`, where it stands as a word of its own.
    pub(super) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let found = self.rest().strip_prefix(keyword).is_some_and(|rest| !rest.starts_with(is_word));
        if found {
            self.position += keyword.len();
        }
        found
    }

    /// The longest word here; empty where there is none.
    pub(super) fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let word = rest.find(|it| !is_word(it)).and_then(|end| rest.get(..end)).unwrap_or(rest);
        self.position += word.len();
        word
    }

    pub(super) fn sign(&mut self) -> Option<Sign> {
        const SIGNS: [(&str, Sign); 7] = [
            ("<=", Sign::Compare(Comparison::LessOrEqual)),
            (">=", Sign::Compare(Comparison::GreaterOrEqual)),
            ("!=", Sign::Compare(Comparison::NotEqual)),
            ("<", Sign::Compare(Comparison::Less)),
            (">", Sign::Compare(Comparison::Greater)),
            ("=", Sign::Compare(Comparison::Equal)),
            (":", Sign::Has),
        ];
        let (text, sign) = SIGNS.into_iter().find(|(text, _)| self.rest().starts_with(text))?;
        self.position += text.len();
        Some(sign)
    }

    /// A literal: quoted, or up to a space or a parenthesis.
    pub(super) fn literal(&mut self) -> Result<Literal, Syntax> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some('(') => {
                Err(self.wrong("unsupported", "a list of values is not supported; write a = 1 OR a = 2"))
            }
            None | Some(')') => Err(self.wrong("syntax", "a value is missing")),
            Some(_) => self.bare(),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Literal, Syntax> {
        let start = self.position;
        self.next();
        let mut parts = Parts::default();
        loop {
            match self.next() {
                None => {
                    self.position = start;
                    return Err(
                        self.wrong("syntax", format!("the text that begins here is not closed by a {quote}"))
                    );
                }
                Some('\\') => parts.push(self.escaped()?),
                Some('*') => parts.star(),
                Some(end) if end == quote => break,
                Some(other) => parts.push(other),
            }
        }
        match self.peek() {
            Some(next) if !next.is_whitespace() && next != ')' => {
                Err(self.wrong("syntax", "a space is missing after the closing quote"))
            }
            _ => Ok(Literal { parts: parts.finish(), quoted: true }),
        }
    }

    fn bare(&mut self) -> Result<Literal, Syntax> {
        let start = self.position;
        let mut parts = Parts::default();
        while let Some(next) = self.peek() {
            match next {
                ')' => break,
                space if space.is_whitespace() => break,
                '"' | '\'' | '(' | ',' | '=' | '<' | '>' => {
                    return Err(
                        self.wrong("syntax", format!("put a value that contains {next} in double quotes"))
                    );
                }
                _ => {}
            }
            self.next();
            match next {
                '\\' => parts.push(self.escaped()?),
                '*' => parts.star(),
                other => parts.push(other),
            }
        }
        let literal = Literal { parts: parts.finish(), quoted: false };
        if ["AND", "OR", "NOT"].into_iter().any(|keyword| literal.is_bare(keyword)) {
            self.position = start;
            return Err(
                self.wrong("syntax", "a value is missing; put AND, OR and NOT in quotes to mean text")
            );
        }
        Ok(literal)
    }

    fn escaped(&mut self) -> Result<char, Syntax> {
        match self.next() {
            Some(same @ ('\\' | '"' | '\'' | '*')) => Ok(same),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            _ => Err(self.wrong("syntax", r#"after a backslash only \ " ' * n r t may stand"#)),
        }
    }

    /// An error at this place.
    pub(super) fn wrong(&self, code: &'static str, message: impl AsRef<str>) -> Syntax {
        let place = self.text.get(..self.position).map_or(0, |before| before.chars().count()) + 1;
        Syntax { code, message: format!("at character {place}: {}", message.as_ref()) }
    }
}

fn is_word(character: char) -> bool {
    !character.is_whitespace()
        && !matches!(character, '(' | ')' | ',' | '"' | '\'' | '=' | '!' | '<' | '>' | ':')
}

#[derive(Default)]
struct Parts {
    done: Vec<Option<String>>,
    text: String,
}

impl Parts {
    fn push(&mut self, character: char) {
        self.text.push(character);
    }

    fn star(&mut self) {
        self.flush();
        self.done.push(None);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Some(std::mem::take(&mut self.text)));
        }
    }

    fn finish(mut self) -> Vec<Option<String>> {
        self.flush();
        self.done
    }
}
