//! Entity tags and conditions (RFC 9110, section 13). A tag is the row version, and the format where it isn't JSON: two
//! representations never share a strong tag.

use http::{HeaderMap, HeaderName, header};

use super::negotiate::Format;
use crate::core::{Preconditions, Versions};
use crate::error::{Error, ErrorKind, Result};

/// The tag of a representation, with its quotes.
pub(super) fn tag(version: i64, format: Format) -> String {
    match format {
        Format::Json => format!("\"{version}\""),
        #[cfg(feature = "xml")]
        Format::Xml => format!("\"{version}.xml\""),
        #[cfg(feature = "grpc")]
        Format::Protobuf => format!("\"{version}.pb\""),
    }
}

/// What a conditional read comes to.
pub(super) enum Read {
    Show,
    Fresh,
}

/// `If-Match`, then `If-None-Match`, on GET and HEAD.
pub(super) fn check_read(headers: &HeaderMap, tag: &str) -> Result<Read> {
    // Both are read before either decides: what is no tag is said wherever it stands.
    let (matches, none_match) = (tags(headers, &header::IF_MATCH)?, tags(headers, &header::IF_NONE_MATCH)?);
    if let Some(tags) = matches
        && !tags.contain(|sent| !sent.weak && sent.quoted == tag)
    {
        return Err(Error::new(
            ErrorKind::VersionMismatch,
            "the resource is not the version that If-Match names",
        ));
    }
    match none_match {
        Some(tags) if tags.contain(|sent| sent.quoted == tag) => Ok(Read::Fresh),
        _ => Ok(Read::Show),
    }
}

/// The conditions of a write.
pub(super) fn preconditions(headers: &HeaderMap) -> Result<Preconditions> {
    let versions = |name: &HeaderName, weak: bool| -> Result<Option<Versions>> {
        Ok(tags(headers, name)?.map(|tags| match tags {
            Tags::Any => Versions::Any,
            Tags::List(list) => {
                let known = list.iter().filter(|tag| weak || !tag.weak).filter_map(|tag| version(tag.quoted));
                Versions::These(known.collect())
            }
        }))
    };
    Ok(Preconditions {
        matches: versions(&header::IF_MATCH, false)?,
        none_match: versions(&header::IF_NONE_MATCH, true)?,
    })
}

/// The condition of a write in one text, as tasks carry it.
pub(crate) fn etag(preconditions: &Preconditions) -> Option<String> {
    Some(match preconditions.matches.as_ref()? {
        Versions::Any => "*".to_owned(),
        // Only tags that we never gave: no row has any of them.
        Versions::These(versions) if versions.is_empty() => "\"0\"".to_owned(),
        Versions::These(versions) => {
            let tags: Vec<String> = versions.iter().map(|version| format!("\"{version}\"")).collect();
            tags.join(", ")
        }
    })
}

/// The versions that one tag outside of a header names; `None` where it is none. It is compared as `If-Match` is.
#[cfg(feature = "grpc")]
pub(crate) fn versions_of(tag: &str) -> Option<Versions> {
    if tag == "*" {
        return Some(Versions::Any);
    }
    let (weak, quoted) = tag.strip_prefix("W/").map_or((false, tag), |quoted| (true, quoted));
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let opaque = !inner.contains('"') && inner.chars().all(|character| !character.is_control());
    opaque.then(|| Versions::These(version(quoted).filter(|_| !weak).into_iter().collect()))
}

/// The version that a tag of ours names.
fn version(quoted: &str) -> Option<i64> {
    crate::core::version_of(quoted.trim_matches('"'))
}

enum Tags<'a> {
    Any,
    List(Vec<Tag<'a>>),
}

struct Tag<'a> {
    weak: bool,
    quoted: &'a str,
}

impl Tags<'_> {
    fn contain(&self, is: impl Fn(&Tag<'_>) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::List(list) => list.iter().any(is),
        }
    }
}

/// The tags of a header, which may come in several lines.
fn tags<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<Tags<'a>>> {
    let malformed = || {
        let message = "must be * or a list of entity tags such as \"7\", in double quotes";
        Error::violation(name.as_str(), "syntax", message)
    };
    let mut list = Vec::new();
    let mut any = false;
    let mut found = false;
    for value in headers.get_all(name) {
        found = true;
        let mut rest = value.to_str().map_err(|_| malformed())?.trim();
        if rest == "*" {
            any = true;
            continue;
        }
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let (weak, opaque) = rest.strip_prefix("W/").map_or((false, rest), |opaque| (true, opaque));
            let inner = opaque.strip_prefix('"').ok_or_else(malformed)?;
            let end = inner.find('"').ok_or_else(malformed)?;
            list.push(Tag { weak, quoted: &opaque[..end + 2] });
            rest = inner[end + 1..].trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(malformed());
            }
        }
    }
    match (found, any, list.is_empty()) {
        (false, ..) => Ok(None),
        (true, true, true) => Ok(Some(Tags::Any)),
        (true, false, false) => Ok(Some(Tags::List(list))),
        _ => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, http::HeaderValue::from_static(value))])
    }

    #[test]
    fn if_match_takes_strong_tags_of_ours_alone() {
        for (sent, version, holds) in [
            ("\"7\"", 7, true),
            ("\"6\", \"7\"", 7, true),
            ("\"7.xml\"", 7, true),
            ("\"7.pb\"", 7, true),
            ("\"7.pb.xml\"", 7, false),
            ("W/\"7\"", 7, false),
            ("\"07\"", 7, false),
            ("\"else\"", 7, false),
            ("*", 7, true),
        ] {
            let preconditions = preconditions(&with(header::IF_MATCH, sent)).unwrap();
            assert_eq!(preconditions.matches.unwrap().contain(version), holds, "{sent}");
        }
    }

    #[cfg(feature = "grpc")]
    #[test]
    fn one_tag_alone_means_what_it_means_in_a_header() {
        for (tag, holds) in [
            ("*", Some(true)),
            ("\"7\"", Some(true)),
            ("\"8\"", Some(false)),
            ("W/\"7\"", Some(false)),
            ("\"else\"", Some(false)),
            ("7", None),
            ("\"", None),
            ("\"7\", \"8\"", None),
        ] {
            assert_eq!(versions_of(tag).map(|versions| versions.contain(7)), holds, "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for sent in ["7", "\"7", "\"7\" \"8\"", "*, \"7\"", "", "W/7"] {
            assert!(preconditions(&with(header::IF_MATCH, sent)).is_err(), "{sent}");
        }
    }

    #[test]
    fn a_condition_that_can_not_be_read_is_refused_beside_one_that_fails() {
        let mut headers = with(header::IF_MATCH, "\"6\"");
        headers.insert(header::IF_NONE_MATCH, http::HeaderValue::from_static("7"));
        let error = check_read(&headers, "\"7\"").err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn a_read_is_fresh_for_a_weak_tag_too() {
        let headers = with(header::IF_NONE_MATCH, "\"3\", W/\"7\"");
        assert!(matches!(check_read(&headers, "\"7\""), Ok(Read::Fresh)));
        assert!(matches!(check_read(&headers, "\"8\""), Ok(Read::Show)));
    }
}
