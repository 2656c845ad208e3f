//! JSON as people read it, in parts: each is printed at the depth at which it will stand, so that a large document is put
//! together of texts and never stands in memory as a tree.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The text of a value whose lines after the first begin at `depth`.
pub(crate) fn at(depth: usize, value: &impl Serialize) -> String {
    let mut out = Vec::with_capacity(1024);
    let mut serializer = Serializer::with_formatter(&mut out, Indented { depth, filled: false });
    // Nothing in it can fail to be written: all keys are text and all numbers finite.
    let _ = value.serialize(&mut serializer);
    String::from_utf8(out).unwrap_or_default()
}

/// Adds an object of members that are printed already, at `depth + 1`.
#[cfg(feature = "files")]
pub(crate) fn object<K: AsRef<str>, V: AsRef<str>>(
    out: &mut String,
    depth: usize,
    members: impl IntoIterator<Item = (K, V)>,
) {
    out.push('{');
    let mut filled = false;
    for (name, text) in members {
        member(out, depth + 1, !filled, name.as_ref());
        out.push_str(text.as_ref());
        filled = true;
    }
    if filled {
        line(out, depth);
    }
    out.push('}');
}

/// Begins a member of an object: its name. The value follows.
#[cfg(feature = "files")]
pub(crate) fn member(out: &mut String, depth: usize, first: bool, name: &str) {
    if !first {
        out.push(',');
    }
    line(out, depth);
    out.push_str(&at(depth, &name));
    out.push_str(": ");
}

/// Begins a line.
#[cfg(feature = "files")]
pub(crate) fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Two spaces for each level, a line for each member.
struct Indented {
    depth: usize,
    filled: bool,
}

impl Indented {
    fn line(&self, writer: &mut (impl Write + ?Sized), comma: bool) -> io::Result<()> {
        const SPACE: &[u8] = &[b' '; 64];
        writer.write_all(if comma { b",\n" } else { b"\n" })?;
        let mut left = self.depth * 2;
        while left > SPACE.len() {
            writer.write_all(SPACE)?;
            left -= SPACE.len();
        }
        writer.write_all(&SPACE[..left])
    }

    fn begin(&mut self, writer: &mut (impl Write + ?Sized), bracket: u8) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(&[bracket])
    }

    fn end(&mut self, writer: &mut (impl Write + ?Sized), bracket: u8) -> io::Result<()> {
        self.depth -= 1;
        if self.filled {
            self.line(writer, false)?;
        }
        writer.write_all(&[bracket])
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'[')
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b']')
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.line(writer, !first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'{')
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b'}')
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.line(writer, !first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(all(test, feature = "files"))]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_is_what_serde_json_prints() {
        let value = json!({"a": [], "b": {}, "c": [1, [2, {"d": null}], {}], "e": {"f": "g\n\"h"}});
        assert_eq!(at(0, &value), serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn parts_become_a_whole() {
        let (one, other) = (json!({"x": [1, 2], "y": {}}), json!("text"));
        let mut out = String::new();
        object(&mut out, 0, [("one", at(1, &one)), ("other", at(1, &other))]);
        assert_eq!(out, serde_json::to_string_pretty(&json!({"one": one, "other": other})).unwrap());
        let mut out = String::new();
        object(&mut out, 3, [("", ""); 0]);
        assert_eq!(out, "{}");
    }
}
