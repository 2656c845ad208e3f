//! What is said to people: what is wrong, and the ways out.

/// What to do where the world has not seen a line.
fn delete_line(full: &str) -> String {
    format!("delete the line of `{full}` from fourfold.lock and run `cargo fourfold generate`")
}

fn quoted(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    names.join(", ")
}

fn last(full: &str) -> &str {
    full.rsplit('.').next().unwrap_or(full)
}

pub(super) fn kind_changed(message: &str, is_enum: bool) -> String {
    let (was, is) = if is_enum { ("a struct", "a choice") } else { ("a choice", "a struct") };
    format!(
        "`{message}` was {was} and is {is}, which those who have the old contract would read wrong: call the new one by \
         another name, or, where it was never released, delete its lines from fourfold.lock"
    )
}

pub(super) fn type_changed(full: &str, number: u32, old: &str, new: &str) -> String {
    format!(
        "`{full}`: the type under the number {number} was `{old}` and is `{new}`, which those who have the old contract \
         would read wrong: give the field its old type and add one of another name with the new type, or call this one by \
         another name without `was`, and {number} is reserved; where {number} was never released, {}",
        delete_line(full)
    )
}

pub(super) fn input_changed(full: &str, old: &str, new: &str) -> String {
    format!(
        "`{full}`: the operation took `{old}` and takes `{new}`, which those who have the old contract would read wrong: \
         let it take `{old}` and change the fields of that, or give the operation another name; where it was never \
         released, {}",
        delete_line(full)
    )
}

pub(super) fn input_is_back(full: &str, old: &str, new: &str) -> String {
    let way = if old == new {
        "if it means what it meant before, take the word `reserved` off the end of its line in fourfold.lock; if not, "
    } else {
        ""
    };
    format!(
        "`{full}`: the operation takes `{new}`, and fourfold.lock says that it took `{old}` and that this went away: {way}\
         give the operation another name; where it was never released, {}",
        delete_line(full)
    )
}

pub(super) fn number_moves(full: &str, said: u32, number: u32) -> String {
    format!(
        "`{full}`: `number = {said}` contradicts fourfold.lock, which has {number}, and a number never moves: write \
         `number = {number}`, or leave it out; where {number} was never released, {}",
        delete_line(full)
    )
}

pub(super) fn number_is_taken(full: &str, number: u32, other: &str, gone: bool) -> String {
    if gone {
        format!(
            "`{full}`: `number = {number}` is the number that `{other}` had, and a number is not used again: write \
             another one, or leave it out; where it is the same field under another name, write `was = \"{other}\"`"
        )
    } else {
        format!(
            "`{full}`: `number = {number}` is the number of `{other}`: write another one, or leave it out for the next \
             that is free"
        )
    }
}

pub(super) fn none_is_left(full: &str, most: u32) -> String {
    format!(
        "`{full}`: there is no number after {most}, the highest that is used: write one that is free, such as \
         `number = 100`"
    )
}

pub(super) fn back(message: &str, names: &[&str]) -> String {
    let (is, it, means) =
        if names.len() == 1 { ("is", "it", "it means") } else { ("are", "they", "they mean") };
    format!(
        "`{message}`: {} {is} back, and fourfold.lock says that {it} went away. If {means} what {it} meant before, take \
         the word `reserved` off the end of each line in fourfold.lock; if not, write another name, because those who have \
         an old contract would read it wrong",
        quoted(names)
    )
}

pub(super) fn back_with_another_type(full: &str, number: u32, old: &str, new: &str) -> String {
    format!(
        "`{full}` is back with the type `{new}`; fourfold.lock says that it went away, and that it was `{old}` under the \
         number {number}: write another name; where {number} was never released, {}",
        delete_line(full)
    )
}

pub(super) fn given_up(full: &str, name: &str, number: u32, holder: Option<&str>) -> String {
    let back = match holder {
        Some(holder) => format!("to rename it back, write `was = \"{holder}\"`"),
        None => "a renamed field can't have two names".to_owned(),
    };
    format!(
        "`{full}`: the name `{name}` was given up by the field with the number {number}, and no other field may have it: \
         write another name; {back}"
    )
}

pub(super) fn was_became_another(full: &str, was: &str, holder: &str) -> String {
    format!(
        "`{full}`: `was = \"{was}\"` names what is `{holder}` now, and one field becomes one field: leave `was` out, or \
         take `{holder}` away"
    )
}

pub(super) fn was_has_another_number(full: &str, was: &str, number: u32, old: u32) -> String {
    format!(
        "`{full}` has the number {number}, and `{was}`, which it was by `was`, has {old}; a field has one: leave `was` out; \
         where {number} was never released, {}, and {old} goes over",
        delete_line(full)
    )
}

pub(super) fn was_is_unknown(full: &str, was: &str, removed: &[String]) -> String {
    format!(
        "`{full}`: `was = \"{was}\"` names a field that fourfold.lock does not know, while {} went away: write the name \
         that `{}` had; where no contract ever had it, run `cargo fourfold generate` once without `was`",
        quoted(removed),
        last(full)
    )
}
