//! Changes of definitions that matter to tables.

use fourfold_codegen::migrations::Said;

use crate::definition::{Definition, Item, Kind, Part};
use crate::random::Random;

/// Types with what a new field says of the rows that are there.
const NEW: [(&str, &str); 12] = [
    ("Option<String>", ""),
    ("Option<i64>", ""),
    ("Option<Timestamp>", ""),
    ("Option<Decimal>", ""),
    ("String", "default = \"it's\""),
    ("u64", "default = 7"),
    ("bool", "default = true"),
    ("Decimal", "default = \"1.50\""),
    ("Vec<String>", ""),
    ("BTreeMap<String, i64>", ""),
    ("Status", "output_only"),
    ("f64", "default = 0.5"),
];

/// Types whose values are all values of the other.
const WIDER: [(&str, &str); 9] = [
    ("i32", "i64"),
    ("u32", "i64"),
    ("u32", "u64"),
    ("i64", "Decimal"),
    ("u64", "Decimal"),
    ("f32", "f64"),
    ("i64", "String"),
    ("bool", "i64"),
    ("Decimal", "String"),
];

/// What a step does beside changing the definition.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) said: Said,
    /// No row may be left of before: some would break what is asked for.
    pub(crate) wipes: bool,
    pub(crate) what: Vec<String>,
    /// Choices, the value of each that went, and the first of those that are left.
    gone: Vec<(String, String, String)>,
}

/// One change, if the dice find one.
pub(crate) fn one(definition: &mut Definition, step: &mut Step, random: &mut Random) {
    let before = step.what.len();
    for _ in 0..20 {
        if let Some(what) = try_one(definition, step, random) {
            step.what.push(what);
        }
        if step.what.len() > before {
            return;
        }
    }
}

fn try_one(definition: &mut Definition, step: &mut Step, random: &mut Random) -> Option<String> {
    let resources: Vec<usize> = kinds(definition, Kind::Resource);
    let index = *random.of(&resources)?;
    match random.below(16) {
        0..=3 => Some(add(definition, index, random)),
        4 => remove(&mut definition.items[index], random),
        5 | 6 => rename(definition, index, random),
        7 => widen(&mut definition.items[index], random),
        8 => optional(&mut definition.items[index], random),
        9..=11 => word(&mut definition.items[index], step, random),
        12 => values(definition, step, random),
        13 => resource(definition, random),
        14 => managed(&mut definition.items[index], step, random),
        _ => Some(table(definition, index)),
    }
}

fn kinds(definition: &Definition, kind: Kind) -> Vec<usize> {
    let items = definition.items.iter().enumerate().filter(|(_, item)| item.kind == kind);
    items.map(|(index, _)| index).collect()
}

fn add(definition: &mut Definition, index: usize, random: &mut Random) -> String {
    let number = definition.fresh();
    let mut part = if random.below(6) == 0 && index != 0 {
        let order = format!("references = \"{}.Order\"", definition.package);
        Part { words: vec![order], ..Part::new(&format!("order_{number}"), "Option<Uuid>") }
    } else {
        let (ty, words) = *random.of(&NEW).expect("a type");
        let words = Some(words).filter(|words| !words.is_empty()).map(str::to_owned);
        Part { words: words.into_iter().collect(), ..Part::new(&format!("new_{number}"), ty) }
    };
    if random.below(4) == 0 && !part.ty.contains(['V', 'B']) {
        part.words.push("filter".to_owned());
    }
    let item = &mut definition.items[index];
    let what = format!("add {}.{}: {} ({:?})", item.name, part.name, part.ty, part.words);
    let place = random.below(item.parts.len() + 1);
    item.parts.insert(place, part);
    what
}

fn is_managed(part: &Part) -> bool {
    part.words.iter().any(|word| ["version", "deleted_at", "created_at"].contains(&word.as_str()))
}

fn remove(item: &mut Item, random: &mut Random) -> Option<String> {
    let some = random.below(item.parts.len());
    if item.parts.len() < 2 || is_managed(item.parts.get(some)?) {
        return None;
    }
    let part = item.parts.remove(some);
    Some(format!("remove {}.{}", item.name, part.name))
}

fn rename(definition: &mut Definition, index: usize, random: &mut Random) -> Option<String> {
    let next = definition.fresh();
    let item = &mut definition.items[index];
    let some = random.below(item.parts.len());
    let part = item.parts.get_mut(some)?;
    part.was = Some(std::mem::replace(&mut part.name, format!("called_{next}")));
    Some(format!("rename {}.{} to {}", item.name, part.was.as_deref().unwrap_or_default(), part.name))
}

fn widen(item: &mut Item, random: &mut Random) -> Option<String> {
    let some = random.below(item.parts.len());
    let part = item.parts.get_mut(some)?;
    let bare =
        part.ty.strip_prefix("Option<").and_then(|ty| ty.strip_suffix('>')).unwrap_or(&part.ty).to_owned();
    if is_managed(part) {
        return None;
    }
    let wider: Vec<&str> = WIDER.iter().filter(|(from, _)| *from == bare).map(|(_, to)| *to).collect();
    let to = *random.of(&wider)?;
    part.ty = part.ty.replace(&bare, to);
    part.words.retain(|word| !word.starts_with("default"));
    Some(format!("store {}.{} as {to} instead of {bare}", item.name, part.name))
}

