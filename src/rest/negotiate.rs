//! Content negotiation (RFC 9110, section 12): JSON by default, XML and protobuf for who asks.

use http::{HeaderMap, header};

use crate::error::{Error, ErrorKind, Result};

/// A body's format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Json,
    #[cfg(feature = "xml")]
    Xml,
    #[cfg(feature = "grpc")]
    Protobuf,
}

#[cfg(feature = "xml")]
macro_rules! types {
    ($($more:literal),*) => { concat!("application/json, application/xml" $(, $more)*) };
}
#[cfg(not(feature = "xml"))]
macro_rules! types {
    ($($more:literal),*) => { concat!("application/json" $(, $more)*) };
}
macro_rules! patch_types {
    ($types:expr) => {
        concat!("application/merge-patch+json, ", $types)
    };
}

/// What a body can be, where the resource has messages and where it has none.
pub(super) const fn body_types(patch: bool, protobuf: bool) -> &'static str {
    match (patch, protobuf && cfg!(feature = "grpc")) {
        (false, false) => types!(),
        (false, true) => types!(", application/protobuf"),
        (true, false) => patch_types!(types!()),
        (true, true) => patch_types!(types!(", application/protobuf")),
    }
}

/// What an answer can be, the preferred first.
const OFFERS: &[(Format, &str)] = &[
    (Format::Json, "application/json"),
    #[cfg(feature = "xml")]
    (Format::Xml, "application/xml"),
    #[cfg(feature = "xml")]
    (Format::Xml, "text/xml"),
    #[cfg(feature = "grpc")]
    (Format::Protobuf, "application/protobuf"),
    #[cfg(feature = "grpc")]
    (Format::Protobuf, "application/x-protobuf"),
];

impl Format {
    #[cfg_attr(not(feature = "grpc"), allow(clippy::unused_self, reason = "none is, then"))]
    pub(super) const fn is_protobuf(self) -> bool {
        #[cfg(feature = "grpc")]
        return matches!(self, Self::Protobuf);
        #[cfg(not(feature = "grpc"))]
        false
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            #[cfg(feature = "xml")]
            Self::Xml => "application/xml",
            #[cfg(feature = "grpc")]
            Self::Protobuf => "application/protobuf",
        }
    }

    pub(super) const fn problem_type(self) -> &'static str {
        match self {
            #[cfg(feature = "xml")]
            Self::Xml => "application/problem+xml",
            _ => "application/problem+json",
        }
    }
}

/// The format of the answer, with or without protobuf among those that there are.
pub(super) fn answer_format(headers: &HeaderMap, protobuf: bool) -> Result<Format> {
    let mut accepted = headers.get_all(header::ACCEPT).iter().peekable();
    if accepted.peek().is_none() {
        return Ok(Format::Json);
    }
    let mut ranges = Vec::new();
    for value in accepted {
        let value = value.to_str().unwrap_or_default();
        if value == "*/*" || value == "application/json" {
            return Ok(Format::Json);
        }
        ranges.extend(value.split(',').map(str::trim).filter(|range| !range.is_empty()).map(Range::parse));
    }
    if ranges.is_empty() {
        return Ok(Format::Json);
    }
    let mut best: Option<(Format, (u16, bool))> = None;
    for (format, media_type) in OFFERS {
        if !protobuf && format.is_protobuf() {
            continue;
        }
        let range =
            ranges.iter().filter(|range| range.covers(media_type)).max_by_key(|range| range.specificity);
        let quality = range.map_or(0, |range| range.quality);
        // Who names a format and JSON's problems wants the format.
        let rank = (quality, range.is_some_and(|range| !range.is_problem()));
        if quality > 0 && best.is_none_or(|(_, most)| rank > most) {
            best = Some((*format, rank));
        }
    }
    best.map(|(format, _)| format).ok_or_else(|| {
        let (types, reason) = (body_types(false, protobuf), if protobuf { "" } else { NO_MESSAGES });
        Error::new(ErrorKind::NotAcceptable, format!("answers come as {types}; accept one of them{reason}"))
    })
}

/// Whether an answer may be of this type.
pub(super) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = values.flat_map(|value| value.split(',')).map(str::trim).peekable();
    if ranges.peek().is_none() {
        return true;
    }
    let covering = ranges.map(Range::parse).filter(|range| range.covers(media_type));
    covering.max_by_key(|range| range.specificity).is_some_and(|range| range.quality > 0)
}

/// Why there is no protobuf.
const NO_MESSAGES: &str =
    " (protobuf needs messages, which a build script that calls fourfold_codegen::build writes)";

