//! What is printed: with colour on a terminal, and without a panic where nobody reads it any more.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use fourfold_codegen::report::{self, Report};
use serde_json::{Map, Value, json};

use crate::arguments::{Color, Format};
use crate::draft;
use crate::failure::Failure;
use crate::output::Change;
use crate::package::shown;

/// Standard output, gathered, and standard error, at once. In JSON all of it is one object at the end.
pub(crate) struct Screen {
    out: String,
    out_colour: bool,
    err_colour: bool,
    /// What was said, for programs.
    json: Option<Map<String, Value>>,
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
    pub(crate) fn new(color: Color, format: Format) -> Self {
        let json = (format == Format::Json).then(Map::new);
        let text = json.is_none();
        Self {
            out: String::new(),
            out_colour: text && wanted(color, std::io::stdout().is_terminal()),
            err_colour: text && wanted(color, std::io::stderr().is_terminal()),
            json,
        }
    }

    /// Adds something to a list of the JSON; whether it is written there, and not as text.
    fn noted(&mut self, list: &str, what: impl FnOnce() -> Value) -> bool {
        let Some(json) = &mut self.json else { return false };
        if let Value::Array(items) = json.entry(list).or_insert_with(|| json!([])) {
            items.push(what());
        }
        true
    }

    /// A file that changes.
    pub(crate) fn change(&mut self, change: &Change) {
        let said = || json!({"path": shown(&change.path), "change": change.word()});
        if !self.noted("files", said) {
            let line = draft::line(change, self);
            self.line(&line);
        }
    }

    /// A thing of a list, where programs read it; else what is to be printed is printed by the caller.
    pub(crate) fn item(&mut self, list: &str, item: impl FnOnce() -> Value) -> bool {
        self.noted(list, item)
    }

    /// What is wrong with definitions, in source order.
    pub(crate) fn reports(&mut self, reports: &[Report]) {
        if self.json.is_none() {
            let text = report::render(reports, self.err_colour);
            self.tell(&text);
            return;
        }
        for report in reports {
            self.noted("mistakes", || {
                let place = report.places.first().map(|label| &label.place);
                json!({
                    "message": report.message,
                    "help": report.help,
                    "file": place.map(|place| shown(&place.file)),
                    "line": place.map(|place| place.line),
                    "column": place.map(|place| place.column),
                    "width": place.map(|place| place.width),
                })
            });
        }
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
        if self.noted("warnings", || json!(text)) {
            return;
        }
        let word = painted(self.err_colour, Paint::Yellow, "warning");
        self.tell(&format!("{word}: {text}"));
    }

    /// Why it did not work, on standard error.
    pub(crate) fn error(&mut self, failure: &Failure) {
        if let Some(json) = &mut self.json {
            json.insert("error".to_owned(), json!(failure.text()));
            return;
        }
        if !failure.text().is_empty() {
            let word = painted(self.err_colour, Paint::Red, "error");
            self.tell(&format!("{word}: {}", failure.text()));
        }
    }

    /// Shows all that is left at the end.
    pub(crate) fn end(&mut self, code: u8) {
        if let Some(mut json) = self.json.take() {
            json.insert("code".to_owned(), json!(code));
            if !self.out.is_empty() {
                json.insert("text".to_owned(), json!(self.out));
            }
            self.out = format!("{:#}\n", Value::Object(json));
        }
        self.finish();
    }

    /// Shows what was gathered.
    fn finish(&mut self) {
        if self.json.is_some() {
            return;
        }
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
