//! `fourfold.accepted.toml`: breaks that are meant, each with its reason.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use fourfold_codegen::evolution::{Finding, Kind, Surface};
use toml::Value;

use crate::failure::{Failure, listed};
use crate::package::shown;

/// The name of the file.
pub(crate) const FILE: &str = "fourfold.accepted.toml";

/// A change that is meant.
#[derive(Debug)]
pub(crate) struct Accepted {
    kind: Kind,
    pub(crate) subject: String,
    surface: Option<Surface>,
    pub(crate) reason: String,
}

impl Accepted {
    /// Whether it is about a finding.
    pub(crate) fn is_about(&self, finding: &Finding) -> bool {
        self.kind == finding.change.kind
            && self.subject == finding.change.subject
            && self.surface.is_none_or(|surface| surface == finding.rule.surface)
    }
}

/// Reads the file beside Cargo.toml; there may be none.
pub(crate) fn read(root: &Path) -> Result<Vec<Accepted>, Failure> {
    let path = root.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file("read", &path, &error)),
    };
    parse(&text).map_err(|errors| Failure::Mistakes(format!("`{}`:{}", shown(&path), listed(&errors))))
}

fn parse(text: &str) -> Result<Vec<Accepted>, Vec<String>> {
    let table: toml::Table = text.parse().map_err(|error| vec![format!("is not TOML: {error}")])?;
    let mut errors: Vec<String> = table
        .keys()
        .filter(|key| *key != "accepted")
        .map(|key| format!("`{key}` is no word here: write [[accepted]]"))
        .collect();
    let list = match table.get("accepted") {
        None => &Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(vec!["`accepted` is a list: write [[accepted]]".to_owned()]),
    };
    let mut accepted = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        match one(entry) {
            Ok(entry) => accepted.push(entry),
            Err(wrong) => errors.extend(wrong.into_iter().map(|text| format!("entry {}: {text}", index + 1))),
        }
    }
    if errors.is_empty() { Ok(accepted) } else { Err(errors) }
}

fn one(entry: &Value) -> Result<Accepted, Vec<String>> {
    let mut wrong = Vec::new();
    let known = ["change", "subject", "surface", "reason"];
    let keys = entry.as_table().into_iter().flat_map(toml::Table::keys);
    wrong.extend(
        keys.filter(|key| !known.contains(&key.as_str())).map(|key| format!("`{key}` is no word here")),
    );
    let mut text = |key: &str| {
        let text = entry.get(key).and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if text.is_empty() {
            wrong.push(format!("`{key}` is missing"));
        }
        text.to_owned()
    };
    let (change, subject, reason) = (text("change"), text("subject"), text("reason"));
    let kind = Kind::ALL.iter().find(|kind| kind.word() == change).copied();
    if kind.is_none() && !change.is_empty() {
        let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        wrong.push(format!("`{change}` is no change; there are {}", all.join(", ")));
    }
    let surface = match entry.get("surface").and_then(Value::as_str) {
        None => None,
        Some(said) => {
            let found = Surface::ALL.into_iter().find(|surface| surface.word() == said);
            if found.is_none() {
                let all = Surface::ALL.map(Surface::word).join(", ");
                wrong.push(format!("`{said}` is no surface; there are {all}"));
            }
            found
        }
    };
    match kind {
        Some(kind) if wrong.is_empty() => Ok(Accepted { kind, subject, surface, reason }),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_a_change_a_subject_and_a_reason() {
        let entry = "[[accepted]]\nchange = \"field_removed\"\nsubject = \"a.v1.A.x\"\nreason = \"meant\"\n";
        assert_eq!(parse(entry).expect("an entry").len(), 1);
        let wrong = parse("[[accepted]]\nchange = \"gone\"\nsurface = \"soap\"\nwhy = \"x\"\n")
            .expect_err("mistakes");
        for word in [
            "`why`",
            "`subject` is missing",
            "`reason` is missing",
            "`gone` is no change",
            "`soap` is no surface",
        ] {
            assert!(wrong.iter().any(|text| text.contains(word)), "{word}: {wrong:?}");
        }
    }
}
