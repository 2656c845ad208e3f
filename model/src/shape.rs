//! Field types. They are read by name, for the build sees text and no types: a closed table of scalars, `Option`,
//! `Vec` and `BTreeMap`; any other plain path is the user's own, and rustc checks it.

use syn::{GenericArgument, PathArguments, PathSegment, Type, TypePath};

use crate::errors::Diagnostic;
use crate::model::{Element, Many, Shape};
use crate::token_text;
use crate::types::{Scalar, TYPES};

/// The shape of a type, and the type without `Option`.
pub(crate) fn read(ty: &Type) -> Result<(Shape, Type), Diagnostic> {
    if let Some(inner) = only_argument(ty, "Option")? {
        if only_argument(inner, "Option")?.is_some() {
            return Err(refuse(
                ty,
                "an `Option` of an `Option`",
                "write one `Option`: a field is null or it is not",
            ));
        }
        let (many, element) = read_many(inner)?;
        return Ok((Shape { optional: true, many, element }, ungroup(inner).clone()));
    }
    let (many, element) = read_many(ty)?;
    Ok((Shape { optional: false, many, element }, ungroup(ty).clone()))
}

fn read_many(ty: &Type) -> Result<(Many, Element), Diagnostic> {
    if let Some(inner) = only_argument(ty, "Vec")? {
        if last_segment(inner).is_some_and(|segment| segment.ident == "u8") {
            return Err(refuse(ty, "`Vec<u8>`", "write `Bytes`"));
        }
        return Ok((Many::List, read_element(inner, "list")?));
    }
    if let Some(segment) = last_segment(ty).filter(|segment| segment.ident == "BTreeMap") {
        let arguments = type_arguments(segment);
        let [key, value] = arguments.as_slice() else {
            return Err(refuse(ty, "this map", "write `BTreeMap<String, T>`"));
        };
        if last_segment(key).is_none_or(|segment| segment.ident != "String" || !segment.arguments.is_none()) {
            return Err(refuse(key, "a map with a key that is not text", "write `BTreeMap<String, T>`"));
        }
        return Ok((Many::Map, read_element(value, "map")?));
    }
    Ok((Many::One, read_single(ty)?))
}

fn read_element(ty: &Type, container: &str) -> Result<Element, Diagnostic> {
    let help = match last_segment(ty).map(|segment| segment.ident.to_string()).as_deref() {
        Some("Option") => "leave out what is not there, and write the type without `Option`",
        Some("Vec" | "BTreeMap") => "put the inner one into a struct with `#[derive(Value)]`",
        _ => return read_single(ty),
    };
    Err(refuse(ty, &format!("`{}` as the element of a {container}", short(ty)), help))
}

fn read_single(ty: &Type) -> Result<Element, Diagnostic> {
    let ty = ungroup(ty);
    let Type::Path(TypePath { qself: None, path }) = ty else { return Err(refuse_syntax(ty)) };
    let Some(segment) = path.segments.last() else { return Err(refuse_syntax(ty)) };
    let name = segment.ident.to_string();
    if let Some(help) = instead(&name) {
        return Err(refuse(ty, &format!("`{}`", short(ty)), help));
    }
    if name == "DateTime" {
        let arguments = type_arguments(segment);
        return match arguments.as_slice() {
            [zone] if last_segment(zone).is_some_and(|segment| segment.ident == "Utc") => {
                Ok(Element::Scalar(Scalar::Timestamp))
            }
            _ => Err(refuse(ty, &format!("`{}`", short(ty)), "write `Timestamp`: moments are kept in UTC")),
        };
    }
    if path.segments.iter().any(|segment| !segment.arguments.is_none()) {
        return Err(refuse(
            ty,
            &format!("the generic type `{}`", short(ty)),
            "write a struct with `#[derive(Value)]` that has no generics; the generics that are known are \
             `Option`, `Vec` and `BTreeMap<String, _>`",
        ));
    }
    if name == "NaiveDate" {
        return Ok(Element::Scalar(Scalar::Date));
    }
    Ok(Scalar::from_rust(&name).map_or_else(|| Element::Named(token_text::path(path)), Element::Scalar))
}

