//! One message or enum: its parts against what the lock knows of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Update, said};
use crate::lock::wanted::{Kind, Part, Wanted};
use crate::lock::{Entry, State};

pub(super) struct Reconciling<'a> {
    wanted: &'a Wanted<'a>,
    names: BTreeSet<&'a str>,
    pub(super) entries: BTreeMap<String, Entry>,
    /// What has no number yet.
    new: Vec<&'a Part<'a>>,
    /// What the lock says is gone.
    back: Vec<&'a str>,
    update: &'a mut Update,
}

impl<'a> Reconciling<'a> {
    pub(super) fn new(
        wanted: &'a Wanted<'a>,
        entries: BTreeMap<String, Entry>,
        update: &'a mut Update,
    ) -> Self {
        let names = wanted.parts.iter().map(|part| part.name.as_str()).collect();
        Self { wanted, names, entries, new: Vec::new(), back: Vec::new(), update }
    }

    pub(super) fn run(&mut self) {
        let wanted = self.wanted;
        for part in &wanted.parts {
            match self.entries.get(&part.name).map(|entry| (entry.number, entry.state)) {
                Some((number, State::Live)) => self.known(part, number),
                Some((number, _)) => self.gone(part, number),
                None => self.unknown(part),
            }
        }
        if !self.back.is_empty() {
            self.error(said::back(&wanted.name, &self.back));
        }
        let removed = self.remove();
        self.misspelt(&removed);
        self.keep_numbers();
        self.number();
    }

    fn error(&mut self, error: String) {
        self.update.errors.push(error);
    }

    fn full(&self, name: &str) -> String {
        format!("{}.{name}", self.wanted.name)
    }

    /// It has a number: everything that is said about it must agree.
    fn known(&mut self, part: &Part<'_>, number: u32) {
        let full = self.full(&part.name);
        let ty = self.entries.get(&part.name).map(|entry| entry.ty.clone()).unwrap_or_default();
        if ty != part.ty {
            let error = match self.wanted.kind {
                Kind::Request => said::input_changed(&full, &ty, &part.ty),
                Kind::Message | Kind::Enum => said::type_changed(&full, number, &ty, &part.ty),
            };
            self.error(error);
        }
        if let Some(said) = part.number.filter(|said| *said != number) {
            self.error(said::number_moves(&full, said, number));
        }
        let Some(was) = part.was else { return };
        match self.entries.get_mut(was) {
            Some(old) if old.number == number => old.state = State::Renamed,
            Some(old) => {
                let error = said::was_has_another_number(&full, was, number, old.number);
                self.error(error);
            }
            None => {}
        }
    }

    /// The lock says that the name is gone, or given up.
    fn gone(&mut self, part: &'a Part<'a>, number: u32) {
        let old = part.was.and_then(|was| self.entries.get(was));
        if old.is_some_and(|old| old.number == number) {
            self.rename(part, number);
            return;
        }
        let Some(own) = self.entries.get(&part.name) else { return };
        let full = self.full(&part.name);
        let error = match own.state {
            _ if self.wanted.kind == Kind::Request => said::input_is_back(&full, &own.ty, &part.ty),
            State::Renamed => {
                let holder = self.holder(number).filter(|holder| !self.names.contains(holder));
                said::given_up(&full, &part.name, number, holder)
            }
            _ if own.ty != part.ty => said::back_with_another_type(&full, number, &own.ty, &part.ty),
            _ => return self.back.push(&part.name),
        };
        self.error(error);
    }

    fn unknown(&mut self, part: &'a Part<'a>) {
        match part.was.and_then(|was| self.entries.get(was)).map(|old| old.number) {
            Some(number) => self.rename(part, number),
            None => self.new.push(part),
        }
    }

    /// The name that the number has now, or had last.
    fn holder(&self, number: u32) -> Option<&str> {
        let has = |entry: &Entry| entry.number == number && entry.state != State::Renamed;
        self.entries.iter().find(|(_, entry)| has(entry)).map(|(name, _)| name.as_str())
    }

