//! The versions that entity tags name.

use super::Versions;

/// The versions of a text as `If-Match` has it: `*`, or a list of tags. `None` where it is none.
pub(crate) fn versions_of(text: &str) -> Option<Versions> {
    if text.trim() == "*" {
        return Some(Versions::Any);
    }
    let (mut versions, mut tags) = (Vec::new(), 0);
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (tags > 0).then_some(Versions::These(versions));
        }
        let (weak, opaque) = rest.strip_prefix("W/").map_or((false, rest), |opaque| (true, opaque));
        let (tag, after) = opaque.strip_prefix('"')?.split_once('"')?;
        tags += 1;
        // `If-Match` compares strongly: a weak tag is none of ours.
        versions.extend(version_of(tag).filter(|_| !weak));
        rest = after.trim_start();
        if tag.chars().any(char::is_control) || !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
    }
}

/// The version that a tag of ours names, without its quotes.
pub(crate) fn version_of(tag: &str) -> Option<i64> {
    let digits = tag.strip_suffix(".xml").or_else(|| tag.strip_suffix(".pb")).unwrap_or(tag);
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    canonical.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_means_what_it_means_as_if_match() {
        for (text, holds) in [
            ("*", Some(true)),
            ("\"7\"", Some(true)),
            ("\"6\", \"7\"", Some(true)),
            ("\"7.xml\"", Some(true)),
            ("\"8\"", Some(false)),
            ("W/\"7\"", Some(false)),
            ("\"07\"", Some(false)),
            ("\"else\"", Some(false)),
            ("", None),
            (" , ", None),
            ("7", None),
            ("\"7", None),
            ("\"7\" \"8\"", None),
            ("*, \"7\"", None),
        ] {
            assert_eq!(versions_of(text).map(|versions| versions.contain(7)), holds, "{text}");
        }
    }
}
