//! The files of `contracts/`: what each holds, and which of those that are there are ours.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::lock::Lock;
use crate::{asyncapi, google, openapi, proto};

/// The name of the lock in `contracts/`.
pub const LOCK: &str = "fourfold.lock";
/// The folder of the `.proto` files in `contracts/`.
pub const PROTO: &str = "proto";
/// The OpenAPI document in `contracts/`.
pub const OPENAPI: &str = "openapi.json";
/// The AsyncAPI document in `contracts/`.
pub const ASYNCAPI: &str = "asyncapi.json";
/// The folder of the JSON Schemas of events in `contracts/`.
pub const SCHEMAS: &str = "schemas";
/// The folders of files of ours in `contracts/`.
pub const FOLDERS: [&str; 2] = [PROTO, SCHEMAS];
/// The configuration of buf in `contracts/`.
const BUF: &str = "buf.yaml";
/// What tells git how to merge the lock.
const GIT: &str = ".gitattributes";
/// The names of all files that are in `contracts/` itself.
pub const BESIDE: [&str; 5] = [LOCK, OPENAPI, ASYNCAPI, BUF, GIT];

/// The text that a file of ours has in its first line, after the sign of a comment; in JSON, in its second.
const HEAD: &str = "Written by `cargo fourfold generate`";

/// All files by their paths below `contracts/`, with `/` between the parts.
///
/// The lock has a number for every field of the catalog: it is what [`Lock::update`] gave back.
#[must_use]
pub fn render(catalog: &Catalog, lock: &Lock) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut imports = BTreeSet::new();
    for package in &catalog.packages {
        let file = proto::file(package, lock);
        files.insert(format!("{PROTO}/{}", file.name), proto::text(&file));
        imports.extend(file.dependency);
    }
    files.extend(google_files(imports));
    files.insert(OPENAPI.to_owned(), openapi::whole(catalog));
    files.insert(ASYNCAPI.to_owned(), asyncapi::whole(catalog));
    let schemas = asyncapi::schemas(catalog, &format!("{HEAD}."));
    files.extend(schemas.into_iter().map(|(name, text)| (format!("{SCHEMAS}/{name}"), text)));
    files.insert(BUF.to_owned(), proto::buf_yaml());
    files.insert(LOCK.to_owned(), lock.render());
    files.insert(GIT.to_owned(), format!("# {HEAD}.\n{}", Lock::gitattributes()));
    files
}

/// The text of Google's file at a path below the proto root.
fn google_file(path: &str) -> Option<&'static str> {
    google::files().iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// Google's files that are imported, and those which they import. What comes with every protobuf compiler is left out.
fn google_files(imports: BTreeSet<String>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut todo: Vec<String> = imports.into_iter().collect();
    while let Some(import) = todo.pop() {
        let Some(text) = google_file(&import) else { continue };
        if files.insert(format!("{PROTO}/{import}"), text.to_owned()).is_none() {
            todo.extend(imported(text).map(str::to_owned));
        }
    }
    files
}

/// The files that a `.proto` imports.
fn imported(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("import ")?.trim_start_matches("public ").trim();
        rest.strip_prefix('"')?.split('"').next()
    })
}

/// Whose a file is that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Written by us: it may be written anew or removed.
    Ours,
    /// Written by a person, instead of ours: it stays as it is.
    Theirs,
    /// Written by a person, and in the way of one that has to be ours.
    InTheWay,
}

/// Whose the file at `path` below `contracts/` is, where its text is `text`. `before` says whether there was a lock, so
/// that this has run before.
#[must_use]
pub fn owner(path: &str, text: &str, before: bool) -> Owner {
    if has_head(path, text) {
        return Owner::Ours;
    }
    match path {
        // They may say more in these than we do.
        BUF | GIT => Owner::Theirs,
        // These have no head of ours: JSON has no comments, and the lock has one of its own.
        OPENAPI | ASYNCAPI | LOCK if before => Owner::Ours,
        _ if path.strip_prefix("proto/").and_then(google_file).is_some_and(|google| google == text) => {
            Owner::Ours
        }
        _ if is_google(path) && before => Owner::Ours,
        _ => Owner::InTheWay,
    }
}

/// Whether a path that is not written any more is one that a former run may have written.
#[must_use]
pub fn is_stale(path: &str, text: &str) -> bool {
    let below_proto = path.strip_prefix("proto/");
    let google = below_proto.and_then(google_file).is_some_and(|google| google == text);
    google || (FOLDERS.iter().any(|folder| is_below(path, folder)) && has_head(path, text))
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn has_head(path: &str, text: &str) -> bool {
    let line = usize::from(is_below(path, SCHEMAS));
    text.lines().nth(line).is_some_and(|line| line.contains(HEAD))
}

/// Whether it is a copy of one of Google's files, perhaps of another release than ours.
fn is_google(path: &str) -> bool {
    path.strip_prefix("proto/").is_some_and(|path| google_file(path).is_some())
}
