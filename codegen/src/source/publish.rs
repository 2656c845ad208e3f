//! Which events are messages of which package.

use std::collections::BTreeSet;

use fourfold_model::model;

use super::Crate;
use super::collect::Reached;
use crate::catalog;

impl Reached {
    /// Gives each package the events that are told by messages of its own: one struct a type, the first by name.
    pub(super) fn publish(&mut self, all: &Crate) {
        let mut told: BTreeSet<String> = BTreeSet::new();
        for members in self.packages.values() {
            let models = members.resources.iter().filter_map(|index| all.resources[*index].model.as_ref());
            told.extend(models.flat_map(|model| model.events().map(|(event, _)| model.event_type(event))));
        }
        let mut events: Vec<(&model::Event, usize)> = self
            .events
            .keys()
            .filter_map(|index| Some((all.events[*index].model.as_ref()?, *index)))
            .collect();
        events.sort_by_key(|(model, _)| &model.name);
        for (model, index) in events {
            let names = self.packages.keys().map(String::as_str);
            let Some(package) = catalog::publisher(names, &model.event).map(str::to_owned) else { continue };
            if !told.insert(model.event.clone()) {
                continue;
            }
            let definitions = self.events[&index].clone();
            let members = self.packages.entry(package).or_default();
            members.events.push(index);
            members.definitions.extend(definitions);
        }
    }
}
