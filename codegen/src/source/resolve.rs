//! From the path that a field says to the value or choice that it means.

use super::items::Scope;
use super::{Crate, Definition};

/// What a path means.
pub(crate) enum Meaning {
    /// This item.
    One(Definition),
    /// One of these; the path does not say which.
    Several(Vec<Definition>),
    /// Nothing that was read.
    None,
}

/// Finds what `path` means in a module.
///
/// rustc would follow every import. It is enough to find the name, for an item's name is mostly its own; where it is
/// not, the same module wins, then what is imported, then the path as written.
pub(crate) fn find(all: &Crate, scope: &Scope, path: &str) -> Meaning {
    let written = imported(all, scope, segments(path));
    let Some((name, before)) = written.split_last() else { return Meaning::None };
    let mut found: Vec<Definition> = all.named.get(name).cloned().unwrap_or_default();
    if found.len() < 2 {
        return found.pop().map_or(Meaning::None, Meaning::One);
    }
    if before.is_empty() {
        let globs = all.imports.iter().filter(|import| import.scope == *scope && import.name == "*");
        let globs: Vec<Vec<String>> = globs.map(|import| absolute(scope, &import.path)).collect();
        let here = |one: &Definition| all.scope(*one).module == scope.module;
        let there = |one: &Definition| globs.iter().any(|glob| ends(&all.scope(*one).module, glob));
        let file = |one: &Definition| all.scope(*one).file == scope.file;
        only(&found, here).or_else(|| only(&found, there)).or_else(|| only(&found, file))
    } else {
        let module = absolute(scope, before);
        only(&found, |one| all.scope(*one).module == module)
            .or_else(|| only(&found, |one| ends(&all.scope(*one).module, &module)))
    }
    .map_or(Meaning::Several(found), Meaning::One)
}

fn only(found: &[Definition], wanted: impl Fn(&Definition) -> bool) -> Option<Definition> {
    let mut wanted = found.iter().filter(|one| wanted(one));
    wanted.next().copied().filter(|_| wanted.next().is_none())
}

pub(crate) fn segments(path: &str) -> Vec<String> {
    let names = path.split("::").map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| name.trim_start_matches("r#").to_owned()).collect()
}

/// The path with what its first segment was imported from.
fn imported(all: &Crate, scope: &Scope, path: Vec<String>) -> Vec<String> {
    let Some((first, rest)) = path.split_first() else { return path };
    let import = all.imports.iter().find(|import| import.scope == *scope && import.name == *first);
    match import {
        Some(import) => import.path.iter().chain(rest).cloned().collect(),
        None => path,
    }
}

/// The path of a module without `crate`, `self` and `super`.
fn absolute(scope: &Scope, path: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for (index, segment) in path.iter().enumerate() {
        match segment.as_str() {
            "crate" => out.clear(),
            "self" => out.clone_from(&scope.module),
            "super" => {
                if index == 0 {
                    out.clone_from(&scope.module);
                }
                out.pop();
            }
            name => out.push(name.to_owned()),
        }
    }
    out
}

/// Whether the path of a module ends as written; a re-export may leave out what comes before.
fn ends(module: &[String], written: &[String]) -> bool {
    module.ends_with(written)
}