/// Optional, or not any more, with a value for the rows that hold null.
fn optional(item: &mut Item, random: &mut Random) -> Option<String> {
    let some = random.below(item.parts.len());
    let part = item.parts.get_mut(some)?;
    if is_managed(part) || part.words.iter().any(|word| word.starts_with("references")) {
        return None;
    }
    if let Some(bare) = part.ty.strip_prefix("Option<").and_then(|ty| ty.strip_suffix('>')) {
        let (_, default) = NEW.iter().find(|(ty, words)| *ty == bare && words.starts_with("default"))?;
        part.words.retain(|word| !word.starts_with("default"));
        part.words.push((*default).to_owned());
        part.ty = bare.to_owned();
        return Some(format!("{}.{} is never null", item.name, part.name));
    }
    part.ty = format!("Option<{}>", part.ty);
    part.words.retain(|word| word != "output_only");
    Some(format!("{}.{} may be null", item.name, part.name))
}

fn word(item: &mut Item, step: &mut Step, random: &mut Random) -> Option<String> {
    let some = random.below(item.parts.len());
    let part = item.parts.get_mut(some)?;
    let word = *random.of(&["unique", "filter", "sort"])?;
    let bare = part.ty.strip_prefix("Option<").and_then(|ty| ty.strip_suffix('>')).unwrap_or(&part.ty);
    let takes = ["String", "i32", "i64", "u64", "Decimal", "Uuid", "Timestamp"].contains(&bare);
    if !takes || is_managed(part) {
        return None;
    }
    let before = part.words.len();
    part.words.retain(|other| other != word);
    if part.words.len() < before {
        return Some(format!("{}.{} is not {word} any more", item.name, part.name));
    }
    part.words.push(word.to_owned());
    // What was filled with one value is not unique.
    step.wipes |= word == "unique";
    Some(format!("{}.{} is {word}", item.name, part.name))
}

/// A value comes or goes; what rows hold that has gone becomes the first one.
fn values(definition: &mut Definition, step: &mut Step, random: &mut Random) -> Option<String> {
    let number = definition.fresh();
    let choice = *random.of(&kinds(definition, Kind::Choice))?;
    let name = definition.items[choice].name.clone();
    if random.below(2) == 0 || definition.items[choice].parts.len() < 2 {
        definition.items[choice].parts.push(Part::new(&format!("New{number}"), ""));
        return Some(format!("add {name}::New{number}"));
    }
    let some = 1 + random.below(definition.items[choice].parts.len() - 1);
    let gone = definition.items[choice].parts.remove(some).name.to_lowercase();
    let first = definition.items[choice].parts.first()?.name.to_lowercase();
    let what = format!("remove {name}::{gone}");
    step.gone.push((name, gone, first));
    Some(what)
}

impl Step {
    /// Says of every column what becomes of values that are gone, by the names that things have at the end.
    pub(crate) fn finish(&mut self, definition: &Definition) {
        for (name, gone, first) in &self.gone {
            for item in definition.items.iter().filter(|item| item.kind == Kind::Resource) {
                let is_of = |part: &&Part| part.ty == *name || part.ty == format!("Option<{name}>");
                let is_new =
                    |part: &&Part| self.what.iter().any(|what| what.contains(&format!(".{}: ", part.name)));
                for part in item.parts.iter().filter(is_of).filter(|part| !is_new(part)) {
                    let place = format!("{}.{}", table_of(item), part.name);
                    let before = self.said.using.remove(&place).and_then(|said| said.into_iter().next());
                    let before = before.map_or_else(|| format!("\"{}\"", part.name), |(_, sql)| sql);
                    let sql = format!("CASE WHEN {before} = '{gone}' THEN '{first}' ELSE {before} END");
                    self.said.using.insert(place, vec![(None, sql)]);
                }
            }
        }
    }
}

/// The table as the model names it: these names have plain plurals.
pub(crate) fn table_of(item: &Item) -> String {
    item.table.clone().unwrap_or_else(|| format!("{}s", item.name.to_lowercase()))
}

fn resource(definition: &mut Definition, random: &mut Random) -> Option<String> {
    let number = definition.fresh();
    if random.below(3) > 0 {
        let parts = vec![Part::new("size", "i32"), Part::new("status", "Status")];
        let name = format!("Extra{number}");
        let item =
            Item { name: name.clone(), kind: Kind::Resource, parts, operations: Vec::new(), table: None };
        definition.items.push(item);
        return Some(format!("add the resource {name}"));
    }
    // Any but the first, to which others refer.
    let resources = kinds(definition, Kind::Resource);
    let index = *random.of(resources.get(1..)?)?;
    Some(format!("remove the resource {}", definition.items.remove(index).name))
}

/// What the store keeps itself: the version, and when a row was deleted.
fn managed(item: &mut Item, step: &mut Step, random: &mut Random) -> Option<String> {
    let (word, ty) = *random.of(&[
        ("version", "i64"),
        ("deleted_at", "Option<Timestamp>"),
        ("created_at", "Timestamp"),
    ])?;
    if let Some(place) = item.parts.iter().position(|part| part.words == [word]) {
        item.parts.remove(place);
        step.said.allow_destructive |= word == "deleted_at";
        return Some(format!("remove {}.{word}", item.name));
    }
    item.parts.push(Part { words: vec![word.to_owned()], ..Part::new(word, ty) });
    Some(format!("add {}.{word}", item.name))
}

fn table(definition: &mut Definition, index: usize) -> String {
    let number = definition.fresh();
    let item = &mut definition.items[index];
    item.table = Some(format!("moved_{number}"));
    format!("move {} to moved_{number}", item.name)
}
