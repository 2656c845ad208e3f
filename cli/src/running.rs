//! What the commands share that look at a running service.

use chrono::{DateTime, Utc};

use crate::failure::Failure;
use crate::screen::{Paint, Screen};

/// Runs a command to its end.
pub(crate) fn wait(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Trouble(format!("can't start: {error}")))?;
    runtime.block_on(work)
}

/// Prints rows below a head; `paint` says the colour of a cell, by its column.
pub(crate) fn table<const N: usize>(
    head: [&str; N],
    rows: &[[String; N]],
    paint: impl Fn(usize, &str) -> Option<Paint>,
    screen: &mut Screen,
) {
    let width = |(column, head): (usize, &str)| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default().max(head.chars().count())
    };
    let widths: Vec<usize> = head.into_iter().enumerate().map(width).collect();
    let mut line = |cells: [&str; N], colour: &dyn Fn(usize, &str) -> Option<Paint>| {
        let cells = cells.into_iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let padded = format!("{cell:width$}");
            colour(column, cell).map_or_else(|| padded.clone(), |colour| screen.paint(colour, &padded))
        });
        let text = cells.collect::<Vec<_>>().join("  ");
        screen.line(text.trim_end());
    };
    line(head, &|_, _| Some(Paint::Bold));
    for row in rows {
        line(row.each_ref().map(String::as_str), &paint);
    }
}

/// A moment as people read it.
pub(crate) fn time(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The first line, shortened.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= most {
        return line.to_owned();
    }
    line.chars().take(most).chain("..".chars()).collect()
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(crate) fn trouble(error: fourfold::Error) -> Failure {
    Failure::Trouble(error.to_string())
}
