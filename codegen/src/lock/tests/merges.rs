//! Two branches change a crate, and git merges their locks line by line.

use std::collections::BTreeSet;

use super::histories::{Truth, locked};
use super::world::{Part, Random, Thing, World};
use crate::lock::{Lock, State};

const MERGES: u64 = 1_000;

struct Branch {
    world: World,
    lock: Lock,
    truth: Truth,
}

impl Branch {
    fn go_on(&mut self, random: &mut Random, seed: u64) {
        for _ in 0..=random.below(4) {
            self.world.step(&self.lock, random);
            self.lock = locked(&self.lock, &self.world, &mut self.truth, seed);
        }
    }
}

/// The parts of both: what one side took away is gone, and our name wins.
fn merged(base: &Thing, ours: &Thing, theirs: &Thing) -> Thing {
    let find =
        |thing: &Thing, identity: u32| thing.parts.iter().find(|part| part.identity == identity).cloned();
    let was_there = |identity| base.parts.iter().find(|part| part.identity == identity);
    let both = |part: &Part| -> Option<Part> {
        let Some(base) = was_there(part.identity) else { return Some(part.clone()) };
        let (ours, theirs) = (find(ours, part.identity)?, find(theirs, part.identity)?);
        Some(if ours.name == base.name { theirs } else { ours })
    };
    let mut parts: Vec<Part> = ours.parts.iter().filter_map(both).collect();
    parts.extend(theirs.parts.iter().filter(|part| was_there(part.identity).is_none()).cloned());
    let there = if ours.there == base.there { theirs.there } else { ours.there };
    Thing { name: base.name, kind: base.kind, there, parts: if there { parts } else { Vec::new() } }
}

/// What the message of an error asks for: their lines go where we gave the number to something else.
fn without_conflicts(theirs: &Lock, ours: &Lock, base: &Lock) -> (Lock, BTreeSet<(String, u32)>) {
    let mut out = theirs.clone();
    let mut deleted = BTreeSet::new();
    for (name, message) in &mut out.messages {
        let (ours, base) = (ours.messages.get(name), base.messages.get(name));
        message.entries.retain(|field, entry| {
            let is_new = base.is_none_or(|base| !base.entries.contains_key(field));
            let is_other = ours.is_some_and(|ours| {
                ours.entries.iter().any(|(other, known)| {
                    let base = base.and_then(|base| base.entries.get(other));
                    other != field
                        && known.number == entry.number
                        && known.state != State::Renamed
                        && base.is_none_or(|base| base.state == State::Renamed)
                })
            });
            let goes = is_new && is_other;
            if goes {
                deleted.insert((name.clone(), entry.number));
            }
            !goes
        });
    }
    (out, deleted)
}

/// Both texts, line by line, as `merge=union` leaves them where all of it is one conflict.
fn union(ours: &str, theirs: &str, random: &mut Random) -> String {
    let mut lines: Vec<&str> = ours.lines().chain(theirs.lines()).collect();
    if random.one_in(2) {
        lines.sort_unstable();
        lines.dedup();
    }
    lines.join("\n")
}

#[test]
fn a_merge_of_two_branches_moves_no_number_and_says_where_both_gave_one() {
    let mut conflicts = 0;
    for seed in 0..MERGES {
        let random = &mut Random::new(seed);
        let world = World::new(random);
        let mut truth = Truth::default();
        let lock = locked(&Lock::default(), &world, &mut truth, seed);
        let mut base = Branch { world, lock, truth };
        base.go_on(random, seed);
        let branch = |next| {
            let world = World { next, ..base.world.clone() };
            Branch { world, lock: base.lock.clone(), truth: base.truth.clone() }
        };
        let (mut ours, mut theirs) = (branch(10_000), branch(20_000));
        ours.go_on(random, seed);
        theirs.go_on(random, seed);

        let (resolved, deleted) = without_conflicts(&theirs.lock, &ours.lock, &base.lock);
        let text = union(&ours.lock.render(), &theirs.lock.render(), random);
        let read = Lock::parse(&text);
        if !deleted.is_empty() {
            conflicts += 1;
            let errors = read.as_ref().expect_err("two names with one number").join("\n");
            for (message, number) in &deleted {
                assert!(
                    errors.contains(&format!("of `{message}` have the number {number}")),
                    "seed {seed}: {errors}"
                );
            }
        }
        let text = union(&ours.lock.render(), &resolved.render(), random);
        let lock = Lock::parse(&text).unwrap_or_else(|errors| panic!("seed {seed}: {errors:#?}\n{text}"));

        // What each side numbered keeps its number, but for the lines that were deleted.
        let mut truth = ours.truth.clone();
        let things = base.world.things.iter().zip(&ours.world.things).zip(&theirs.world.things);
        let mut things: Vec<Thing> =
            things.map(|((base, ours), theirs)| merged(base, ours, theirs)).collect();
        for ((name, identity), number) in &theirs.truth.0 {
            let message = format!("{}.{name}", super::world::PACKAGE);
            if truth.0.contains_key(&(*name, *identity)) {
                continue;
            }
            if deleted.contains(&(message, *number)) {
                for part in things.iter_mut().flat_map(|thing| &mut thing.parts) {
                    if part.identity == *identity {
                        (part.was, part.number) = (None, None);
                    }
                }
            } else {
                truth.0.insert((name, *identity), *number);
            }
        }
        let world = World { things, next: 30_000 };
        let mut merged = Branch { lock: locked(&lock, &world, &mut truth, seed), world, truth };
        merged.go_on(random, seed);
    }
    assert!(conflicts > MERGES / 10, "the branches meet too rarely: {conflicts}");
}
