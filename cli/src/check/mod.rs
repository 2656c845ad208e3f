//! `cargo fourfold check`: what a change does to those who use what is out there.

mod accepted;
mod against;
pub(crate) mod arguments;
mod print;

use std::path::Path;

use fourfold_codegen::evolution::{self, Finding, Side, Verdict};
use fourfold_codegen::lock::State;

use self::arguments::{Check, Deny, Format};
use crate::failure::Failure;
use crate::package::Package;
use crate::read;
use crate::screen::Screen;

/// Where tasks may be beside the resources.
const TASKS: &str = "src";

/// Runs the command.
pub(crate) fn run(arguments: &Check, screen: &mut Screen) -> Result<(), Failure> {
    let package = Package::find(&arguments.selection)?;
    let accepted = accepted::read(&package.root)?;
    let before = against::read(&package, &arguments.against, screen)?;
    let files = read::files(&package).and_tasks_in(&package.root, Path::new(TASKS));
    let read = read::read(&package, files, screen)?;
    // What had no numbers yet was on no wire: it is compared by those of now.
    let lock = before.lock.unwrap_or_else(|| {
        let mut lock = read.update.lock.update(&before.catalog).lock;
        for message in lock.messages.values_mut() {
            message.entries.retain(|_, entry| entry.state == State::Live);
        }
        lock
    });
    let findings = evolution::compare(
        Side { catalog: &before.catalog, lock: &lock },
        Side { catalog: &read.catalog, lock: &read.update.lock },
    );
    let is_said = |finding: &&Finding| arguments.all || finding.rule.verdict != Verdict::Safe;
    let reason = |finding: &Finding| {
        let entry = accepted.iter().find(|entry| entry.is_about(finding));
        entry.map(|entry| entry.reason.as_str()).filter(|_| finding.rule.verdict != Verdict::Safe)
    };
    let found: Vec<print::Said<'_>> =
        findings.iter().filter(is_said).map(|finding| (finding, reason(finding))).collect();
    match arguments.format {
        Format::Text => print::text(&found, screen),
        Format::Json => screen.line(&print::json(&arguments.against, &found)),
        Format::Markdown => screen.line(print::markdown(&arguments.against, &found).trim_end()),
    }
    for entry in accepted.iter().filter(|entry| !findings.iter().any(|finding| entry.is_about(finding))) {
        screen.warn(&format!(
            "{} accepts a change of `{}` that there is not: once it is released, the entry can go",
            accepted::FILE,
            entry.subject
        ));
    }
    let least = match arguments.deny {
        Deny::Breaking => Verdict::Breaking,
        Deny::Risky => Verdict::Risky,
    };
    let count = |verdict| found.iter().filter(|(finding, _)| finding.rule.verdict == verdict).count();
    let denied = found
        .iter()
        .filter(|(finding, accepted)| finding.rule.verdict >= least && accepted.is_none())
        .count();
    if denied == 0 {
        if arguments.format == Format::Text {
            screen.line(&format!(
                "nothing breaks that was not accepted ({} breaking, {} risky) against {}",
                count(Verdict::Breaking),
                count(Verdict::Risky),
                arguments.against
            ));
        }
        return Ok(());
    }
    Err(Failure::Mistakes(format!(
        "{denied} of these would hurt those who use `{}`: do it as is said there, or accept them with a reason in {}",
        arguments.against,
        accepted::FILE
    )))
}
