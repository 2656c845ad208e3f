//! SQL expressions as tokens.

/// A part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a word. What is quoted is no word.
    Name {
        text: String,
        quoted: bool,
    },
    Text(String),
    Number(String),
    Sign(&'static str),
}

const SIGNS: [&str; 18] =
    ["::", "<=", ">=", "<>", "!=", "==", "||", "=", "<", ">", "(", ")", "[", "]", ",", "+", "-", "."];

/// The tokens of an expression, without casts; `None` where it has others than these.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let used;
        if matches!(first, '\'' | '"' | '`') {
            let (content, length) = quoted(rest, first)?;
            tokens.push(match first {
                '\'' => Token::Text(content),
                _ => Token::Name { text: content, quoted: true },
            });
            used = length;
        } else if first.is_ascii_digit() {
            used = rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '.').unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..used].to_owned()));
        } else if first.is_alphabetic() || first == '_' {
            used = rest.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(rest.len());
            // PostgreSQL's E'..'.
            if rest[..used].eq_ignore_ascii_case("e") && rest[used..].starts_with('\'') {
                return None;
            }
            tokens.push(Token::Name { text: rest[..used].to_owned(), quoted: false });
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
            tokens.push(Token::Sign(sign));
            used = sign.len();
        }
        rest = rest[used..].trim_start();
    }
    Some(without_casts(tokens))
}

/// What is between quotes, and how long it is with them.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, next)) = chars.next() {
        if next != quote {
            content.push(next);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            content.push(quote);
            chars.next();
        } else {
            return Some((content, at + quote.len_utf8()));
        }
    }
    None
}

const WORDS: [&str; 8] = ["AND", "OR", "IN", "IS", "BETWEEN", "NOT", "COLLATE", "LIKE"];

impl Token {
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Name { text, quoted: false } if text.eq_ignore_ascii_case(word))
    }
}

/// PostgreSQL says the type of everything.
fn without_casts(tokens: Vec<Token>) -> Vec<Token> {
    let mut out = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if token != Token::Sign("::") {
            out.push(token);
            continue;
        }
        let is_type = |token: &Token| {
            matches!(token, Token::Name { .. } | Token::Sign("."))
                && !WORDS.iter().any(|word| token.is_word(word))
        };
        while tokens.next_if(is_type).is_some() {}
        if tokens.next_if_eq(&Token::Sign("(")).is_some() {
            while tokens.next().is_some_and(|token| token != Token::Sign(")")) {}
        }
        while tokens.next_if_eq(&Token::Sign("[")).is_some() {
            let _ = tokens.next_if_eq(&Token::Sign("]"));
        }
    }
    out
}
