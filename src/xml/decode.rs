//! Decoding by the table. A wrong value is noted and reading goes on, so that a caller learns all of it at once.

use std::collections::BTreeMap;

use super::source::{Node, Source, Stop, Tag, is_blank};
use crate::cell::{Cell, Change, Input};
use crate::descriptor::{Field, Kind, Scalar, Type};
use crate::input::{self, At, Mode, Violations};
use crate::{json, text};

/// Reads a body, whose root is called `element`, into an input. `None` means that something is wrong; what, is in
/// `violations`.
pub(crate) fn object(
    mode: Mode,
    fields: &'static [Field],
    element: &str,
    body: &[u8],
    violations: &mut Violations,
) -> Option<Input> {
    let read = Source::new(body).and_then(|source| {
        let mut decoder = Decoder { source, violations };
        let tag = decoder.source.root()?;
        let input = decoder.root(mode, fields, element, &tag)?;
        decoder.source.end()?;
        Ok(input)
    });
    match read {
        Ok(input) => input,
        Err(Stop { code, message }) => {
            violations.push(&At::ROOT, code, message);
            None
        }
    }
}

/// What is read, or `None` where it is wrong and that has been noted.
type Read<T> = Result<Option<T>, Stop>;

struct Decoder<'i, 'v> {
    source: Source<'i>,
    violations: &'v mut Violations,
}

