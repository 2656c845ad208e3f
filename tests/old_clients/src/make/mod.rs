//! Writes packages of definitions before and after random edits, and the program that judges them.

mod base;
mod definition;
mod edits;
mod migration;
mod package;
mod sent;
mod types;

use std::io;
use std::path::Path;

use fourfold_codegen::catalog::Catalog;
use fourfold_codegen::evolution::{self, Side};
use fourfold_codegen::lock::Lock;
use fourfold_codegen::source::read_file;
use fourfold_random::Random;

use crate::plan::{Plan, Said};
use definition::Definition;

/// A definition before and after an edit, with what is known of both.
struct Pair {
    before: Definition,
    after: Definition,
    plan: Plan,
}

/// Writes `count` pairs into `folder`, the first of them with the edits from `skip` on. The clone of fourfold is at `root`.
pub fn write(folder: &Path, root: &Path, (count, skip, seed): (usize, usize, u64)) -> io::Result<()> {
    let kinds = shuffled(edits::all(), seed);
    let mut pairs = Vec::new();
    let mut random = Random(seed.wrapping_add(skip as u64));
    for nth in skip..skip + count {
        // The lock, or the front end, refuses some of them on all that can be found.
        let after =
            (0..kinds.len()).find_map(|further| pair(&mut random, nth, kinds[(nth + further) % kinds.len()]));
        pairs.extend(after);
    }
    package::write(folder, root, &pairs)
}

/// How many definitions are tried for an edit.
const TRIES: usize = 200;

fn shuffled(mut kinds: Vec<edits::Kind>, seed: u64) -> Vec<edits::Kind> {
    let mut random = Random(seed);
    for index in (1..kinds.len()).rev() {
        kinds.swap(index, random.below(index + 1));
    }
    kinds
}

/// A definition that the front end takes, and an edit after which it takes it still.
fn pair(random: &mut Random, nth: usize, kind: edits::Kind) -> Option<Pair> {
    for _ in 0..TRIES {
        let before = base::definition(random, nth);
        let mut after = before.clone();
        if kind.apply(&mut after, random).is_none() || before == after {
            continue;
        }
        let texts = [before.render(), after.render()];
        let (Some(old), Some(new)) = (taken(&texts[0]), taken(&texts[1])) else { continue };
        let lock = Lock::default().update(&old).lock;
        let update = lock.update(&new);
        if !update.errors.is_empty() {
            continue;
        }
        let found = evolution::compare(
            Side { catalog: &old, lock: &lock },
            Side { catalog: &new, lock: &update.lock },
        );
        let said = found.iter().map(|finding| Said {
            kind: finding.change.kind.word().to_owned(),
            subject: finding.change.subject.clone(),
            surface: finding.rule.surface.word().to_owned(),
            verdict: finding.rule.verdict.word().to_owned(),
        });
        let plan = Plan {
            nth,
            edit: kind.name(),
            findings: said.collect(),
            before: before.side(),
            after: after.side(),
            migration: migration::of(&before, &after, &old, &new),
            texts,
        };
        return Some(Pair { before, after, plan });
    }
    None
}

fn taken(text: &str) -> Option<Catalog> {
    let source = read_file("src/resources/thing.rs", text);
    source.reports.is_empty().then_some(source.catalog)
}
