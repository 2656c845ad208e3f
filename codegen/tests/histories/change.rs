//! Changes that the lock takes: what is new gets a number, what goes away is reserved, what is renamed keeps its number.

use fourfold_codegen::lock::State as LockState;

use crate::State;
use crate::definition::{Definition, Item, Kind, Operation, Part};
use crate::random::Random;

/// Types by their proto types: within a group, another one is the same on the wire.
pub(crate) const TYPES: [&[&str]; 12] = [
    &["String", "Uuid", "Decimal", "Date", "Option<String>"],
    &["Bytes", "Json"],
    &["i64", "Option<i64>"],
    &["u32"],
    &["i32"],
    &["f64"],
    &["bool", "Option<bool>"],
    &["Timestamp", "Option<Timestamp>"],
    &["Duration"],
    &["Vec<String>", "Vec<Uuid>"],
    &["Vec<i64>"],
    &["BTreeMap<String, i64>"],
];

/// One change that is right, with what it is; none where the dice fall on what isn't there.
pub(crate) fn one(definition: &mut Definition, state: &State, random: &mut Random) -> Option<String> {
    let index = random.below(definition.items.len());
    let kind = definition.items[index].kind;
    match random.below(14) {
        0..=2 => Some(add(definition, index, random)),
        3 => Some(add_with_number(definition, index, state, random)),
        4 | 5 => remove(&mut definition.items[index], random),
        6 | 7 if kind != Kind::Choice => rename(definition, index, state, random),
        8 => {
            let parts = &mut definition.items[index].parts;
            let (one, other) = (random.below(parts.len()), random.below(parts.len()));
            parts.swap(one, other);
            Some(format!("reorder {}", definition.items[index].name))
        }
        9 => other_type(&mut definition.items[index], random),
        10 => Some(add_operation(definition, state, random)),
        11 => remove_operation(definition, random),
        12 => Some(add_resource(definition, state)),
        13 => remove_resource(definition, random),
        _ => None,
    }
}

/// Whether the contracts have the value: one that went away comes back by a person's word alone.
pub(crate) fn is_reached(definition: &Definition, name: &str, state: &State) -> bool {
    let message = state.lock.messages.get(&format!("{}.{name}", definition.package));
    message.is_some_and(|message| message.entries.values().any(|entry| entry.state == LockState::Live))
}

fn fresh(definition: &mut Definition, index: usize, random: &mut Random) -> Part {
    let number = definition.fresh();
    if definition.items[index].kind == Kind::Choice {
        return Part::new(&format!("New{number}"), "");
    }
    let ty = random.of(&TYPES).and_then(|group| random.of(group)).expect("a type");
    Part::new(&format!("new_{number}"), ty)
}

fn add(definition: &mut Definition, index: usize, random: &mut Random) -> String {
    let part = fresh(definition, index, random);
    let item = &mut definition.items[index];
    let what = format!("add {}.{}: {}", item.name, part.name, part.ty);
    let place = random.below(item.parts.len() + 1);
    item.parts.insert(place, part);
    what
}

fn add_with_number(definition: &mut Definition, index: usize, state: &State, random: &mut Random) -> String {
    let full = definition.full(&definition.items[index]);
    let known = state.lock.messages.get(&full).into_iter().flat_map(|message| message.entries.values());
    let said = definition.items[index].parts.iter().filter_map(|part| part.number);
    let most = known.map(|entry| entry.number).chain(said).max().unwrap_or_default();
    let mut part = fresh(definition, index, random);
    // Far enough for what is added without one at the same time.
    part.number = Some(most + 10);
    let item = &mut definition.items[index];
    let what = format!("add {}.{} with the number {}", item.name, part.name, most + 10);
    item.parts.push(part);
    what
}

fn remove(item: &mut Item, random: &mut Random) -> Option<String> {
    if item.parts.len() < 2 {
        return None;
    }
    let part = item.parts.remove(random.below(item.parts.len()));
    Some(format!("remove {}.{}", item.name, part.name))
}

fn rename(definition: &mut Definition, index: usize, state: &State, random: &mut Random) -> Option<String> {
    let next = definition.fresh();
    let full = definition.full(&definition.items[index]);
    let item = &mut definition.items[index];
    let some = random.below(item.parts.len());
    let part = item.parts.get_mut(some)?;
    // What was not locked under this name has no number to keep.
    state.lock.number(&full, &part.name)?;
    part.was = Some(std::mem::replace(&mut part.name, format!("called_{next}")));
    Some(format!("rename {full}.{} to {}", part.was.as_deref().unwrap_or_default(), part.name))
}

fn other_type(item: &mut Item, random: &mut Random) -> Option<String> {
    let some = random.below(item.parts.len());
    let part = item.parts.get_mut(some)?;
    let group = TYPES.iter().find(|group| group.contains(&part.ty.as_str()))?;
    let ty = *random.of(group)?;
    let before = std::mem::replace(&mut part.ty, ty.to_owned());
    Some(format!("write {}.{} as {ty} instead of {before}", item.name, part.name))
}

fn resource<'a>(definition: &'a mut Definition, random: &mut Random) -> &'a mut Item {
    let mut resources: Vec<&mut Item> =
        definition.items.iter_mut().filter(|item| item.kind == Kind::Resource).collect();
    let some = random.below(resources.len());
    resources.swap_remove(some)
}

fn add_operation(definition: &mut Definition, state: &State, random: &mut Random) -> String {
    let name = format!("do_{}", definition.fresh());
    let input = random.of(&[None, Some("Reason"), Some("Address")]).copied().flatten();
    let input = input.filter(|input| is_reached(definition, input, state)).map(str::to_owned);
    let item = resource(definition, random);
    let what = format!("add the operation {}.{name}", item.name);
    item.operations.push(Operation { name, input });
    what
}

/// An operation, or what it takes.
fn remove_operation(definition: &mut Definition, random: &mut Random) -> Option<String> {
    let item = resource(definition, random);
    if item.operations.is_empty() {
        return None;
    }
    let some = random.below(item.operations.len());
    if random.below(2) == 0
        && let Some(input) = item.operations[some].input.take()
    {
        return Some(format!(
            "remove {input} from the operation {}.{}",
            item.name, item.operations[some].name
        ));
    }
    let operation = item.operations.remove(some);
    Some(format!("remove the operation {}.{}", item.name, operation.name))
}

fn add_resource(definition: &mut Definition, state: &State) -> String {
    let name = format!("Extra{}", definition.fresh());
    let mut parts = vec![Part::new("size", "i64")];
    if is_reached(definition, "Address", state) {
        parts.push(Part::new("address", "Address"));
    }
    definition.items.push(Item {
        name: name.clone(),
        kind: Kind::Resource,
        parts,
        operations: Vec::new(),
        table: None,
    });
    format!("add the resource {name}")
}

/// Any but the first, without which there would be no package.
fn remove_resource(definition: &mut Definition, random: &mut Random) -> Option<String> {
    let kinds = definition.items.iter().enumerate().skip(1);
    let others: Vec<usize> =
        kinds.filter(|(_, item)| item.kind == Kind::Resource).map(|(index, _)| index).collect();
    let index = *random.of(&others)?;
    Some(format!("remove the resource {}", definition.items.remove(index).name))
}
