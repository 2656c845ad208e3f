//! Findings for people, programs and pull requests.

use std::fmt::Write as _;

use fourfold_codegen::evolution::{Finding, Verdict};
use serde_json::{Value, json};

use crate::screen::{Paint, Screen};

/// A finding, and the reason for which it is accepted.
pub(super) type Said<'a> = (&'a Finding, Option<&'a str>);

pub(super) fn text(found: &[Said<'_>], screen: &mut Screen) {
    let mut last = "";
    for (finding, accepted) in found {
        let change = &finding.change;
        let rule = finding.rule;
        if change.subject != last {
            last = &change.subject;
            let subject = screen.paint(Paint::Bold, &change.subject);
            screen.line(&subject);
        }
        let paint = match rule.verdict {
            _ if accepted.is_some() => Paint::Cyan,
            Verdict::Safe => Paint::Green,
            Verdict::Risky => Paint::Yellow,
            Verdict::Breaking => Paint::Red,
        };
        let verdict = screen.paint(paint, &format!("{:>8}", rule.verdict.word()));
        screen.line(&format!("  {verdict}  {}: {}; {}", rule.surface.title(), what(finding), rule.why));
        match accepted {
            Some(reason) => screen.line(&format!("            accepted: {reason}")),
            None if rule.way.is_empty() => {}
            None => screen.line(&format!("            instead: {}", rule.way)),
        }
    }
}

fn what(finding: &Finding) -> String {
    let says = finding.change.kind.says();
    if finding.change.detail.is_empty() {
        says.to_owned()
    } else {
        format!("{says} ({})", finding.change.detail)
    }
}

pub(super) fn json(against: &str, found: &[Said<'_>]) -> String {
    let finding = |(finding, accepted): &Said<'_>| {
        let rule = finding.rule;
        json!({
            "change": finding.change.kind.word(),
            "subject": finding.change.subject,
            "detail": finding.change.detail,
            "surface": rule.surface.word(),
            "verdict": rule.verdict.word(),
            "why": rule.why,
            "instead": rule.way,
            "accepted": accepted,
        })
    };
    let findings: Vec<Value> = found.iter().map(finding).collect();
    format!("{:#}", json!({ "against": against, "findings": findings }))
}

pub(super) fn markdown(against: &str, found: &[Said<'_>]) -> String {
    let mut out = format!("### Changes against `{}`\n\n", cell(against));
    if found.is_empty() {
        out.push_str("Nothing that anybody could see has changed.\n");
        return out;
    }
    out.push_str("| | what | where | why | instead |\n| --- | --- | --- | --- | --- |\n");
    for (finding, accepted) in found {
        let rule = finding.rule;
        let verdict = match (rule.verdict, accepted) {
            (_, Some(_)) => "accepted",
            (Verdict::Breaking, None) => "**breaking**",
            (verdict, None) => verdict.word(),
        };
        let way = accepted.map_or_else(|| rule.way.to_owned(), |reason| format!("accepted: {reason}"));
        // Writing to a `String` can't fail.
        let _ = writeln!(
            out,
            "| {verdict} | `{}`: {} | {} | {} | {} |",
            cell(&finding.change.subject),
            cell(&what(finding)),
            rule.surface.title(),
            rule.why,
            cell(&way)
        );
    }
    out
}

/// Text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
