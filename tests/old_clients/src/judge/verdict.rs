//! What was seen, held against what was said.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crate::plan::Plan;

/// The words of the surfaces.
const SURFACES: [&str; 6] = ["rest", "proto", "proto_json", "tasks", "events", "sql"];

/// Something that an old party saw.
#[derive(Debug)]
pub(super) struct Observed {
    surface: &'static str,
    what: String,
    /// Whether the service itself failed: no edit is an excuse for that.
    failed: bool,
}

impl Observed {
    /// It was refused, or it lacks something, or it reads something else.
    pub(super) const fn broken(surface: &'static str, what: String) -> Self {
        Self { surface, what, failed: false }
    }

    /// The service failed.
    pub(super) const fn failed(surface: &'static str, what: String) -> Self {
        Self { surface, what, failed: true }
    }
}

/// What has been judged.
#[derive(Default)]
pub(super) struct Sum {
    /// By kind of change: pairs and surfaces.
    kinds: BTreeMap<String, usize>,
    edits: BTreeMap<String, usize>,
    /// By verdict: how often it was said, and how often something was seen.
    verdicts: BTreeMap<String, (usize, usize)>,
    wrong: Vec<String>,
}

impl Sum {
    pub(super) fn add(&mut self, plan: &Plan, observed: &[Observed]) {
        *self.edits.entry(plan.edit.clone()).or_default() += 1;
        let mut kinds: Vec<&String> = plan.findings.iter().map(|finding| &finding.kind).collect();
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            *self.kinds.entry(kind.clone()).or_default() += 1;
        }
        let mut wrong = |surface: &str, what: &str, seen: Option<&Observed>| {
            let said = plan.findings.iter().filter(|finding| finding.surface == surface);
            let said: Vec<String> = said
                .map(|finding| format!("{} {} ({})", finding.verdict, finding.kind, finding.subject))
                .collect();
            let seen = seen.map(|seen| format!("\n    seen: {}", cut(&seen.what))).unwrap_or_default();
            self.wrong.push(format!(
                "pair {} ({}), {surface}: {what}\n    said: {}{seen}\n{}",
                plan.nth,
                plan.edit,
                if said.is_empty() { "nothing".to_owned() } else { said.join("; ") },
                difference(&plan.texts)
            ));
        };
        for surface in SURFACES {
            let said = plan.findings.iter().filter(|finding| finding.surface == surface);
            let worst = said.map(|finding| finding.verdict.as_str()).max_by_key(|verdict| weight(verdict));
            let seen = observed.iter().find(|seen| seen.surface == surface && !seen.failed);
            let (count, hurt) = self.verdicts.entry(worst.unwrap_or("nothing").to_owned()).or_default();
            *count += 1;
            *hurt += usize::from(seen.is_some());
            match (worst.unwrap_or("safe"), seen) {
                ("safe", Some(seen)) => {
                    wrong(surface, "an old party is hurt, and nobody was told", Some(seen));
                }
                ("breaking", None) => wrong(surface, "nobody is hurt by what is said to break", None),
                _ => {}
            }
        }
        // Where rows can't be read, and `check` says so, nothing else is left to a service.
        let is_told =
            plan.findings.iter().any(|finding| finding.surface == "sql" && finding.verdict == "breaking");
        for failed in observed.iter().filter(|seen| seen.failed && !is_told).take(1) {
            wrong(failed.surface, "the service fails", Some(failed));
        }
    }

    /// What could not be judged is no better than a disagreement.
    pub(super) fn fail(&mut self, plan: &Plan, why: &str) {
        let lines = difference(&plan.texts);
        self.wrong.push(format!(
            "pair {} ({}): it can't be judged: {}\n{lines}",
            plan.nth,
            plan.edit,
            cut(why)
        ));
    }

    /// Says all of it; a disagreement is a failure.
    pub(super) fn print(&self) -> ExitCode {
        for wrong in &self.wrong {
            println!("{wrong}\n");
        }
        let list = |counts: &BTreeMap<String, usize>| {
            let counts = counts.iter().map(|(name, count)| format!("{name} {count}"));
            counts.collect::<Vec<_>>().join(", ")
        };
        println!("edits: {}", list(&self.edits));
        println!("changes: {}", list(&self.kinds));
        for (verdict, (count, hurt)) in &self.verdicts {
            println!("{verdict}: said of {count} surfaces, seen on {hurt}");
        }
        let pairs: usize = self.edits.values().sum();
        println!("{pairs} edits of {} kinds judged, {} disagreements", self.edits.len(), self.wrong.len());
        if self.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn weight(verdict: &str) -> u8 {
    match verdict {
        "breaking" => 2,
        "risky" => 1,
        _ => 0,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(700).collect()
}

/// The lines that differ.
fn difference([before, after]: &[String; 2]) -> String {
    let lines = |text: &str, other: &str, sign: char| -> Vec<String> {
        let others: Vec<&str> = other.lines().collect();
        let differ = text.lines().filter(|line| !others.contains(line));
        differ.map(|line| format!("    {sign} {}", line.trim())).collect()
    };
    [lines(before, after, '-'), lines(after, before, '+')].concat().join("\n")
}
