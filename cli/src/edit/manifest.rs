//! Edits of `Cargo.toml`; all that is not edited stays as it was written.

use std::str::FromStr as _;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

/// A dependency that has to be there.
#[derive(Clone, Debug)]
pub(crate) struct Dependency<'a> {
    /// `dependencies`, `build-dependencies`, ..
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    /// `version` or `path`, and what it is.
    pub(crate) source: (&'a str, String),
    pub(crate) features: &'a [&'a str],
}

/// A manifest while it is edited.
pub(crate) struct Edit(DocumentMut);

impl Edit {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        DocumentMut::from_str(text).map(Self).map_err(|error| error.to_string())
    }

    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    /// Adds a dependency, or the features that it lacks. One that comes from the workspace keeps its source.
    pub(crate) fn depend(&mut self, wanted: &Dependency<'_>) -> Result<(), String> {
        let table = self.0.entry(wanted.kind).or_insert_with(|| Item::Table(Table::new()));
        let Some(table) = table.as_table_like_mut() else {
            return Err(format!("`{}` is not a table", wanted.kind));
        };
        let Some(there) = table.get_mut(wanted.name) else {
            let (key, source) = &wanted.source;
            if *key == "version" && wanted.features.is_empty() {
                table.insert(wanted.name, value(source.as_str()));
                return Ok(());
            }
            let mut new = InlineTable::new();
            new.insert(*key, source.as_str().into());
            if !wanted.features.is_empty() {
                new.insert("features", wanted.features.iter().copied().collect::<Array>().into());
            }
            table.insert(wanted.name, value(new));
            return Ok(());
        };
        if wanted.features.is_empty() {
            return Ok(());
        }
        if let Some(version) = there.as_str().map(str::to_owned) {
            let mut new = InlineTable::new();
            new.insert("version", version.into());
            *there = value(new);
        }
        let Some(table) = there.as_table_like_mut() else {
            return Err(format!("`{}.{}` is not understood", wanted.kind, wanted.name));
        };
        let features = table.entry("features").or_insert_with(|| value(Array::new()));
        let Some(features) = features.as_array_mut() else {
            return Err(format!("`{}.{}.features` is not a list", wanted.kind, wanted.name));
        };
        for feature in wanted.features {
            if !features.iter().any(|there| there.as_str() == Some(feature)) {
                features.push(*feature);
            }
        }
        Ok(())
    }

    /// Whether there is a dependency.
    pub(crate) fn has(&self, kind: &str, name: &str) -> bool {
        self.0.get(kind).and_then(Item::as_table_like).is_some_and(|table| table.contains_key(name))
    }

    /// Adds a member to a workspace, as the members that are there are written: one a line, or all on one.
    pub(crate) fn member(&mut self, path: &str) -> Result<(), String> {
        let workspace = self.0.get_mut("workspace").and_then(Item::as_table_like_mut);
        let Some(workspace) = workspace else { return Err("it has no [workspace]".to_owned()) };
        let members = workspace.entry("members").or_insert_with(|| value(Array::new()));
        let Some(members) = members.as_array_mut() else {
            return Err("`workspace.members` is not a list".to_owned());
        };
        if members.iter().any(|there| there.as_str() == Some(path)) {
            return Ok(());
        }
        if members.is_empty() && members.trailing().as_str().is_some_and(|trailing| trailing.contains('\n')) {
            members.set_trailing_comma(true);
            members.push_formatted(Value::from(path).decorated("\n    ", ""));
            return Ok(());
        }
        let decor = members.iter().last().map(|last| last.decor().clone());
        let mut member = Value::from(path);
        match decor {
            Some(decor)
                if decor
                    .prefix()
                    .and_then(|prefix| prefix.as_str())
                    .is_some_and(|prefix| prefix.contains('\n')) =>
            {
                *member.decor_mut() = decor;
                members.push_formatted(member);
            }
            _ => members.push(member),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depended(text: &str, features: &[&str]) -> String {
        let mut edit = Edit::read(text).expect("TOML");
        let source = ("version", "0.1.0".to_owned());
        edit.depend(&Dependency { kind: "dependencies", name: "fourfold", source, features })
            .expect("a table");
        edit.text()
    }

    #[test]
    fn a_dependency_is_added_and_the_rest_stays() {
        let text = "# mine\n[package]\nname = \"a\" # why\n\n[dependencies]\nserde = \"1\" # here\n";
        assert_eq!(depended(text, &[]), format!("{text}fourfold = \"0.1.0\"\n"));
        assert_eq!(
            depended(text, &["client"]),
            format!("{text}fourfold = {{ version = \"0.1.0\", features = [\"client\"] }}\n")
        );
    }

    #[test]
    fn one_that_is_there_gets_the_features_that_it_lacks() {
        let text = "[dependencies]\nfourfold = { path = \"../x\", features = [\"postgres\"] }\n";
        assert_eq!(
            depended(text, &["client", "postgres"]),
            "[dependencies]\nfourfold = { path = \"../x\", features = [\"postgres\", \"client\"] }\n"
        );
        assert_eq!(depended(text, &[]), text);
        assert!(
            depended("[dependencies]\nfourfold = \"0.1\"\n", &["client"])
                .contains("version = \"0.1\", features")
        );
    }

    #[test]
    fn a_member_is_written_as_its_like() {
        let mut edit = Edit::read("[workspace]\nmembers = [\n    \"a\",\n    \"b\",\n]\n").expect("TOML");
        edit.member("c").expect("a list");
        assert_eq!(edit.text(), "[workspace]\nmembers = [\n    \"a\",\n    \"b\",\n    \"c\",\n]\n");
        let mut edit = Edit::read("[workspace]\nmembers = [\n]\n").expect("TOML");
        edit.member("a").expect("a list");
        edit.member("b").expect("a list");
        assert_eq!(edit.text(), "[workspace]\nmembers = [\n    \"a\",\n    \"b\",\n]\n");
        let mut edit = Edit::read("[workspace]\nmembers = [\"a\"]\n").expect("TOML");
        edit.member("b").expect("a list");
        assert_eq!(edit.text(), "[workspace]\nmembers = [\"a\", \"b\"]\n");
    }
}
