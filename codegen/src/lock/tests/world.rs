//! A crate that somebody keeps changing: each field has an identity that its names and places don't touch.

use fourfold_model::model::{Choice, Element, Field, IdKind, Many, Resource, Role, Shape, Value, Variant};
use fourfold_model::rpc;
use fourfold_model::types::Scalar;

use crate::catalog::{Catalog, Item, Package};
use crate::lock::Lock;

pub(super) const PACKAGE: &str = "shop.v1";

/// Numbers that look random and are the same every time (xorshift64*).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % end.max(1)
    }

    pub(super) fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Resource,
    Value,
    Choice,
}

/// A field or a variant.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) identity: u32,
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) was: Option<String>,
    pub(super) number: Option<u32>,
    /// All names that it ever had.
    pub(super) names: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) there: bool,
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) things: Vec<Thing>,
    pub(super) next: u32,
}

impl Thing {
    pub(super) fn full(&self) -> String {
        format!("{PACKAGE}.{}", self.name)
    }

    /// What the lock calls a part.
    pub(super) fn entry(&self, name: &str) -> String {
        if self.kind == Kind::Choice { rpc::enum_value(self.name, name) } else { name.to_owned() }
    }
}

fn shape(random: &mut Random) -> Shape {
    let element = match random.below(4) {
        0 => Element::Scalar(Scalar::Timestamp),
        1 => Element::Scalar(Scalar::I64),
        2 => Element::Named("crate::Item".to_owned()),
        _ => Element::Scalar(Scalar::String),
    };
    let many = [Many::One, Many::One, Many::List, Many::Map][random.below(4)];
    Shape { optional: random.one_in(2), many, element }
}

impl World {
    pub(super) fn new(random: &mut Random) -> Self {
        let thing = |name, kind| Thing { name, kind, there: true, parts: Vec::new() };
        let things = vec![
            thing("Order", Kind::Resource),
            thing("Item", Kind::Value),
            thing("OrderStatus", Kind::Choice),
            thing("OrderState", Kind::Choice),
        ];
        let mut world = Self { things, next: 0 };
        for thing in 0..world.things.len() {
            for _ in 0..random.below(5) {
                world.add(thing, None, random);
            }
        }
        world
    }

    fn add(&mut self, thing: usize, number: Option<u32>, random: &mut Random) {
        let identity = self.next;
        self.next += 1;
        let parts = &mut self.things[thing].parts;
        let name = format!("n{identity}");
        let part =
            Part { identity, name: name.clone(), shape: shape(random), was: None, number, names: vec![name] };
        let place = random.below(parts.len() + 1);
        parts.insert(place, part);
    }

    /// One change that is right.
    pub(super) fn step(&mut self, lock: &Lock, random: &mut Random) {
        let index = random.below(self.things.len());
        let full = self.things[index].full();
        let thing = &mut self.things[index];
        if !thing.there {
            thing.there = random.one_in(2);
            return;
        }
        let some = random.below(thing.parts.len());
        match random.below(12) {
            0..=3 => self.add(index, None, random),
            4 => {
                let known = lock.messages.get(&full);
                let most = known.and_then(|it| it.entries.values().map(|entry| entry.number).max());
                let said = thing.parts.iter().filter_map(|part| part.number).max();
                let number =
                    most.max(said).unwrap_or_default() + 1 + u32::try_from(random.below(30)).expect("few");
                self.add(index, Some(number), random);
            }
            5 | 6 if !thing.parts.is_empty() => {
                thing.parts.remove(some);
            }
            7 | 8 if !thing.parts.is_empty() && thing.kind != Kind::Choice => {
                let next = self.next;
                self.next += 1;
                rename(&mut thing.parts[some], &full, lock, next, random);
            }
            9 => {
                let to = random.below(thing.parts.len());
                if !thing.parts.is_empty() {
                    thing.parts.swap(some, to);
                }
            }
            // The word may go when it has done its work.
            10 => {
                for part in &mut thing.parts {
                    if lock.number(&full, &part.name).is_some() {
                        part.was = None;
                    }
                }
            }
            _ if thing.kind != Kind::Resource => {
                thing.there = false;
                thing.parts.clear();
            }
            _ => {}
        }
    }

    pub(super) fn catalog(&self) -> Catalog {
        let of = |kind| self.things.iter().filter(move |thing| thing.kind == kind && thing.there);
        let package = Package {
            events: Vec::new(),
            name: PACKAGE.to_owned(),
            resources: of(Kind::Resource).map(|thing| item(resource(thing))).collect(),
            values: of(Kind::Value).map(|thing| item(value(thing))).collect(),
            choices: of(Kind::Choice).map(|thing| item(choice(thing))).collect(),
        };
        Catalog { packages: vec![package], events: Vec::new(), tasks: Vec::new() }
    }
}

/// To a new name, or back to one that it had; `was` says the name under which it is locked.
fn rename(part: &mut Part, message: &str, lock: &Lock, next: u32, random: &mut Random) {
    let locked = part.names.iter().find(|name| lock.number(message, name).is_some()).cloned();
    let new = match random.below(3) {
        0 => part.names[random.below(part.names.len())].clone(),
        _ => format!("n{next}"),
    };
    if locked.as_ref() == Some(&new) || locked.is_none() {
        return;
    }
    part.names.push(new.clone());
    part.name = new;
    part.was = locked;
}

fn item<T>(model: T) -> Item<T> {
    Item { model, file: "src/resources.rs".into(), module: "crate::resources".to_owned() }
}

fn resource(thing: &Thing) -> Resource {
    Resource {
        name: thing.name.to_owned(),
        package: PACKAGE.to_owned(),
        version: "v1".to_owned(),
        path: "orders".to_owned(),
        singular: "order".to_owned(),
        plural: "orders".to_owned(),
        table: "orders".to_owned(),
        doc: String::new(),
        fields: fields(thing),
        id: 0,
        operations: Vec::new(),
        behavior: false,
        tasks: Vec::new(),
        krate: None,
    }
}

fn value(thing: &Thing) -> Value {
    Value { name: thing.name.to_owned(), doc: String::new(), fields: fields(thing), krate: None }
}

fn fields(thing: &Thing) -> Vec<Field> {
    let field = |part: &Part| Field {
        name: part.name.clone(),
        doc: String::new(),
        shape: part.shape.clone(),
        role: if thing.kind == Kind::Resource && part.identity == 0 {
            Role::Id(IdKind::String)
        } else {
            Role::Plain
        },
        output_only: false,
        input_only: false,
        immutable: false,
        sensitive: false,
        unique: false,
        filter: false,
        sort: false,
        references: None,
        default: None,
        rules: Vec::new(),
        deprecated: None,
        was: part.was.clone(),
        number: part.number,
    };
    thing.parts.iter().map(field).collect()
}

fn choice(thing: &Thing) -> Choice {
    let variant = |part: &Part| Variant {
        name: part.name.to_uppercase(),
        wire: part.name.clone(),
        doc: String::new(),
        deprecated: None,
        number: part.number,
    };
    Choice {
        name: thing.name.to_owned(),
        doc: String::new(),
        variants: thing.parts.iter().map(variant).collect(),
        krate: None,
    }
}
