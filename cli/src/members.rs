//! The members of a workspace, as cargo finds them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::failure::Failure;
use crate::manifest::Manifest;

/// The manifests of all members, by the names of their packages.
pub(crate) fn all(root: &Manifest) -> Result<BTreeMap<String, Manifest>, Failure> {
    let excluded: Vec<PathBuf> = root
        .list(&["workspace", "exclude"])
        .into_iter()
        .map(|path| tidy(&root.folder().join(path)))
        .collect();
    let mut todo: Vec<PathBuf> = Vec::new();
    for pattern in root.list(&["workspace", "members"]) {
        let found = expand(root.folder(), pattern);
        todo.extend(found.into_iter().filter(|folder| !excluded.contains(&tidy(folder))));
    }
    let mut seen = Vec::new();
    let mut members = BTreeMap::new();
    let own = root.name().map(|_| Manifest::read(&root.path)).transpose()?;
    if let Some(own) = own {
        todo.extend(local(&own, root));
        members.insert(own.name().unwrap_or_default().to_owned(), own);
    }
    while let Some(folder) = todo.pop() {
        let folder = tidy(&folder);
        let path = folder.join("Cargo.toml");
        if seen.contains(&folder) || !path.is_file() {
            continue;
        }
        let member = Manifest::read(&path)?;
        let inside = |folder: &PathBuf| {
            let folder = tidy(folder);
            folder.starts_with(tidy(root.folder())) && !excluded.iter().any(|out| folder.starts_with(out))
        };
        todo.extend(local(&member, root).filter(inside));
        if let Some(name) = member.name() {
            members.insert(name.to_owned(), member);
        }
        seen.push(folder);
    }
    Ok(members)
}

/// Whether a workspace has a folder among its members already, or wants it to be none.
pub(crate) fn covers(root: &Manifest, folder: &Path) -> bool {
    let of = |key: &str| root.list(&["workspace", key]).into_iter().map(str::to_owned).collect::<Vec<_>>();
    if of("exclude").iter().any(|path| folder.starts_with(tidy(&root.folder().join(path)))) {
        return true;
    }
    let Ok(below) = folder.strip_prefix(root.folder()) else { return true };
    let parts: Vec<String> =
        below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    of("members").iter().any(|pattern| {
        let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        pattern.len() == parts.len()
            && pattern.iter().zip(&parts).all(|(pattern, part)| matches(pattern.as_bytes(), part.as_bytes()))
    })
}

/// The workspace that a manifest belongs to: itself, what it names, or the nearest above.
pub(crate) fn root_of(manifest: &Path) -> Result<Option<Manifest>, Failure> {
    let own = Manifest::read(manifest)?;
    if own.is_workspace() {
        return Ok(Some(own));
    }
    if let Some(named) = own.at(&["package", "workspace"]).and_then(toml::Value::as_str) {
        return Manifest::read(&own.folder().join(named).join("Cargo.toml")).map(Some);
    }
    for folder in own.folder().ancestors().skip(1) {
        let path = folder.join("Cargo.toml");
        if path.is_file() {
            let above = Manifest::read(&path)?;
            if above.is_workspace() {
                return Ok(Some(above));
            }
        }
    }
    Ok(None)
}

/// The folders of dependencies by path: cargo makes them members.
fn local<'a>(member: &'a Manifest, root: &'a Manifest) -> impl Iterator<Item = PathBuf> {
    member.dependencies().filter_map(|(name, dependency)| {
        if let Some(path) = dependency.get("path").and_then(toml::Value::as_str) {
            return Some(member.folder().join(path));
        }
        dependency.get("workspace")?.as_bool().filter(|it| *it)?;
        let path = root.at(&["workspace", "dependencies", name, "path"])?.as_str()?;
        Some(root.folder().join(path))
    })
}

/// The folders that a pattern such as `crates/*` stands for.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
        folders = folders.into_iter().flat_map(|folder| step(&folder, part)).collect();
    }
    folders
}

fn step(folder: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?', '[']) {
        return vec![folder.join(part)];
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| {
            entry.path().is_dir() && matches(part.as_bytes(), entry.file_name().as_encoded_bytes())
        })
        .map(|entry| entry.path())
        .collect();
    if part == "**" {
        let below: Vec<PathBuf> = found.iter().flat_map(|folder| step(folder, part)).collect();
        found.extend(below);
        found.push(folder.to_owned());
    }
    found
}

/// Whether a name is what `*` and `?` in a pattern stand for.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], name) => {
            matches(rest, name) || name.split_first().is_some_and(|(_, name)| matches(pattern, name))
        }
        ([b'?', rest @ ..], [_, name @ ..]) => matches(rest, name),
        ([one, rest @ ..], [other, name @ ..]) if one == other => matches(rest, name),
        _ => false,
    }
}

/// The path without `.` and `..`, so that two can be compared.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_name() {
        assert!(matches(b"*", b"order") && matches(b"o*r", b"order") && matches(b"?rder", b"order"));
        assert!(!matches(b"o*", b"user") && !matches(b"?", b"") && !matches(b"order", b"orders"));
    }
}
