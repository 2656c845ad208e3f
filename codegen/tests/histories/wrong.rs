//! Changes that the lock refuses, and each as it would be if its message were not heeded: the line deleted, although those
//! who have the old contract know it, and the number given to the new thing.

use fourfold_codegen::lock::{Lock, State as LockState};

use crate::State;
use crate::change::{TYPES, is_reached};
use crate::definition::{Definition, Item, Kind, Part};
use crate::random::Random;

pub(crate) struct Wrong {
    /// What the lock refuses.
    pub(crate) definition: Definition,
    /// The same, with the number said.
    pub(crate) forced: Definition,
    /// The lock without the lines in its way.
    pub(crate) lock: Lock,
    pub(crate) what: String,
}

/// One that is possible in this state, if the dice find one.
pub(crate) fn one(state: &State, random: &mut Random) -> Option<Wrong> {
    for _ in 0..20 {
        let try_it = Try { state, random, index: 0 };
        if let Some(wrong) = try_it.run() {
            return Some(wrong);
        }
    }
    None
}

struct Try<'a> {
    state: &'a State,
    random: &'a mut Random,
    index: usize,
}

impl Try<'_> {
    fn run(mut self) -> Option<Wrong> {
        self.index = self.random.below(self.state.definition.items.len());
        if !is_reached(&self.state.definition, &self.item().name, self.state) {
            return None;
        }
        match self.random.below(8) {
            0 | 1 => self.other_type(),
            2 => self.number_moves(),
            3 | 4 => self.name_is_back(),
            5 => self.number_is_back(),
            6 => self.name_given_up(),
            _ => self.other_input(),
        }
    }

    fn item(&self) -> &Item {
        &self.state.definition.items[self.index]
    }

    fn full(&self) -> String {
        self.state.definition.full(self.item())
    }

    /// The two definitions, changed alike but for the number, and the lock without some lines of a message.
    fn wrong(
        &self,
        what: String,
        number: Option<u32>,
        message: &str,
        lines: &[&str],
        change: impl Fn(&mut Item, Option<u32>),
    ) -> Wrong {
        let mut definition = self.state.definition.clone();
        let mut forced = definition.clone();
        change(&mut definition.items[self.index], None);
        change(&mut forced.items[self.index], number);
        let mut lock = self.state.lock.clone();
        if let Some(message) = lock.messages.get_mut(message) {
            message.entries.retain(|name, _| !lines.contains(&name.as_str()));
        }
        Wrong { definition, forced, lock, what }
    }

    /// Whether the number is all that the lock knows of the field: where it had other names, they would go with its line.
    fn had_one_name(&self, number: Option<u32>) -> bool {
        let message = self.state.lock.messages.get(&self.full());
        let entries = message.into_iter().flat_map(|message| message.entries.values());
        entries.filter(|entry| Some(entry.number) == number).count() == 1
    }

    /// Another type under the same number, with another name or without.
    fn other_type(&mut self) -> Option<Wrong> {
        if self.item().kind == Kind::Choice {
            return None;
        }
        let place = self.random.below(self.item().parts.len());
        let old = self.item().parts.get(place)?.clone();
        let group = *self.random.of(&TYPES)?;
        let ty = *self.random.of(group)?;
        let same =
            TYPES.iter().find(|group| group.contains(&old.ty.as_str())).is_some_and(|same| *same == group);
        if same {
            return None;
        }
        let (full, item) = (self.full(), self.item().name.clone());
        let number = self.state.lock.number(&full, &old.name);
        if !self.had_one_name(number) {
            return None;
        }
        let rename = self.random.below(3) == 0;
        let what = format!("{item}.{} is {ty} instead of {}", old.name, old.ty);
        Some(self.wrong(what, number, &full, &[&old.name], |item, number| {
            let part = &mut item.parts[place];
            ty.clone_into(&mut part.ty);
            match (rename, number) {
                (true, None) => part.was = Some(std::mem::replace(&mut part.name, "renamed".to_owned())),
                (true, Some(_)) => "renamed".clone_into(&mut part.name),
                (false, _) => {}
            }
            if number.is_some() {
                (part.was, part.number) = (None, number);
            }
        }))
    }

    fn number_moves(&mut self) -> Option<Wrong> {
        let full = self.full();
        let some = self.random.below(self.item().parts.len());
        let name = self.entry(&self.item().parts.get(some)?.name);
        if !self.had_one_name(self.state.lock.number(&full, &name)) {
            return None;
        }
        let number = 5_000;
        let what = format!("{full}.{name} has the number {number}");
        Some(self.wrong(what, None, &full, &[&name], |item, _| {
            item.parts[some].number = Some(number);
            item.parts[some].was = None;
        }))
    }

    /// What the lock calls a part.
    fn entry(&self, part: &str) -> String {
        match self.item().kind {
            Kind::Choice => fourfold_model::rpc::enum_value(&self.item().name, &part.to_lowercase()),
            Kind::Resource | Kind::Value => part.to_owned(),
        }
    }

    /// A name and a number that are gone, of a field or a variant.
    fn gone(&mut self) -> Option<(u32, String)> {
        let full = self.full();
        let (number, name) = *self.random.of(&self.state.lock.reserved(&full))?;
        self.had_one_name(Some(number)).then(|| (number, name.to_owned()))
    }

    /// With its number, and with its type or another.
    fn name_is_back(&mut self) -> Option<Wrong> {
        let (number, name) = self.gone()?;
        let (full, choice) = (self.full(), self.item().kind == Kind::Choice);
        // `STATUS_NEW3` was `New3`.
        let own = if choice { variant(&name) } else { name.clone() };
        let group = *self.random.of(&TYPES)?;
        let ty = *self.random.of(group)?;
        let what = format!("{full}.{name} is back");
        Some(self.wrong(what, Some(number), &full, &[&name], |item, number| {
            let ty = if choice { "" } else { ty };
            item.parts.push(Part { number, ..Part::new(&own, ty) });
        }))
    }

    fn number_is_back(&mut self) -> Option<Wrong> {
        let (number, name) = self.gone()?;
        let (full, choice) = (self.full(), self.item().kind == Kind::Choice);
        let what = format!("{full}: {name}'s number {number} is another's");
        Some(self.wrong(what, None, &full, &[&name], |item, _| {
            let (name, ty) = if choice { ("Another", "") } else { ("another", "String") };
            item.parts.push(Part { number: Some(number), ..Part::new(name, ty) });
        }))
    }

    /// The name that a field gave up is another's.
    fn name_given_up(&mut self) -> Option<Wrong> {
        let full = self.full();
        let entries = &self.state.lock.messages.get(&full)?.entries;
        let (name, _) = entries.iter().find(|(_, entry)| entry.state == LockState::Renamed)?;
        let what = format!("{full}.{name}, which a field gave up, is another's");
        Some(self.wrong(what, None, &full, &[name], |item, _| {
            // The word has done its work, and would say of another field what it was.
            for part in item.parts.iter_mut().filter(|part| part.was.as_ref() == Some(name)) {
                part.was = None;
            }
            item.parts.push(Part::new(name, "String"));
        }))
    }

    /// An operation takes something else.
    fn other_input(&mut self) -> Option<Wrong> {
        let some = self.random.below(self.item().operations.len());
        let operation = self.item().operations.get(some)?.clone();
        let other = if operation.input.as_deref()? == "Reason" { "Address" } else { "Reason" };
        if !is_reached(&self.state.definition, other, self.state) {
            return None;
        }
        let method = fourfold_model::rpc::custom_method(&operation.name, &self.item().name);
        let message = format!("{}.{}", self.state.definition.package, fourfold_model::rpc::request(&method));
        let what = format!("{message} takes {other} instead of {}", operation.input.as_deref()?);
        let mut wrong = self.wrong(what, None, &message, &["input"], |item, _| {
            item.operations[some].input = Some(other.to_owned());
        });
        // What nothing takes any more would go away, which is another change.
        let keep = Part::new("keep_reached", operation.input.as_deref()?);
        for definition in [&mut wrong.definition, &mut wrong.forced] {
            definition.items[0].parts.push(keep.clone());
        }
        Some(wrong)
    }
}

/// `SPEED_NEW3` was `New3`.
fn variant(value: &str) -> String {
    let last = value.rsplit('_').next().unwrap_or(value).to_lowercase();
    let (first, rest) = last.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}
