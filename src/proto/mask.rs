//! Field masks (AIP-161): the paths of an update, as a tree that fits the table.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use crate::descriptor::{Field, Kind};
use crate::input::{self, Violations};
use crate::rpc;

/// The name under which what is wrong with a mask is told.
const NAME: &str = "update_mask";

/// What a mask says of a field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// It changes as a whole, whatever else is said of what is inside it.
    pub(super) whole: bool,
    /// By field, or by key.
    pub(super) below: BTreeMap<String, Node>,
}

/// The paths of a mask in one text, with commas in between; those inside of backquotes belong to a key.
pub(crate) fn split(mask: &str) -> Vec<String> {
    let mut quoted = false;
    let paths = mask.split(|character| {
        quoted ^= character == '`';
        character == ',' && !quoted
    });
    if mask.is_empty() { Vec::new() } else { paths.map(|path| path.trim().to_owned()).collect() }
}

/// Where a path has led so far.
#[derive(Clone, Copy)]
enum Place {
    /// The resource.
    Root(&'static [Field]),
    Value(&'static [Field]),
    Map(&'static Kind),
    List,
    Scalar,
}

impl Place {
    const fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Value(value) => Self::Value(value.fields),
            Kind::Map(element) => Self::Map(element),
            Kind::List(_) => Self::List,
            Kind::Scalar(_) | Kind::Choice(_) => Self::Scalar,
        }
    }
}

/// The tree of all paths. What is wrong with one is noted, and the others are read.
pub(super) fn parse(paths: &[String], fields: &'static [Field], violations: &mut Violations) -> Node {
    let mut root = Node::default();
    for path in paths {
        if violations.is_full() {
            break;
        }
        if let Err((code, message)) = add(&mut root, path, fields) {
            let path: String = path.chars().take(64).collect();
            violations.push_named(NAME, code, format!("names {path:?}, {message}"));
        }
    }
    root
}

/// Why a path is refused: a code and the rest of a sentence.
type Refusal = (&'static str, String);

fn add(root: &mut Node, path: &str, fields: &'static [Field]) -> Result<(), Refusal> {
    if path == "*" {
        return Err(("syntax", "which stands for all fields and goes with no other path".to_owned()));
    }
    let segments = segments(path).ok_or_else(|| {
        let rule = "which is not a path: write fields with a dot in between, and a key that holds other characters \
                    than letters, digits, - and _ in backquotes";
        ("syntax", rule.to_owned())
    })?;
    if segments.len() == 1 && segments[0] == rpc::ETAG && fields.iter().all(|field| field.name != rpc::ETAG) {
        // It says which version is meant, and is not changed by a caller.
        return Ok(());
    }
    // A path is checked to its end before any of it is kept.
    let mut place = Place::Root(fields);
    for segment in &segments {
        place = step(place, segment)?;
    }
    let mut node = root;
    for segment in segments {
        node = node.below.entry(segment).or_default();
    }
    node.whole = true;
    Ok(())
}

fn step(place: Place, segment: &str) -> Result<Place, Refusal> {
    match place {
        Place::Root(fields) | Place::Value(fields) => {
            if let Some(field) = fields.iter().find(|field| field.name == segment) {
                return Ok(Place::of(&field.ty.kind));
            }
            let names = fields.iter().filter(|field| !field.output_only).map(|field| field.name);
            let message = match input::nearest(segment, names) {
                Some(near) => format!("which is not a field; did you mean {near}?"),
                None => "which is not a field".to_owned(),
            };
            Err(("unknown", message))
        }
        Place::Map(element) => Ok(Place::of(element)),
        Place::List => {
            Err(("unknown", "which goes into a list: a list changes as a whole, so name it alone".to_owned()))
        }
        Place::Scalar => Err(("unknown", "which goes into something that has no fields".to_owned())),
    }
}

/// The parts of a path: plain, or in backquotes with two of them for one.
fn segments(path: &str) -> Option<Vec<String>> {
    let mut rest = path.chars().peekable();
    let mut segments = Vec::new();
    loop {
        segments.push(if rest.next_if_eq(&'`').is_some() { quoted(&mut rest)? } else { plain(&mut rest)? });
        match rest.next() {
            None => return Some(segments),
            Some('.') => {}
            Some(_) => return None,
        }
    }
}

fn plain(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut segment = String::new();
    while let Some(next) = rest.next_if(|next| *next != '.') {
        if !(next.is_alphanumeric() || matches!(next, '_' | '-')) {
            return None;
        }
        segment.push(next);
    }
    (!segment.is_empty()).then_some(segment)
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut segment = String::new();
    loop {
        match rest.next()? {
            '`' if rest.next_if_eq(&'`').is_some() => segment.push('`'),
            '`' => return Some(segment),
            other => segment.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_paths_with_commas_in_between() {
        assert_eq!(split("a.b, c"), ["a.b", "c"]);
        assert_eq!(split("a.`b,c`,d"), ["a.`b,c`", "d"]);
        assert_eq!(split("a,"), ["a", ""]);
        assert!(split("").is_empty());
    }

    #[test]
    fn a_path_is_names_and_keys_with_dots_in_between() {
        let of = |path: &str| segments(path).unwrap_or_default();
        assert_eq!(of("labels.a-b_1"), ["labels", "a-b_1"]);
        assert_eq!(of("labels.`a.b``c`"), ["labels", "a.b`c"]);
        assert_eq!(of("labels.``"), ["labels", ""]);
        for wrong in ["", ".", "a.", ".a", "a..b", "a.`b", "a.`b`c", "a b", "a,b"] {
            assert_eq!(segments(wrong), None, "{wrong}");
        }
    }
}
