//! A document as elements and text. What is not well-formed, or more than a body needs, ends the reading.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::errors::IllFormedError;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{XSI, is_char};

const MAX_DEPTH: usize = 64;
/// Attributes of one element. More are an attack on the search for duplicates.
const MAX_ATTRIBUTES: usize = 32;

/// Why reading can't go on: a code and a sentence.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// What comes next inside an element.
pub(super) enum Node<'i> {
    Open(Tag<'i>),
    Close,
    Text(Cow<'i, str>),
}

/// The start of an element.
pub(super) struct Tag<'i> {
    start: BytesStart<'i>,
    /// `xsi:nil` is true.
    pub(super) nil: bool,
    pub(super) key: Option<String>,
    /// What is wrong with the other attributes.
    pub(super) wrong: Option<String>,
}

impl Tag<'_> {
    pub(super) fn name(&self) -> &str {
        self.start.name().0
    }
}

pub(super) struct Source<'i> {
    text: &'i str,
    reader: NsReader<&'i [u8]>,
    depth: usize,
}

impl<'i> Source<'i> {
    pub(super) fn new(body: &'i [u8]) -> Result<Self, Stop> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text = std::str::from_utf8(body)
            .map_err(|_| Stop { code: "encoding", message: "must be XML in UTF-8".to_owned() })?;
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.enable_all_checks(true);
        config.expand_empty_elements = true;
        let source = Self { text, reader, depth: 0 };
        match text.char_indices().find(|(_, character)| !is_char(*character)) {
            Some((position, _)) => {
                Err(source.stop_at(position, "syntax", "a character is not allowed in XML"))
            }
            None => Ok(source),
        }
    }

