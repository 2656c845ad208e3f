//! Random histories of a crate: no number is used for two things, and none moves.

use std::collections::BTreeMap;

use super::world::{Kind, Random, World};
use crate::lock::Lock;

const HISTORIES: u64 = 2_000;
const STEPS: usize = 8;

/// Which number each identity of each message got.
#[derive(Clone, Default)]
pub(super) struct Truth(pub(super) BTreeMap<(&'static str, u32), u32>);

impl Truth {
    /// Checks a lock against all that was ever numbered, and learns what is new.
    pub(super) fn check(&mut self, world: &World, lock: &Lock, seed: u64) {
        for thing in world.things.iter().filter(|thing| thing.there) {
            for part in &thing.parts {
                let name = thing.entry(&part.name);
                let number = lock.number(&thing.full(), &name);
                let number = number.unwrap_or_else(|| panic!("seed {seed}: {name} has no number"));
                let known = self.0.insert((thing.name, part.identity), number);
                assert!(
                    known.is_none_or(|known| known == number),
                    "seed {seed}: {name} moved\n{}",
                    lock.render()
                );
            }
        }
        for thing in &world.things {
            let mut owners = BTreeMap::new();
            for ((_, identity), number) in self.0.iter().filter(|((name, _), _)| *name == thing.name) {
                let other = owners.insert(*number, *identity);
                assert_eq!(other, None, "seed {seed}: {number} of {} for {identity} too", thing.name);
                let there = thing.there && thing.parts.iter().any(|part| part.identity == *identity);
                let reserved = lock.reserved(&thing.full()).iter().any(|(it, _)| it == number);
                assert_eq!(reserved, !there, "seed {seed}: {number} of {}\n{}", thing.name, lock.render());
            }
            if thing.kind == Kind::Resource {
                let etag = lock.number(&thing.full(), "etag").expect("an etag");
                assert!(!owners.contains_key(&etag), "seed {seed}: the etag shares its number");
            }
        }
    }
}

/// Locks a world and checks all that must hold for every lock.
pub(super) fn locked(lock: &Lock, world: &World, truth: &mut Truth, seed: u64) -> Lock {
    let catalog = world.catalog();
    let update = lock.update(&catalog);
    assert!(update.errors.is_empty(), "seed {seed}: {:#?}\n{}", update.errors, lock.render());
    truth.check(world, &update.lock, seed);
    let again = update.lock.update(&catalog);
    assert_eq!(again.lock, update.lock, "seed {seed}: a second update changes something");
    assert!(again.added.is_empty() && again.removed.is_empty() && again.renamed.is_empty(), "seed {seed}");
    assert_eq!(Lock::parse(&update.lock.render()).as_ref(), Ok(&update.lock), "seed {seed}");
    update.lock
}

/// What is refused whatever the history: another type, a name that came back, a number of another.
fn spoil(world: &World, lock: &Lock, random: &mut Random) -> Option<World> {
    let mut world = world.clone();
    let index = random.below(world.things.len());
    let thing = &mut world.things[index];
    if !thing.there || thing.kind == Kind::Choice || thing.parts.is_empty() {
        return None;
    }
    let full = thing.full();
    let some = random.below(thing.parts.len());
    let part = &mut thing.parts[some];
    let reserved = lock.reserved(&full);
    match random.below(4) {
        0 => {
            part.shape.many = match part.shape.many {
                fourfold_model::model::Many::One => fourfold_model::model::Many::List,
                _ => fourfold_model::model::Many::One,
            };
        }
        1 => {
            let (_, name) = reserved.get(random.below(reserved.len()))?;
            part.name = (*name).to_owned();
            part.was = None;
        }
        2 => part.number = Some(lock.number(&full, &part.name)? + 1),
        _ => {
            let name = lock.renamed(&full).into_iter().next()?.to_owned();
            if thing.parts[some].names.contains(&name) {
                return None;
            }
            thing.parts[some].name = name;
            thing.parts[some].was = None;
        }
    }
    Some(world)
}

#[test]
fn no_number_is_reused_and_none_moves() {
    for seed in 0..HISTORIES {
        let random = &mut Random::new(seed);
        let mut world = World::new(random);
        let mut truth = Truth::default();
        let mut lock = locked(&Lock::default(), &world, &mut truth, seed);
        for _ in 0..STEPS {
            for _ in 0..=random.below(3) {
                world.step(&lock, random);
            }
            lock = locked(&lock, &world, &mut truth, seed);
            if let Some(spoilt) = spoil(&world, &lock, random) {
                assert!(!lock.update(&spoilt.catalog()).errors.is_empty(), "seed {seed}\n{}", lock.render());
            }
        }
    }
}
