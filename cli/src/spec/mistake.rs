//! What is wrong with a text of the command line, shown below it.

use std::ops::Range;

use fourfold_codegen::report::{Label, Place, Report};

/// A text as it was said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Where it was said, `--resource`.
    pub(crate) place: String,
    /// Which of several it is, from 1.
    pub(crate) number: usize,
    /// The text.
    pub(crate) text: String,
}

/// One mistake in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The bytes that are wrong.
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Mistake {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: help.into() }
    }
}

impl Said {
    pub(crate) fn new(place: &str, number: usize, text: &str) -> Self {
        // A line break is a space: what is shown is one line.
        Self { place: place.to_owned(), number, text: text.replace(['\n', '\r', '\t'], " ") }
    }

    /// The mistake with the text and a caret below.
    pub(crate) fn report(&self, mistake: &Mistake) -> Report {
        let report = self.at(&mistake.span, &mistake.message);
        if mistake.help.is_empty() { report } else { report.help(&mistake.help) }
    }

    /// A report that something in a span of the text is wrong.
    pub(crate) fn at(&self, span: &Range<usize>, message: &str) -> Report {
        let chars = |bytes: Range<usize>| self.text.get(bytes).map_or(0, |text| text.chars().count());
        let place = Place {
            file: self.place.clone().into(),
            line: self.number,
            column: chars(0..span.start) + 1,
            width: chars(span.clone()).max(1),
            text: self.text.clone(),
        };
        let mut report = Report::catalog(message);
        report.places.push(Label { place, text: String::new() });
        report
    }
}
