//! Reading a lock. Git merges it line by line, so it also finds what two branches did to the same message.

use std::collections::BTreeMap;

use super::wanted::Kind;
use super::{Entry, Lock, State};

/// How git marks the two sides of a conflict.
const MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

const FORM: &str = "write `shop.order.v1.Order.created_at = 7 google.protobuf.Timestamp` for a field, or \
                    `shop.order.v1.OrderStatus.ORDER_STATUS_PLACED = 1` for a choice, and `reserved` at the end where it \
                    is gone or `renamed` where it has another name; or let `cargo fourfold generate` write the file";

impl Lock {
    /// Reads a lock, or says everything that is wrong with it, in the order of its lines.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let mut reader = Reader::default();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            reader.line(index + 1, line.trim());
        }
        reader.marks();
        reader.shared();
        if reader.errors.is_empty() {
            return Ok(reader.lock);
        }
        reader.errors.sort_by_key(|(line, _)| *line);
        Err(reader.errors.into_iter().map(|(_, error)| error).collect())
    }
}

#[derive(Default)]
struct Reader {
    lock: Lock,
    /// Where each name stands first.
    lines: BTreeMap<(String, String), usize>,
    marks: Vec<usize>,
    /// Each with the line that it is about.
    errors: Vec<(usize, String)>,
}

impl Reader {
    fn line(&mut self, number: usize, text: &str) {
        if text.is_empty() || text.starts_with('#') {
            return;
        }
        if MARKS.iter().any(|mark| text.starts_with(mark)) {
            self.marks.push(number);
            return;
        }
        match read(text) {
            Ok((message, name, entry)) => self.add(number, message, name, entry),
            Err(reason) => {
                let shown: String = text.chars().take(100).collect();
                self.errors
                    .push((number, format!("line {number}: `{shown}` can't be read: {reason}; {FORM}")));
            }
        }
    }

    /// A merge leaves both sides of a line; what is the same but for its state went on on one side alone.
    fn add(&mut self, line: usize, message: &str, name: &str, entry: Entry) {
        let entries = &mut self.lock.messages.entry(message.to_owned()).or_default().entries;
        let Some(known) = entries.get_mut(name) else {
            entries.insert(name.to_owned(), entry);
            self.lines.insert((message.to_owned(), name.to_owned()), line);
            return;
        };
        let first = self.lines.get(&(message.to_owned(), name.to_owned())).copied().unwrap_or(line);
        if known.number == entry.number && known.ty == entry.ty {
            known.state = known.state.max(entry.state);
        } else {
            let error = format!(
                "lines {first} and {line}: `{message}.{name}` is `{known}` and `{entry}`, as two branches had it: delete \
                 the line that is not released yet, and run `cargo fourfold generate`"
            );
            self.errors.push((first, error));
        }
    }

    fn marks(&mut self) {
        let Some(first) = self.marks.first() else { return };
        let (word, marks) = (if self.marks.len() == 1 { "line" } else { "lines" }, list(&self.marks));
        let error = format!(
            "{word} {marks}: git has left the marks of a merge that it could not finish: delete these lines and keep all \
             that stand between them, of both sides; what does not fit then is said. With `{}` in the `.gitattributes` \
             beside the file, git does it by itself",
            Self::attribute()
        );
        self.errors.push((*first, error));
    }

    fn attribute() -> &'static str {
        Lock::gitattributes().trim_end()
    }

    /// Two fields with one number: each of two branches added one.
    fn shared(&mut self) {
        for (message, numbers) in &self.lock.messages {
            let mut by_number: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
            for (name, entry) in &numbers.entries {
                if entry.state != State::Renamed {
                    by_number.entry(entry.number).or_default().push(name);
                }
            }
            for (number, names) in by_number {
                if names.len() < 2 {
                    continue;
                }
                let line = |name: &&str| self.lines.get(&(message.clone(), (*name).to_owned())).copied();
                let mut lines: Vec<usize> = names.iter().filter_map(line).collect();
                lines.sort_unstable();
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                let error = format!(
                    "lines {}: {} of `{message}` have the number {number}, as two branches gave it to each: keep the \
                     line of the one that is released, delete the other, and run `cargo fourfold generate`, which gives \
                     it the next number",
                    list(&lines),
                    names.join(" and ")
                );
                self.errors.push((lines.first().copied().unwrap_or_default(), error));
            }
        }
    }
}

/// `1, 2 and 3`.
fn list(numbers: &[usize]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    match texts.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => texts.concat(),
    }
}

/// The message, the name in it and what is said about it.
fn read(text: &str) -> Result<(&str, &str, Entry), String> {
    let (full, rest) = text.split_once('=').ok_or("it has no `=`")?;
    let (message, name) =
        names(full.trim()).ok_or("before the `=` there must be a package, a type and a field")?;
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    if words.is_empty() {
        return Err("it has no number".to_owned());
    }
    let kind =
        if name.starts_with(|first: char| first.is_ascii_uppercase()) { Kind::Enum } else { Kind::Message };
    let number = words.remove(0).parse().ok();
    let right = |number: &u32| (1..=kind.most()).contains(number) && !kind.is_kept(*number);
    let Some(number) = number.filter(right) else {
        let range = match kind {
            Kind::Message | Kind::Request => {
                "a number is 1 to 536870911 without 19000 to 19999, which protobuf keeps for itself"
            }
            Kind::Enum => "a choice's number is 1 to 2147483647",
        };
        return Err(range.to_owned());
    };
    let state = match words.last() {
        Some(&"reserved") => State::Reserved,
        Some(&"renamed") => State::Renamed,
        _ => State::Live,
    };
    if state != State::Live {
        words.pop();
    }
    let ty = words.join(" ");
    match kind {
        Kind::Enum if !ty.is_empty() => Err(format!("a choice's name has no type, and here is `{ty}`")),
        Kind::Message | Kind::Request if ty.is_empty() => Err("the type is missing".to_owned()),
        Kind::Message | Kind::Request if !is_type(&ty) => Err(format!("`{ty}` is not a proto type")),
        Kind::Enum | Kind::Message | Kind::Request => Ok((message, name, Entry { number, ty, state })),
    }
}

/// `shop.order.v1.Order` and `created_at`.
fn names(full: &str) -> Option<(&str, &str)> {
    let (message, name) = full.rsplit_once('.')?;
    let (package, item) = message.rsplit_once('.')?;
    let known = item.starts_with(|first: char| first.is_ascii_uppercase())
        && package.split('.').chain([item, name]).all(is_word);
    known.then_some((message, name))
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_type(ty: &str) -> bool {
    let element = ty
        .strip_prefix("repeated ")
        .or_else(|| ty.strip_prefix("map<string, ").and_then(|rest| rest.strip_suffix('>')))
        .unwrap_or(ty);
    element.split('.').all(is_word)
}
