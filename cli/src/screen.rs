//! What is printed: with colour on a terminal, and without a panic where nobody reads it any more.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use crate::arguments::Color;
use crate::failure::Failure;

/// Standard output, gathered, and standard error, at once.
pub(crate) struct Screen {
    out: String,
    out_colour: bool,
    err_colour: bool,
}

/// A colour of the terminal's.
#[derive(Clone, Copy)]
pub(crate) enum Paint {
    Bold,
    Red,
    Green,
    Yellow,
    Cyan,
}

impl Screen {
    pub(crate) fn new(color: Color) -> Self {
        Self {
            out: String::new(),
            out_colour: wanted(color, std::io::stdout().is_terminal()),
            err_colour: wanted(color, std::io::stderr().is_terminal()),
        }
    }

    /// Whether standard error has colours.
    pub(crate) fn err_colour(&self) -> bool {
        self.err_colour
    }

    /// A line on standard output.
    pub(crate) fn line(&mut self, line: &str) {
        // Writing to a `String` can't fail.
        let _ = writeln!(self.out, "{line}");
    }

    /// The text as standard output shows it.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        painted(self.out_colour, paint, text)
    }

    /// Text for standard error. What came before on standard output is shown first.
    pub(crate) fn tell(&mut self, text: &str) {
        self.finish();
        let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end_matches('\n'));
    }

    /// A warning on standard error.
    pub(crate) fn warn(&mut self, text: &str) {
        let word = painted(self.err_colour, Paint::Yellow, "warning");
        self.tell(&format!("{word}: {text}"));
    }

    /// Why it did not work, on standard error.
    pub(crate) fn error(&mut self, failure: &Failure) {
        if !failure.text().is_empty() {
            let word = painted(self.err_colour, Paint::Red, "error");
            self.tell(&format!("{word}: {}", failure.text()));
        }
    }

    /// Shows what was gathered.
    pub(crate) fn finish(&mut self) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(self.out.as_bytes()).and_then(|()| stdout.flush());
        self.out.clear();
    }
}

fn painted(colour: bool, paint: Paint, text: &str) -> String {
    let code = match paint {
        Paint::Bold => "1",
        Paint::Red => "1;31",
        Paint::Green => "1;32",
        Paint::Yellow => "1;33",
        Paint::Cyan => "36",
    };
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn wanted(color: Color, terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}
