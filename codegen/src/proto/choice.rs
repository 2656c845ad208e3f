//! The enums of choices.

use fourfold_model::model::Choice;
use fourfold_model::rpc;

use super::comment::Comments;
use super::descriptor::{EnumDescriptorProto, EnumValueDescriptorProto, EnumValueOptions, ReservedRange};
use super::{Commented, message};
use crate::catalog::Package;
use crate::lock::Lock;
use crate::prose;

/// The enum of a choice: the zero that nobody may send, and its variants by number.
pub(super) fn of_choice(package: &Package, choice: &Choice, lock: &Lock) -> Commented<EnumDescriptorProto> {
    let full = format!("{}.{}", package.name, choice.name);
    let value = |name, number| EnumValueDescriptorProto { name, number: Some(number), options: None };
    let unspecified = "Nothing is said; refused where it is sent.".to_owned();
    let mut values = vec![(value(rpc::unspecified(&choice.name), 0), unspecified)];
    for variant in &choice.variants {
        let name = rpc::enum_value(&choice.name, &variant.wire);
        let number = message::number(lock, &full, &name);
        let options = variant.deprecated.as_ref().map(|_| EnumValueOptions { deprecated: Some(true) });
        let said = prose::with_deprecated(&variant.doc, variant.deprecated.as_deref());
        values.push((EnumValueDescriptorProto { options, ..value(name, number) }, said));
    }
    values.sort_by_key(|(value, _)| value.number);
    let (value, docs): (Vec<_>, Vec<_>) = values.into_iter().unzip();
    let comments = Comments::of(&choice.doc, docs);
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