    /// The start of the root element.
    pub(super) fn root(&mut self) -> Result<Tag<'i>, Stop> {
        let mut first = true;
        loop {
            match self.event()? {
                Event::Start(start) => return self.open(start),
                Event::Decl(declaration) if first => self.check_declaration(&declaration)?,
                Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if is_blank(&text) => {}
                Event::DocType(_) => return Err(self.document_type()),
                _ => return Err(self.stop("syntax", "a document must begin with its root element")),
            }
            first = false;
        }
    }

    /// What comes next inside the root element.
    pub(super) fn next(&mut self) -> Result<Node<'i>, Stop> {
        loop {
            return match self.event()? {
                Event::Start(start) => self.open(start).map(Node::Open),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Ok(Node::Close)
                }
                Event::Text(text) if text.contains("]]>") => {
                    Err(self.stop("syntax", "write ]]> as ]]&gt; in text"))
                }
                Event::Text(text) => Ok(Node::Text(text.xml10_content())),
                Event::CData(text) => Ok(Node::Text(text.xml10_content())),
                Event::GeneralRef(reference) => self.reference(&reference).map(Node::Text),
                Event::Comment(_) | Event::PI(_) => continue,
                Event::DocType(_) => Err(self.document_type()),
                Event::Eof => Err(self.stop("syntax", "the document ends inside an element")),
                Event::Decl(_) | Event::Empty(_) => {
                    Err(self.stop("syntax", "a declaration must be the very beginning of a document"))
                }
            };
        }
    }

    /// The rest of an element whose start has been read.
    pub(super) fn skip(&mut self) -> Result<(), Stop> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// What follows the root element.
    pub(super) fn end(&mut self) -> Result<(), Stop> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if is_blank(&text) => {}
                _ => return Err(self.stop("syntax", "nothing may follow the root element")),
            }
        }
    }

    fn event(&mut self) -> Result<Event<'i>, Stop> {
        self.reader.read_event().map_err(|error| self.ill_formed(&error))
    }

    fn open(&mut self, start: BytesStart<'i>) -> Result<Tag<'i>, Stop> {
        if self.depth == MAX_DEPTH {
            return Err(self.stop("depth", format!("elements may be nested {MAX_DEPTH} deep at most")));
        }
        self.depth += 1;
        match self.reader.resolver().resolve_element(start.name()).0 {
            ResolveResult::Unbound => {}
            ResolveResult::Bound(namespace) if namespace.0.is_empty() => {}
            ResolveResult::Bound(_) => {
                return Err(self.stop("namespace", "elements belong to no namespace here: leave xmlns out"));
            }
            ResolveResult::Unknown(_) => return Err(self.stop("namespace", "a prefix is not declared")),
        }
        let (mut nil, mut key, mut wrong) = (None, None, None);
        for (count, attribute) in start.attributes().enumerate() {
            let attribute = attribute.map_err(|error| self.ill_formed(&error.into()))?;
            if count == MAX_ATTRIBUTES {
                return Err(
                    self.stop("length", format!("an element may have {MAX_ATTRIBUTES} attributes at most"))
                );
            }
            if attribute.value.contains('<') {
                return Err(self.stop("syntax", "write < as &lt; in an attribute"));
            }
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| self.ill_formed(&error))?;
            if !value.chars().all(is_char) {
                return Err(self.stop("syntax", "a reference is to a character that is not allowed in XML"));
            }
            match self.reader.resolver().resolve_attribute(attribute.key) {
                (ResolveResult::Bound(namespace), name) if namespace.0 == XSI && name.as_ref() == "nil" => {
                    match value.trim() {
                        _ if nil.is_some() => return Err(self.stop("syntax", "xsi:nil is there twice")),
                        "true" | "1" => nil = Some(true),
                        "false" | "0" => nil = Some(false),
                        _ => wrong = Some("has an xsi:nil that is neither true nor false".to_owned()),
                    }
                }
                (ResolveResult::Unbound, name) if name.as_ref() == "key" => key = Some(value.into_owned()),
                (ResolveResult::Unknown(_), _) => {
                    return Err(self.stop("namespace", "a prefix is not declared"));
                }
                _ => {
                    let name: String = attribute.key.0.chars().take(64).collect();
                    wrong = Some(format!("has the attribute {name}, which is not known here"));
                }
            }
        }
        Ok(Tag { start, nil: nil.unwrap_or(false), key, wrong })
    }

    fn check_declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), Stop> {
        let version = declaration.version().map_err(|error| self.ill_formed(&error))?;
        if version != "1.0" {
            return Err(self.stop("version", "must be XML 1.0"));
        }
        match declaration.encoding().transpose().map_err(|error| self.ill_formed(&error.into()))? {
            Some(name) if !name.eq_ignore_ascii_case("utf-8") && !name.eq_ignore_ascii_case("us-ascii") => {
                Err(self.stop("encoding", "must be XML in UTF-8"))
            }
            _ => Ok(()),
        }
    }

    /// A character, or one of the five entities that need no declaration.
    fn reference(&self, reference: &BytesRef<'_>) -> Result<Cow<'i, str>, Stop> {
        if let Some(text) = quick_xml::escape::resolve_xml_entity(reference) {
            return Ok(Cow::Borrowed(text));
        }
        match reference.resolve_char_ref() {
            Ok(Some(character)) if is_char(character) => Ok(Cow::Owned(character.to_string())),
            Ok(None) => {
                let message = "only the entities amp, lt, gt, quot and apos and numbers may be referred to";
                Err(self.stop("syntax", message))
            }
            Ok(Some(_)) | Err(_) => {
                Err(self.stop("syntax", "a reference is to a character that is not allowed in XML"))
            }
        }
    }

    fn document_type(&self) -> Stop {
        self.stop("doctype", "a document type declaration is not allowed")
    }

    /// What is wrong with the document, without its content.
    fn ill_formed(&self, error: &quick_xml::Error) -> Stop {
        use quick_xml::Error;
        let reason = match error {
            Error::Syntax(error) => error.to_string(),
            Error::IllFormed(error) => match error {
                IllFormedError::MissingEndTag(_) => "an element is not closed",
                IllFormedError::UnmatchedEndTag(_) | IllFormedError::MismatchedEndTag { .. } => {
                    "an end tag does not match its start tag"
                }
                IllFormedError::DoubleHyphenInComment => "a comment contains --",
                IllFormedError::UnclosedReference => "a reference has no end; write & as &amp;",
                _ => "a declaration is not complete",
            }
            .to_owned(),
            Error::InvalidAttr(_) => "an attribute is malformed, or there twice".to_owned(),
            Error::Escape(_) => {
                "a reference is malformed, or not to one of the entities that XML has".to_owned()
            }
            Error::Namespace(_) => "a namespace is declared wrongly, or there are too many".to_owned(),
            Error::Io(_) | Error::Encoding(_) => "the text can't be read".to_owned(),
        };
        let position = match error {
            Error::Syntax(_) | Error::IllFormed(_) => self.reader.error_position(),
            _ => self.reader.buffer_position(),
        };
        self.stop_at(usize::try_from(position).unwrap_or(usize::MAX), "syntax", &reason)
    }

    fn stop(&self, code: &'static str, message: impl AsRef<str>) -> Stop {
        let position = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        self.stop_at(position, code, message.as_ref())
    }

    fn stop_at(&self, position: usize, code: &'static str, message: &str) -> Stop {
        let before = self.text.get(..position).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        let message = match code {
            "syntax" => format!("is not valid XML: {message} at line {line}, column {column}"),
            _ => format!("{message} (line {line}, column {column})"),
        };
        Stop { code, message }
    }
}

/// Whether text is nothing but what stands between elements to make them readable.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}
