//! A hash of a model, by which the build and the macro find out that they have seen different structs.

use std::fmt::Write as _;

use crate::model::{
    DefaultValue, Element, Field, Limit, Many, Operation, Resource, Rule, Shape, TaskSettings,
};

/// The hash: the same for the same model on every machine, whatever the tokens looked like.
///
/// It leaves out the doc comments, which change nothing that compiles, and of which the build sees only those that are
/// written out.
#[must_use]
pub fn fingerprint(resource: &Resource) -> u64 {
    fnv1a(text(resource).as_bytes())
}

/// FNV-1a, 64 bits: the same on every machine and release.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The model as text, a line for each part. The patterns name every part, so that a new one can't be forgotten.
fn text(resource: &Resource) -> String {
    let Resource {
        name,
        package,
        version,
        path,
        singular,
        plural,
        table,
        doc: _,
        fields,
        id,
        operations,
        behavior,
        tasks,
        krate: _,
    } = resource;
    let mut out = format!(
        "resource {name:?} {package:?} {version:?} {path:?} {singular:?} {plural:?} {table:?} {id} {behavior}\n"
    );
    for field in fields {
        write_field(&mut out, field);
    }
    // Told, like the doc comment, and changes nothing that compiles.
    for Operation { name, input, event, deprecated: _ } in operations {
        // Writing to a `String` can't fail.
        let _ = writeln!(out, "operation {name:?} {input:?} {event:?}");
    }
    for (name, TaskSettings { queue, retries, backoff, backoff_max, timeout }) in tasks {
        let _ = writeln!(out, "task {name:?} {queue:?} {retries:?} {backoff:?} {backoff_max:?} {timeout:?}");
    }
    out
}

fn write_field(out: &mut String, field: &Field) {
    let Field {
        name,
        doc: _,
        shape: Shape { optional, many, element },
        role,
        output_only,
        input_only,
        immutable,
        sensitive,
        unique,
        filter,
        sort,
        references,
        default,
        rules,
        was,
        // Told, like the doc comment, and changes nothing that compiles.
        deprecated: _,
        number,
    } = field;
    let many = match many {
        Many::One => "one",
        Many::List => "list",
        Many::Map => "map",
    };
    let element = match element {
        Element::Scalar(scalar) => scalar.info().rust,
        Element::Named(path) => path,
    };
    let default = match default {
        None => String::new(),
        Some(DefaultValue::Text(text)) => format!("{text:?}"),
        Some(DefaultValue::Expression(text)) => format!("= {text}"),
    };
    let _ = writeln!(
        out,
        "field {name:?} {optional} {many} {element} {role:?} {output_only} {input_only} {immutable} {sensitive} \
         {unique} {filter} {sort} {references:?} {was:?} {number:?} {default}"
    );
    for rule in rules {
        let _ = match rule {
            Rule::Length { min, max } => writeln!(out, "length {min:?} {max:?}"),
            Rule::Range { min, max, max_exclusive } => {
                writeln!(out, "range {} {} {max_exclusive}", limit(min.as_ref()), limit(max.as_ref()))
            }
            Rule::Email => writeln!(out, "email"),
            Rule::Url => writeln!(out, "url"),
            Rule::Pattern(pattern) => writeln!(out, "pattern {pattern:?}"),
            Rule::Custom(path) => writeln!(out, "custom {path}"),
        };
    }
}

fn limit(limit: Option<&Limit>) -> String {
    match limit {
        None => "none".to_owned(),
        Some(Limit::Int(value)) => format!("int {value}"),
        Some(Limit::Float(value)) => format!("float {:016x}", value.to_bits()),
        Some(Limit::Decimal(digits)) => format!("decimal {digits}"),
    }
}
