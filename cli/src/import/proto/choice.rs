//! Enums as choices.

use fourfold_codegen::lock::State;
use fourfold_model::rpc;
use protox::prost_reflect::EnumDescriptor;

use super::Drawing;
use super::source::Source;
use crate::import::written::{self, Variant};
use crate::scaffold::resource::ChoiceView;

/// The values of an enum but its zero, which is the absence of a choice, and those that can't be one; each with its number.
pub(super) fn variants(found: &EnumDescriptor) -> Vec<(Variant, i32)> {
    let prefix = format!("{}_", fourfold_model::snake(found.name()).to_ascii_uppercase());
    let mut all: Vec<(Variant, i32)> = Vec::new();
    for value in found.values().filter(|value| value.number() > 0) {
        let short = value
            .name()
            .strip_prefix(&prefix)
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_alphabetic()));
        let wire = fourfold_model::snake(short.unwrap_or(value.name()));
        let name = fourfold_model::pascal(&wire);
        let taken = all.iter().any(|(other, number)| other.name == name || *number == value.number());
        if taken
            || name == "Unspecified"
            || name == "Self"
            || !name.starts_with(|first: char| first.is_ascii_uppercase())
        {
            continue;
        }
        let doc = Source::comment(&found.parent_file(), value.path());
        all.push((Variant { name, wire, doc }, value.number()));
    }
    all
}

impl Drawing<'_> {
    pub(super) fn choice(&mut self, found: &EnumDescriptor) -> ChoiceView {
        let name = self.name(found.full_name());
        let all = variants(found);
        let mut renamed = Vec::new();
        for (variant, number) in &all {
            let ours = rpc::enum_value(&name, &variant.wire);
            let theirs = found.get_value(*number).map(|value| value.name().to_owned()).unwrap_or_default();
            if ours != theirs {
                renamed.push(format!("{theirs} is {ours}"));
            }
            self.keep(&name, ours, number.unsigned_abs(), "", State::Live);
        }
        if !renamed.is_empty() {
            self.note(
                found.full_name(),
                format_args!(
                    "the numbers are the same, and names in proto's JSON are not: {}",
                    renamed.join(", ")
                ),
            );
        }
        for value in found.values().filter(|value| !all.iter().any(|(_, number)| *number == value.number())) {
            let is_zero = value.number() == 0;
            if is_zero
                && ["UNSPECIFIED", "UNKNOWN", "NONE", "UNDEFINED"]
                    .iter()
                    .any(|end| value.name().ends_with(end))
            {
                continue;
            }
            let why = if is_zero {
                "0 is the absence of a choice, and stands for null: give what it means a number of its own in a later version"
            } else {
                "it can't be the value of a choice, so who sends it is refused"
            };
            self.note(value.full_name(), why);
        }
        for range in found.reserved_ranges() {
            for number in range.filter(|number| *number > 0).take(1000) {
                let reserved = rpc::enum_value(&name, &format!("reserved_{number}"));
                self.keep(&name, reserved, number.unsigned_abs(), "", State::Reserved);
            }
        }
        let comment = Source::comment(&found.parent_file(), found.path());
        let doc = if comment.is_empty() {
            format!("`{name}`, as `{}` has it.", found.full_name())
        } else {
            comment
        };
        let variants: Vec<Variant> = all.into_iter().map(|(variant, _)| variant).collect();
        written::choice(name, &doc, &variants)
    }
}
