//! Walks through a text and knows where it is.

use std::ops::Range;

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At a place of a text that is the begin of a character.
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The text of a span.
    pub(super) fn text(&self, span: &Range<usize>) -> &'a str {
        &self.text[span.clone()]
    }

    /// Takes a text if it comes next.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let there = self.text[self.at..].starts_with(word);
        if there {
            self.at += word.len();
        }
        there
    }

    /// Takes all characters of a kind.
    pub(super) fn take(&mut self, kind: impl Fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        let rest = &self.text[start..];
        self.at = start + rest.find(|next: char| !kind(next)).unwrap_or(rest.len());
        start..self.at
    }

    /// Takes what is in parentheses, and with it the parentheses; `None` where they are not closed.
    pub(super) fn parenthesised(&mut self) -> Option<Range<usize>> {
        let start = self.at + 1;
        let mut depth = 0_usize;
        for (offset, next) in self.text[self.at..].char_indices() {
            match next {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let end = self.at + offset;
                self.at = end + 1;
                return Some(start..end);
            }
        }
        self.at = self.text.len();
        None
    }

    /// Takes what is in double quotes, and with it the quotes; `None` where they are not closed.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut escaped = false;
        for (offset, next) in self.text[self.at..].char_indices().skip(1) {
            match next {
                _ if escaped => {
                    out.push(next);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += offset + 1;
                    return Some(out);
                }
                other => out.push(other),
            }
        }
        self.at = self.text.len();
        None
    }

    /// Whether a colon comes next, after spaces.
    pub(super) fn colon_after_spaces(&self) -> bool {
        self.text[self.at..].trim_start().starts_with(':')
    }

    /// How long the word is that begins at a place.
    pub(super) fn word_at(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        rest.find(char::is_whitespace).unwrap_or(rest.len())
    }

    /// Goes to the next word.
    pub(super) fn skip_between(&mut self) {
        self.take(|next| next.is_whitespace() || next == ',');
    }

    /// Goes to the end of this word.
    pub(super) fn skip_word(&mut self) -> Range<usize> {
        self.take(|next| !next.is_whitespace())
    }
}