impl<'i> Decoder<'i, '_> {
    fn root(&mut self, mode: Mode, fields: &'static [Field], element: &str, tag: &Tag<'i>) -> Read<Input> {
        self.attributes(tag, &At::ROOT);
        if tag.name() != element {
            self.violations.push(&At::ROOT, "type", format!("must be an element called {element}"));
            self.source.skip()?;
            return Ok(None);
        }
        if tag.nil {
            self.violations.push(&At::ROOT, "null", "may not be null");
            self.source.skip()?;
            return Ok(None);
        }
        self.fields(mode, fields, &At::ROOT).map(Some)
    }

    /// The elements of an object's fields.
    fn fields(&mut self, mode: Mode, fields: &'static [Field], here: &At<'_>) -> Result<Input, Stop> {
        let mut input: Input = Vec::new();
        input.resize_with(fields.len(), || None);
        let mut seen = vec![false; fields.len()];
        let mut stray = false;
        while let Some(tag) = self.child(here, &mut stray)? {
            let Some(index) = fields.iter().position(|field| field.name == tag.name()) else {
                input::unknown(fields, tag.name(), here, self.violations);
                self.source.skip()?;
                continue;
            };
            let field = &fields[index];
            let at = here.key(field.name);
            if std::mem::replace(&mut seen[index], true) {
                self.violations.push(&at, "duplicate", "is there more than once");
                self.source.skip()?;
            } else if let Some(refusal) = mode.refusal(index, field) {
                self.violations.push(&at, "output_only", refusal);
                self.source.skip()?;
            } else {
                self.attributes(&tag, &at);
                let change = self.change(&field.ty, mode, &tag, &at)?;
                // What is wrong has been noted; it is not missing too.
                input[index] = Some(change.unwrap_or(Change::Set(Cell::Null)));
            }
        }
        input::complete(mode, fields, &mut input, here, self.violations);
        Ok(input)
    }

    /// What is said about one field.
    fn change(&mut self, ty: &Type, mode: Mode, tag: &Tag<'i>, at: &At<'_>) -> Read<Change> {
        let is_json = matches!(ty.kind, Kind::Scalar(Scalar::Json));
        if tag.nil {
            self.empty(at)?;
            return Ok(match (ty.optional, is_json) {
                (true, _) => Some(Change::Set(Cell::Null)),
                (false, true) => Some(Change::Set(Cell::Json(serde_json::Value::Null))),
                (false, false) => {
                    self.violations.push(at, "null", "may not be null");
                    None
                }
            });
        }
        if mode.is_update() {
            match ty.kind {
                Kind::Value(value) => {
                    return Ok(Some(Change::Merge(self.fields(Mode::ValueUpdate, value.fields, at)?)));
                }
                Kind::Map(kind) => {
                    return self.merge_map(kind, at).map(|entries| Some(Change::MergeMap(entries)));
                }
                Kind::Scalar(Scalar::Json) => {
                    let value = self.json(at)?;
                    return Ok(value.map(|value| match value {
                        serde_json::Value::Null if ty.optional => Change::Set(Cell::Null),
                        serde_json::Value::Null => Change::Set(Cell::Json(value)),
                        value => Change::MergeJson(value),
                    }));
                }
                _ => {}
            }
        }
        let cell = self.cell(&ty.kind, mode.nested(), at)?;
        Ok(cell.map(|cell| match cell {
            // JSON's own null and an absent value are one thing in an optional `Json` field.
            Cell::Json(serde_json::Value::Null) if ty.optional => Change::Set(Cell::Null),
            cell => Change::Set(cell),
        }))
    }

    /// A complete value that is not null.
    fn cell(&mut self, kind: &Kind, mode: Mode, here: &At<'_>) -> Read<Cell> {
        // Lists and maps of lists are replaced whole, so what they hold is complete even in an update.
        let mode = if mode.is_update() { Mode::Value } else { mode };
        match kind {
            Kind::Scalar(Scalar::Json) => Ok(self.json(here)?.map(Cell::Json)),
            Kind::Scalar(_) | Kind::Choice(_) => self.scalar(kind, here),
            Kind::Value(value) => {
                let input = self.fields(mode, value.fields, here)?;
                Ok(Some(Cell::Value(input::into_cells(input))))
            }
            Kind::List(element) => {
                let mut cells = Vec::new();
                let mut stray = false;
                while let Some(tag) = self.child(here, &mut stray)? {
                    if tag.name() != "item" {
                        self.misplaced(&tag, "a list holds item elements", here)?;
                        continue;
                    }
                    let at = here.index(cells.len());
                    let cell = self.element(element, mode, &tag, &at)?;
                    cells.push(cell.unwrap_or(Cell::Null));
                }
                Ok(Some(Cell::List(cells)))
            }
            Kind::Map(element) => {
                let mut cells = BTreeMap::new();
                let mut stray = false;
                while let Some((tag, key)) = self.entry(here, &mut stray)? {
                    let at = here.key(&key);
                    let cell = self.element(element, mode, &tag, &at)?;
                    if cells.contains_key(&key) {
                        self.violations.push(&at, "duplicate", "is there more than once");
                    }
                    cells.insert(key, cell.unwrap_or(Cell::Null));
                }
                Ok(Some(Cell::Map(cells)))
            }
        }
    }

    /// An element of a list, or an entry of a map, neither of which may be null.
    fn element(&mut self, kind: &Kind, mode: Mode, tag: &Tag<'i>, at: &At<'_>) -> Read<Cell> {
        self.attributes(tag, at);
        let ty = Type { optional: false, kind: *kind };
        let change = self.change(&ty, mode, tag, at)?;
        Ok(change.and_then(|change| match change {
            Change::Set(cell) => Some(cell),
            _ => None,
        }))
    }

    fn merge_map(&mut self, element: &Kind, here: &At<'_>) -> Result<Vec<(String, Change)>, Stop> {
        // An entry may be set to null, which takes it away, whatever the element's type.
        let ty = Type { optional: true, kind: *element };
        let mut entries: Vec<(String, Change)> = Vec::new();
        let mut keys = std::collections::BTreeSet::new();
        let mut stray = false;
        while let Some((tag, key)) = self.entry(here, &mut stray)? {
            let at = here.key(&key);
            self.attributes(&tag, &at);
            let change = self.change(&ty, Mode::ValueUpdate, &tag, &at)?;
            if !keys.insert(key.clone()) {
                self.violations.push(&at, "duplicate", "is there more than once");
            }
            entries.push((key, change.unwrap_or(Change::Set(Cell::Null))));
        }
        Ok(entries)
    }

    /// The next entry of a map, with its key.
    fn entry(&mut self, here: &At<'_>, stray: &mut bool) -> Read<(Tag<'i>, String)> {
        while let Some(mut tag) = self.child(here, stray)? {
            match tag.key.take() {
                Some(key) if tag.name() == "entry" => return Ok(Some((tag, key))),
                None if tag.name() == "entry" => {
                    self.violations.push(here, "required", "has an entry without a key attribute");
                    self.source.skip()?;
                }
                _ => self.misplaced(&tag, "a map holds entry elements", here)?,
            }
        }
        Ok(None)
    }

    /// The next element inside this one; text in between is noted once.
    fn child(&mut self, here: &At<'_>, stray: &mut bool) -> Read<Tag<'i>> {
        if self.violations.is_full() {
            return Err(Stop { code: "length", message: "too much is wrong".to_owned() });
        }
        loop {
            match self.source.next()? {
                Node::Open(tag) => return Ok(Some(tag)),
                Node::Close => return Ok(None),
                Node::Text(text) if is_blank(&text) || std::mem::replace(stray, true) => {}
                Node::Text(_) => {
                    self.violations.push(here, "type", "must hold elements, and no text beside them");
                }
            }
        }
    }

    fn misplaced(&mut self, tag: &Tag<'i>, allowed: &str, here: &At<'_>) -> Result<(), Stop> {
        self.violations.push(&here.key(tag.name()), "unknown", format!("is not known here: {allowed}"));
        self.source.skip()
    }

    fn scalar(&mut self, kind: &Kind, at: &At<'_>) -> Read<Cell> {
        let Some(content) = self.text(kind, at)? else { return Ok(None) };
        // Space around a number or a time means nothing, as in XML Schema; in a string it does.
        let content = match kind {
            Kind::Scalar(Scalar::String) => content.as_str(),
            _ => content.trim_matches([' ', '\t', '\n', '\r']),
        };
        let cell = text::parse(kind, content);
        if cell.is_none() {
            input::wrong_type(kind, at, self.violations);
        }
        Ok(cell)
    }

    fn json(&mut self, at: &At<'_>) -> Read<serde_json::Value> {
        let content = self.text(&Kind::Scalar(Scalar::Json), at)?;
        Ok(content.and_then(|content| json::any(&content, at, self.violations)))
    }

    /// The text of an element that holds nothing else.
    fn text(&mut self, kind: &Kind, at: &At<'_>) -> Read<String> {
        let mut content = String::new();
        let mut elements = false;
        loop {
            match self.source.next()? {
                Node::Text(text) => content.push_str(&text),
                Node::Close => break,
                Node::Open(_) => {
                    elements = true;
                    self.source.skip()?;
                }
            }
        }
        if elements {
            let message = format!("must be {}, as text without elements", input::expected(kind));
            self.violations.push(at, "type", message);
        }
        Ok((!elements).then_some(content))
    }

    /// The end of an element that is null.
    fn empty(&mut self, at: &At<'_>) -> Result<(), Stop> {
        let mut content = false;
        loop {
            match self.source.next()? {
                Node::Close => break,
                Node::Text(text) => content |= !is_blank(&text),
                Node::Open(_) => {
                    content = true;
                    self.source.skip()?;
                }
            }
        }
        if content {
            self.violations.push(at, "null", "must be empty where xsi:nil is true");
        }
        Ok(())
    }

    /// An element has no attribute but `xsi:nil`, and an entry its key, which has been taken.
    fn attributes(&mut self, tag: &Tag<'i>, at: &At<'_>) {
        if let Some(wrong) = &tag.wrong {
            self.violations.push(at, "unknown", wrong.clone());
        }
        if tag.key.is_some() {
            self.violations.push(at, "unknown", "has the attribute key, which is not known here");
        }
    }
}