/// A range of `Accept`.
struct Range<'a> {
    media_type: &'a str,
    /// In thousandths.
    quality: u16,
    specificity: u8,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Self {
        let (media_type, parameters) = text.split_once(';').unwrap_or((text, ""));
        let quality = parameters
            .split(';')
            .filter_map(|parameter| parameter.trim().strip_prefix("q="))
            .find_map(|quality| quality.trim().parse::<f32>().ok())
            .map_or(1.0, |quality| quality.clamp(0.0, 1.0));
        let media_type = media_type.trim();
        let specificity = match media_type {
            "*/*" => 0,
            range if range.ends_with("/*") => 1,
            _ => 2,
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
        Self { media_type, quality: (quality * 1000.0) as u16, specificity }
    }

    fn is_problem(&self) -> bool {
        matches!(self.media_type, "application/problem+json" | "application/problem+xml")
    }

    fn covers(&self, offer: &str) -> bool {
        match self.media_type.strip_suffix('*') {
            Some("*/") => true,
            Some(prefix) => offer.len() >= prefix.len() && offer[..prefix.len()].eq_ignore_ascii_case(prefix),
            // A problem is an answer too, and every client of ours that accepts one means JSON.
            None => {
                self.media_type.eq_ignore_ascii_case(offer)
                    || (offer == "application/json" && self.media_type == "application/problem+json")
                    || (offer == "application/xml" && self.media_type == "application/problem+xml")
            }
        }
    }
}

/// The format of the body. What is said of the types depends on whether the resource has messages.
pub(super) fn body_format(headers: &HeaderMap, patch: bool, protobuf: bool) -> Result<Format> {
    let types = body_types(patch, protobuf);
    let unsupported = |said: &str| {
        let sentence = format!("{said}; send one of {types}, in UTF-8");
        Error::new(ErrorKind::UnsupportedMediaType, sentence)
    };
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(unsupported("the Content-Type header is missing"));
    };
    let value = value.to_str().unwrap_or_default();
    if value == "application/json" {
        return Ok(Format::Json);
    }
    let (media_type, parameters) = value.split_once(';').unwrap_or((value, ""));
    let utf8 = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| {
            let charset = charset.trim_matches('"');
            charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii")
        });
    match media_type.trim().to_ascii_lowercase().as_str() {
        _ if !utf8 => Err(unsupported("the body's charset is not supported")),
        "application/json" => Ok(Format::Json),
        "application/merge-patch+json" if patch => Ok(Format::Json),
        #[cfg(feature = "xml")]
        "application/xml" | "text/xml" => Ok(Format::Xml),
        #[cfg(feature = "grpc")]
        "application/protobuf" | "application/x-protobuf" => Ok(Format::Protobuf),
        _ => Err(unsupported("the body's type is not supported")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &'static str) -> Result<Format> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, http::HeaderValue::from_static(value))]);
        answer_format(&headers, true)
    }

    #[test]
    #[cfg(feature = "grpc")]
    fn protobuf_is_for_who_names_it() {
        assert_eq!(accept("application/protobuf").unwrap(), Format::Protobuf);
        assert_eq!(accept("application/x-protobuf, */*;q=0.5").unwrap(), Format::Protobuf);
        assert_eq!(accept("application/protobuf, application/problem+json").unwrap(), Format::Protobuf);
        assert_eq!(accept("application/protobuf, application/json").unwrap(), Format::Json);
        assert_eq!(accept("application/*").unwrap(), Format::Json);
        let both = "application/protobuf, application/json;q=0.5";
        let headers = HeaderMap::from_iter([(header::ACCEPT, http::HeaderValue::from_static(both))]);
        assert_eq!(answer_format(&headers, false).unwrap(), Format::Json);
        let headers = HeaderMap::from_iter([(header::ACCEPT, "application/protobuf".parse().unwrap())]);
        let error = answer_format(&headers, false).unwrap_err();
        assert!(error.message().contains("fourfold_codegen::build"), "{error}");
        assert!(!error.message().contains("application/protobuf"), "{error}");
    }

    #[test]
    #[cfg(feature = "xml")]
    fn the_most_specific_range_decides_and_the_highest_quality_wins() {
        assert_eq!(accept("application/xml").unwrap(), Format::Xml);
        assert_eq!(accept("application/xml;q=0.5, application/*").unwrap(), Format::Json);
        assert_eq!(accept("application/json;q=0.1, text/xml;q=0.2").unwrap(), Format::Xml);
        assert_eq!(accept("application/json;q=0, */*").unwrap(), Format::Xml);
        assert_eq!(accept("text/html, */*;q=0.1").unwrap(), Format::Json);
    }

    #[test]
    fn nothing_acceptable_is_said() {
        assert_eq!(accept("text/html").unwrap_err().kind(), ErrorKind::NotAcceptable);
        assert_eq!(
            accept("application/json;q=0, application/xml;q=0").unwrap_err().kind(),
            ErrorKind::NotAcceptable
        );
    }
}
