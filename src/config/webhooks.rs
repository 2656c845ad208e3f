//! Endpoints of webhooks, which have variables by their names.

use std::collections::BTreeMap;

use crate::webhooks::Endpoint;

/// What was said of endpoints so far: URL and secrets, by name.
#[derive(Default)]
pub(super) struct Said(BTreeMap<String, [Option<String>; 2]>);

impl Said {
    /// Takes a variable that is of an endpoint.
    pub(super) fn take(&mut self, name: &str, value: &str) -> bool {
        let Some(rest) = name.strip_prefix("FOURFOLD_WEBHOOK_") else { return false };
        let parts = [rest.strip_suffix("_URL"), rest.strip_suffix("_SECRET")];
        let Some(part) = parts.iter().position(Option::is_some) else { return false };
        let name = parts[part].unwrap_or_default().to_owned();
        self.0.entry(name).or_default()[part] = Some(value.trim().to_owned());
        true
    }

    /// The endpoints; of one that is half said, what is missing. Whether they are as they should be is said when it is
    /// known what they are for.
    pub(super) fn endpoints(self, wrong: &mut Vec<String>) -> BTreeMap<String, Endpoint> {
        let mut endpoints = BTreeMap::new();
        for (name, said) in self.0 {
            let missing = ["URL", "SECRET"][usize::from(said[0].is_some())];
            let [Some(url), Some(secrets)] = said else {
                wrong.push(format!(
                    "FOURFOLD_WEBHOOK_{name}_{missing}: is missing, and the other of the two is there"
                ));
                continue;
            };
            let mut secrets = secrets.split_whitespace();
            let endpoint = Endpoint::new(url, secrets.next().unwrap_or_default()).id("configured");
            endpoints.insert(name, secrets.fold(endpoint, Endpoint::also_signed_with));
        }
        endpoints
    }
}
