//! What is wrong, as rustc would say it: the place, the line, and the way out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proc_macro2::Span;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who else says it.
    pub kind: Kind,
    /// What is wrong.
    pub message: String,
    /// Where: first the place that is wrong, then others that help to see why.
    pub places: Vec<Label>,
    /// The ways out.
    pub help: Vec<String>,
}

/// Who says that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One item alone, or the syntax of a file: in a build, rustc and the macros say it as well, and better.
    Item,
    /// Items and files against each other, or what was asked for: nobody else finds it.
    Catalog,
}

/// A place, and what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub place: Place,
    /// What is there; it may be empty.
    pub text: String,
}

/// A place in a file, with the text of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as people call it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters of the line are meant.
    pub width: usize,
    /// The line.
    pub text: String,
}

impl Place {
    /// The place of a span that begins in that line of a file. Of several lines it is the first.
    #[must_use]
    pub fn of(file: &Path, line: &str, span: Span) -> Self {
        let (start, end) = (span.start(), span.end());
        let line = line.trim_end();
        let last = if end.line == start.line { end.column } else { line.chars().count() };
        Self {
            file: file.to_owned(),
            line: start.line,
            column: start.column + 1,
            width: last.saturating_sub(start.column).max(1),
            text: line.to_owned(),
        }
    }
}

/// What a compiler of `.proto` files says, `a/b.proto:3:1: ..`, as a place and what is wrong there. The file is below the
/// folder `include`, which people call `named`.
#[must_use]
pub fn compiled(said: &str, named: &Path, include: &Path) -> Option<(Place, String)> {
    let mut parts = said.splitn(4, ':');
    let name = parts.next()?;
    let (line, column) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let text = std::fs::read_to_string(include.join(name)).ok()?;
    let text = text.lines().nth(usize::checked_sub(line, 1)?)?.trim_end().to_owned();
    let place = Place { file: named.join(name), line, column, width: 1, text };
    Some((place, parts.next()?.trim().to_owned()))
}

impl Report {
    /// A mistake that only a look at all items finds.
    #[must_use]
    pub fn catalog(message: impl Into<String>) -> Self {
        Self { kind: Kind::Catalog, message: message.into(), places: Vec::new(), help: Vec::new() }
    }

    /// A mistake that rustc or a macro finds as well. What follows `help: ` in the text is the way out.
    #[must_use]
    pub fn item(text: &str, place: Place) -> Self {
        let mut message = Vec::new();
        let mut help = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("help: ") {
                Some(line) => help.push(line.to_owned()),
                None => message.push(line),
            }
        }
        let places = vec![Label { place, text: String::new() }];
        Self { kind: Kind::Item, message: message.join("\n"), places, help }
    }

    /// The same, with one more place.
    #[must_use]
    pub fn at(mut self, place: Place, text: impl Into<String>) -> Self {
        self.places.push(Label { place, text: text.into() });
        self
    }

    /// The same, with one more way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Where it belongs among others: by file, line and column; what has no place comes first.
    #[must_use]
    pub fn order(&self) -> Option<(&Path, usize, usize)> {
        self.places.first().map(|label| (label.place.file.as_path(), label.place.line, label.place.column))
    }

    /// The text as rustc would print it, with a line break at the end; with colours for a terminal.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let paint = Paint { on: colour };
        let mut out = format!("{}{}\n", paint.red("error"), paint.bold(&format!(": {}", self.message)));
        let numbers = self.places.iter().map(|label| label.place.line.to_string().len());
        let gutter = numbers.max().unwrap_or(1);
        for (index, label) in self.places.iter().enumerate() {
            write_label(&mut out, label, index == 0, gutter, &paint);
        }
        if !self.places.is_empty() && !self.help.is_empty() {
            let _ = writeln!(out, "{:gutter$} {}", "", paint.blue("|"));
        }
        let before = if self.places.is_empty() { 1 } else { gutter };
        for help in &self.help {
            let help = help.replace('\n', &format!("\n{:1$}", "", before + 9));
            let _ = writeln!(out, "{:before$} {} {}: {help}", "", paint.blue("="), paint.bold("help"));
        }
        out
    }
}

