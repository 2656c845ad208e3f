//! The enums of choices.

use fourfold_model::model::Choice;
use fourfold_model::rpc;

use super::comment::Comments;
use super::descriptor::{EnumDescriptorProto, EnumValueDescriptorProto, ReservedRange};
use super::{Commented, message};
use crate::catalog::Package;
use crate::lock::Lock;

/// The enum of a choice: the zero that nobody may send, and its variants by number.
pub(super) fn of_choice(package: &Package, choice: &Choice, lock: &Lock) -> Commented<EnumDescriptorProto> {
    let full = format!("{}.{}", package.name, choice.name);
    let mut values = vec![(0, rpc::unspecified(&choice.name), "Nothing is said; refused where it is sent.")];
    for variant in &choice.variants {
        let name = rpc::enum_value(&choice.name, &variant.wire);
        values.push((message::number(lock, &full, &name), name, &variant.doc));
    }
    values.sort_by_key(|(number, ..)| *number);
    let comments = Comments::of(&choice.doc, values.iter().map(|(_, _, doc)| (*doc).to_owned()));
    let value = values
        .into_iter()
        .map(|(number, name, _)| EnumValueDescriptorProto { name, number: Some(number) })
        .collect();
    let (numbers, reserved_name) = message::reserved(lock, &full);
    let range = |number| ReservedRange { start: Some(number), end: Some(number) };
    let descriptor = EnumDescriptorProto {
        name: choice.name.clone(),
        value,
        reserved_range: numbers.into_iter().map(range).collect(),
        reserved_name,
    };
    Commented { descriptor, comments }
}