    /// The number goes over from the name that has it.
    fn rename(&mut self, part: &'a Part<'a>, number: u32) {
        let full = self.full(&part.name);
        let was = part.was.unwrap_or_default();
        let holder = self.holder(number).unwrap_or(was).to_owned();
        if holder != part.name && self.names.contains(holder.as_str()) {
            return self.error(said::was_became_another(&full, was, &holder));
        }
        let ty = self.entries.get(&holder).map(|entry| entry.ty.clone()).unwrap_or_default();
        let mut fits = true;
        if ty != part.ty {
            self.error(said::type_changed(&full, number, &ty, &part.ty));
            fits = false;
        }
        if let Some(said) = part.number.filter(|said| *said != number) {
            self.error(said::number_moves(&full, said, number));
            fits = false;
        }
        if !fits {
            return;
        }
        for name in [holder.as_str(), was] {
            if let Some(entry) = self.entries.get_mut(name) {
                entry.state = State::Renamed;
            }
        }
        self.entries.insert(part.name.clone(), Entry { number, ty, state: State::Live });
        let before = self.full(&holder);
        self.update.renamed.push((before, full));
    }

    /// What is not there any more. Gives back the names.
    fn remove(&mut self) -> Vec<String> {
        let mut removed = Vec::new();
        for (name, entry) in &mut self.entries {
            if entry.state == State::Live && !self.names.contains(name.as_str()) {
                entry.state = State::Reserved;
                removed.push(name.clone());
            }
        }
        self.update.removed.extend(removed.iter().map(|name| format!("{}.{name}", self.wanted.name)));
        removed
    }

    /// A `was` that names nothing while something goes away is more likely a slip than a new field.
    fn misspelt(&mut self, removed: &[String]) {
        if removed.is_empty() {
            return;
        }
        let new = std::mem::take(&mut self.new);
        for part in new {
            match part.was {
                Some(was) => {
                    let full = self.full(&part.name);
                    self.error(said::was_is_unknown(&full, was, removed));
                }
                None => self.new.push(part),
            }
        }
    }

    /// Numbers for what has none: those that are said first, then the next ones in the order of the declaration.
    fn number(&mut self) {
        let new = std::mem::take(&mut self.new);
        for part in &new {
            let Some(number) = part.number else { continue };
            match self.holder(number) {
                Some(other) => {
                    let gone = !self.names.contains(other);
                    let error = said::number_is_taken(&self.full(&part.name), number, other, gone);
                    self.error(error);
                }
                None => self.add(part, number),
            }
        }
        for part in new.into_iter().filter(|part| part.number.is_none()) {
            let most = self.entries.values().map(|entry| entry.number).max().unwrap_or_default();
            let kind = self.wanted.kind;
            let next = (most.saturating_add(1)..=kind.most()).find(|number| !kind.is_kept(*number));
            match next {
                Some(number) => self.add(part, number),
                None => self.error(said::none_is_left(&self.full(&part.name), most)),
            }
        }
    }

    fn add(&mut self, part: &Part<'_>, number: u32) {
        let entry = Entry { number, ty: part.ty.clone(), state: State::Live };
        self.entries.insert(part.name.clone(), entry);
        let full = self.full(&part.name);
        self.update.added.push(full);
    }

    /// A merge may leave a number with none but names that were given up: it is gone.
    fn keep_numbers(&mut self) {
        let held: BTreeSet<u32> = self
            .entries
            .values()
            .filter(|entry| entry.state != State::Renamed)
            .map(|entry| entry.number)
            .collect();
        let mut kept = BTreeSet::new();
        for entry in self.entries.values_mut() {
            if !held.contains(&entry.number) && kept.insert(entry.number) {
                entry.state = State::Reserved;
            }
        }
    }
}
