//! Histories of definitions, step by step through the generator, for a foreign judge: `tests/judges/lock.sh` runs this.
//!
//! In `$FOURFOLD_HISTORIES` it writes the contracts after each step to `right/<step>`, and to `wrong/<step>` what they
//! would be if a change that the lock refuses were forced through after it. `steps.tsv` says of each step and package
//! what the lock said of it. `$FOURFOLD_HISTORIES_COUNT` histories have `$FOURFOLD_HISTORIES_STEPS` steps each.
#![cfg(feature = "files")]

mod change;
mod definition;
mod random;
mod wrong;

use std::path::{Path, PathBuf};
use std::{env, fs};

use fourfold_codegen::catalog::Catalog;
use fourfold_codegen::evolution::{self, Kind, Side, Surface, Verdict};
use fourfold_codegen::lock::Lock;
use fourfold_codegen::{google, proto, report, source};

use self::definition::Definition;
use self::random::Random;

/// A definition, and the lock that goes with it.
#[derive(Clone)]
struct State {
    definition: Definition,
    lock: Lock,
}

fn read(definition: &Definition) -> Catalog {
    let code = definition.code();
    let source = source::read_file("src/resources.rs", &code);
    assert!(source.reports.is_empty(), "{}\n{code}", report::render(&source.reports, false));
    source.catalog
}

/// The state with numbers for all of it, or what the lock has against it.
fn locked(lock: &Lock, definition: &Definition) -> Result<State, Vec<String>> {
    let update = lock.update(&read(definition));
    if update.errors.is_empty() {
        Ok(State { definition: definition.clone(), lock: update.lock })
    } else {
        Err(update.errors)
    }
}

fn write(folder: &Path, state: &State) {
    for package in &read(&state.definition).packages {
        let file = proto::file(package, &state.lock);
        put(folder, &file.name, &proto::text(&file));
    }
}

/// What `cargo fourfold check` says of the wire, and of protobuf's JSON: the words of what breaks there.
fn breaks(before: &State, after: &State) -> String {
    let (old, new) = (read(&before.definition), read(&after.definition));
    let findings = evolution::compare(
        Side { catalog: &old, lock: &before.lock },
        Side { catalog: &new, lock: &after.lock },
    );
    let on = |surface: Surface| {
        let wire = [
            Kind::NumberFreed,
            Kind::NameFreed,
            Kind::NameChanged,
            Kind::WireTypeChanged,
            Kind::MethodChanged,
        ];
        let found = findings.iter().filter(|finding| finding.rule.surface == surface);
        let found = found.filter(|finding| finding.rule.verdict == Verdict::Breaking);
        let words =
            found.map(|finding| finding.change.kind).filter(|kind| wire.contains(kind)).map(Kind::word);
        words.collect::<Vec<_>>().join(",")
    };
    format!("wire={} json={}", on(Surface::Proto), on(Surface::ProtoJson))
}

fn put(folder: &Path, file: &str, text: &str) {
    let path = folder.join("proto").join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn number(name: &str, default: usize) -> usize {
    env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

#[test]
#[ignore = "writes files for tests/judges/lock.sh"]
fn histories() {
    let out = PathBuf::from(env::var_os("FOURFOLD_HISTORIES").expect("FOURFOLD_HISTORIES names a folder"));
    let count = number("FOURFOLD_HISTORIES_COUNT", 30);
    let steps = number("FOURFOLD_HISTORIES_STEPS", 6);
    let mut said = Vec::new();
    let right = (0..=steps).map(|step| format!("right/{step}"));
    for folder in right.chain((1..=steps).map(|step| format!("wrong/{step}"))) {
        for (file, text) in google::files() {
            put(&out.join(&folder), file, text);
        }
    }
    for history in 0..count {
        let random = &mut Random::new(history as u64);
        let definition = Definition::new(format!("h{history}.v1"));
        let mut state = locked(&Lock::default(), &definition).expect("a first lock");
        write(&out.join("right/0"), &state);
        for step in 1..=steps {
            let mut next = state.definition.clone();
            let mut changes = Vec::new();
            for _ in 0..=random.below(3) {
                changes.extend(change::one(&mut next, &state, random));
            }
            let renamed = changes.iter().any(|change| change.starts_with("rename"));
            let before = state.clone();
            state = locked(&state.lock, &next)
                .unwrap_or_else(|errors| panic!("history {history}, step {step}: {changes:?}: {errors:#?}"));
            write(&out.join(format!("right/{step}")), &state);
            let verdict = if renamed { "renamed" } else { "accepted" };
            said.push(format!("{step}\t{verdict}\th{history}\t{}\n", changes.join("; ")));
            said.push(format!("{step}\tcheck_right\th{history}\t{}\n", breaks(&before, &state)));

            let folder = out.join(format!("wrong/{step}"));
            write(&folder, &state);
            if let Some(wrong) = wrong::one(&state, random) {
                let refused = locked(&state.lock, &wrong.definition);
                assert!(refused.is_err(), "history {history}, step {step}: {} was not refused", wrong.what);
                let forced = locked(&wrong.lock, &wrong.forced).unwrap_or_else(|errors| {
                    panic!("history {history}, step {step}: {} can't be forced: {errors:#?}", wrong.what)
                });
                write(&folder, &forced);
                said.push(format!("{step}\tcheck_wrong\th{history}\t{}\n", breaks(&state, &forced)));
                said.push(format!("{step}\trefused\th{history}\t{}\n", wrong.what));
            }
        }
    }
    fs::write(out.join("steps.tsv"), said.concat()).expect("steps.tsv");
}
