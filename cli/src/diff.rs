//! Differences, as `diff -u` shows them.

use similar::TextDiff;

use crate::screen::{Paint, Screen};

/// The differences of a file; what is not there is `None`.
pub(crate) fn unified(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let side = |there: bool, letter: char| {
        if there { format!("{letter}/{path}") } else { "/dev/null".to_owned() }
    };
    let (old, new) = (side(before.is_some(), 'a'), side(after.is_some(), 'b'));
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    diff.unified_diff().context_radius(3).header(&old, &new).to_string()
}

/// The same with colours.
pub(crate) fn painted(screen: &Screen, diff: &str) -> String {
    let line = |line: &str| match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => screen.paint(Paint::Bold, line),
        [b'@', ..] => screen.paint(Paint::Cyan, line),
        [b'+', ..] => screen.paint(Paint::Green, line),
        [b'-', ..] => screen.paint(Paint::Red, line),
        _ => line.to_owned(),
    };
    diff.lines().map(line).collect::<Vec<_>>().join("\n")
}