/// All reports, one after the other, in source order.
#[must_use]
pub fn render(reports: &[Report], colour: bool) -> String {
    let mut sorted: Vec<&Report> = reports.iter().collect();
    sorted.sort_by(|one, other| one.order().cmp(&other.order()));
    sorted.iter().map(|report| report.render(colour) + "\n").collect()
}

/// Writing to a `String` can't fail.
fn write_label(out: &mut String, label: &Label, first: bool, gutter: usize, paint: &Paint) {
    let Place { file, line, column, width, text } = &label.place;
    let (arrow, mark) = if first { ("-->", '^') } else { (":::", '-') };
    let bar = paint.blue("|");
    if !first {
        let _ = writeln!(out, "{:gutter$} {bar}", "");
    }
    let _ = writeln!(out, "{:gutter$}{} {}:{line}:{column}", "", paint.blue(arrow), shown(file));
    let _ = writeln!(out, "{:gutter$} {bar}", "");
    let number = paint.blue(&format!("{line:>gutter$} |"));
    let _ = writeln!(out, "{}", format!("{number} {}", text.replace('\t', "    ")).trim_end());
    let margin: usize =
        text.chars().take(column.saturating_sub(1)).map(|char| if char == '\t' { 4 } else { 1 }).sum();
    let marks = mark.to_string().repeat(*width);
    let marks = format!("{marks} {}", label.text);
    let marks = if first { paint.red(marks.trim_end()) } else { paint.blue(marks.trim_end()) };
    let _ = writeln!(out, "{:gutter$} {bar} {:margin$}{marks}", "", "");
}

/// A path with forward slashes, the same on every machine.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// The colours of rustc, where they are wanted.
struct Paint {
    on: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn red(&self, text: &str) -> String {
        self.with("1;31", text)
    }

    fn blue(&self, text: &str) -> String {
        self.with("1;34", text)
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &str, line: usize, column: usize, width: usize, text: &str) -> Place {
        Place { file: file.into(), line, column, width, text: text.to_owned() }
    }

    #[test]
    fn a_report_reads_as_rustcs_do() {
        let report = Report::catalog("two structs are called shop.order.v1.Order")
            .at(place("src/b.rs", 12, 5, 5, "pub struct Order {"), "the second one")
            .at(place("src/a.rs", 3, 1, 5, "Order"), "the first one")
            .help("rename one of the two");
        let expected = "\
error: two structs are called shop.order.v1.Order
  --> src/b.rs:12:5
   |
12 | pub struct Order {
   |     ^^^^^ the second one
   |
  ::: src/a.rs:3:1
   |
 3 | Order
   | ----- the first one
   |
   = help: rename one of the two
";
        assert_eq!(report.render(false), expected);
    }

    #[test]
    fn what_has_no_place_has_its_help() {
        let report = Report::catalog("no such folder").help("write another\nor make it");
        assert_eq!(
            report.render(false),
            "error: no such folder\n  = help: write another\n          or make it\n"
        );
    }

    #[test]
    fn colours_are_for_terminals() {
        let report = Report::catalog("no").at(place("a.rs", 1, 1, 1, "x"), "");
        assert!(report.render(true).contains("\u{1b}[1;31merror\u{1b}[0m"));
        assert!(!report.render(false).contains('\u{1b}'));
    }

    #[test]
    fn a_macros_message_is_divided_into_what_and_how() {
        let report = Report::item("it is wrong\nhelp: do this", place("a.rs", 1, 1, 1, "x"));
        assert_eq!((report.message.as_str(), report.help[0].as_str()), ("it is wrong", "do this"));
    }
}