/// Whether a field takes the name for a type that is not the user's own, or refuses it as such.
pub(crate) fn is_known(name: &str) -> bool {
    Scalar::from_rust(name).is_some()
        || instead(name).is_some()
        || matches!(name, "BTreeMap" | "DateTime" | "NaiveDate")
}

/// What to write instead of a well-known type that no field can have.
fn instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "i8" | "i16" => {
            "write `i32`: no integer is ever narrowed, so only sizes that every way in can carry are taken"
        }
        "u8" | "u16" => {
            "write `u32`: no integer is ever narrowed, so only sizes that every way in can carry are taken"
        }
        "isize" | "i128" => {
            "write `i64`: no integer is ever narrowed, so only sizes that every way in can carry are taken"
        }
        "usize" | "u128" => {
            "write `u64`: no integer is ever narrowed, so only sizes that every way in can carry are taken"
        }
        "char" | "str" | "Cow" => "write `String`",
        "Box" | "Rc" | "Arc" => "write the type without the pointer around it",
        "HashMap" => "write `BTreeMap<String, T>`: its order is the same every time",
        "HashSet" | "BTreeSet" | "VecDeque" | "LinkedList" => "write `Vec<T>`",
        "SystemTime" | "Instant" | "NaiveDateTime" | "OffsetDateTime" | "PrimitiveDateTime" => {
            "write `Timestamp`: a moment in UTC"
        }
        "TimeDelta" => "write `Duration`",
        "BigDecimal" => "write `Decimal`",
        "Option" => "write what it may hold: `Option<T>`",
        "Vec" => "write what it holds: `Vec<T>`",
        _ => return None,
    })
}

fn refuse_syntax(ty: &Type) -> Diagnostic {
    let (what, help) = match ty {
        Type::Reference(_) => {
            ("a reference", "write a type that owns its content, such as `String` for `&str`")
        }
        Type::Tuple(_) => ("a tuple", "write a struct with `#[derive(Value)]`: its fields have names"),
        Type::Array(_) | Type::Slice(_) => {
            ("an array", "write `Vec<T>`, with `validate(length(..))` where it has a size")
        }
        Type::BareFn(_) | Type::ImplTrait(_) | Type::TraitObject(_) | Type::Ptr(_) | Type::Never(_) => {
            return refuse(ty, "a type that holds no data", &known());
        }
        Type::Macro(_) => ("a macro", "write the type that it makes: types are read by their names"),
        Type::Path(_) => ("a type of a trait", "write the type itself: types are read by their names"),
        _ => return refuse(ty, "this type", &known()),
    };
    refuse(ty, what, help)
}

fn refuse(ty: &Type, what: &str, help: &str) -> Diagnostic {
    Diagnostic::new(ty, format_args!("{what} can't be the type of a field"), help)
}

fn known() -> String {
    let names: Vec<&str> = TYPES.iter().map(|info| info.rust).collect();
    format!(
        "field types are {}, types with `#[derive(Choice)]` or `#[derive(Value)]`, and `Option`, `Vec` and \
         `BTreeMap<String, _>` of them",
        names.join(", ")
    )
}

/// The `T` of `name<T>`.
fn only_argument<'a>(ty: &'a Type, name: &str) -> Result<Option<&'a Type>, Diagnostic> {
    let Some(segment) = last_segment(ty).filter(|segment| segment.ident == name) else { return Ok(None) };
    match type_arguments(segment).as_slice() {
        [inner] => Ok(Some(inner)),
        _ => Err(refuse(ty, &format!("`{}`", short(ty)), &format!("write what it holds: `{name}<T>`"))),
    }
}

fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect()
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ungroup(ty) {
        Type::Path(TypePath { qself: None, path }) => path.segments.last(),
        _ => None,
    }
}

/// The type without parentheses and the invisible groups that `macro_rules!` puts around its fragments.
fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(group) => ungroup(&group.elem),
        other => other,
    }
}

/// A type's text as people write it.
fn short(ty: &Type) -> String {
    let text = token_text::text(ty);
    text.replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ::", "::")
        .replace(":: ", "::")
        .replace(" ,", ",")
}
