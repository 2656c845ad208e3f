//! Fields of choices that prost's derive can't have by their name.

use std::collections::BTreeSet;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident};
use syn::punctuated::Punctuated;
use syn::{Item, ItemStruct, Meta, Token, Type};

/// The text of messages with another name for each field of choices by whose name prost's derive writes what is no Rust:
///
/// * Of a map that is called `r#type` it makes the methods `get_r#type` and `insert_r#type`, and panics.
/// * Of a field `status` it makes `set_status`, of a list `push_status`, of a map `get_status` and `insert_status`, and of a field
///   with one of these names a method of that name.
///
/// It becomes `type_`, as prost itself writes `self_`. What travels is the number of the field, so nobody else notices. It is
/// the field of choices that is renamed, as no client asks for one by its name.
pub(crate) fn tamed(text: String) -> String {
    let suspicious = [" r#", " get_", " set_", " push_", " insert_"];
    if !suspicious.iter().any(|part| text.contains(part)) {
        return text;
    }
    let Ok(mut file) = syn::parse_file(&text) else { return text };
    if rename(&mut file.items) { prettyplease::unparse(&file) } else { text }
}

/// Whether there was anything to do.
fn rename(items: &mut [Item]) -> bool {
    let mut renamed = Vec::new();
    let mut within = false;
    for item in items.iter_mut() {
        match item {
            Item::Struct(message) => {
                let fields = rename_fields(message);
                if !fields.is_empty() {
                    renamed.push((message.ident.clone(), fields));
                }
            }
            Item::Mod(module) => {
                within |= module.content.as_mut().is_some_and(|(_, items)| rename(items));
            }
            _ => {}
        }
    }
    // Their `Debug`, which is not prost's where there is a map or a secret.
    for item in items {
        let Item::Impl(of) = item else { continue };
        let Type::Path(ty) = &*of.self_ty else { continue };
        let Some((_, fields)) = renamed.iter().find(|(message, _)| ty.path.is_ident(message)) else {
            continue;
        };
        // Another name in the place of a name always parses.
        if let Ok(item) = syn::parse2(with_names(of.to_token_stream(), fields)) {
            *of = item;
        }
    }
    within || !renamed.is_empty()
}

/// The names that the fields had.
fn rename_fields(message: &mut ItemStruct) -> Vec<String> {
    let getters: BTreeSet<String> =
        message.fields.iter().filter_map(Methods::of).filter_map(|it| it.getter).collect();
    let mut renamed = Vec::new();
    for field in &mut message.fields {
        let Some(methods) = Methods::of(field) else { continue };
        if let Some(name) = &mut field.ident
            && (methods.are_no_names || methods.others.iter().any(|method| getters.contains(method)))
        {
            let before = name.to_string();
            *name = format_ident!("{}_", before.trim_start_matches("r#"));
            renamed.push(before);
        }
    }
    renamed
}

/// The methods that prost's derive makes of a field.
struct Methods {
    /// The one that is called as the field.
    getter: Option<String>,
    others: Vec<String>,
    /// Whether it panics over them.
    are_no_names: bool,
}

impl Methods {
    fn of(field: &syn::Field) -> Option<Self> {
        let written = field.ident.as_ref()?.to_string();
        let name = written.trim_start_matches("r#");
        let attribute = field.attrs.iter().find(|attribute| attribute.path().is_ident("prost"))?;
        let said = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
        let says = |word: &str| said.iter().any(|meta| meta.path().is_ident(word));
        let map = said.iter().find(|meta| meta.path().is_ident("btree_map"));
        let with = |prefixes: &[&str]| prefixes.iter().map(|prefix| format!("{prefix}_{name}")).collect();
        let (getter, others) = match map.map(|map| map.to_token_stream().to_string().contains("enumeration("))
        {
            Some(true) => (false, with(&["get", "insert"])),
            Some(false) => (false, Vec::new()),
            None if says("enumeration") && says("repeated") => (true, with(&["push"])),
            None if says("enumeration") => (true, with(&["set"])),
            None => (says("optional") && !says("message"), Vec::new()),
        };
        let are_no_names = map.is_some() && !others.is_empty() && name != written;
        Some(Self { getter: getter.then(|| name.to_owned()), others, are_no_names })
    }
}

fn with_names(tokens: TokenStream, renamed: &[String]) -> TokenStream {
    let one = |token| match token {
        TokenTree::Ident(name) if renamed.contains(&name.to_string()) => {
            format_ident!("{}_", name.to_string().trim_start_matches("r#"), span = name.span()).into()
        }
        TokenTree::Group(group) => Group::new(group.delimiter(), with_names(group.stream(), renamed)).into(),
        other => other,
    };
    tokens.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_of_choices_called_by_a_word_of_rust_has_another_name() {
        let text = |field: &str, shown: &str| {
            let text = format!(
                "pub mod a {{
                     pub struct A {{
                         #[prost(btree_map = \"string, enumeration(super::Kind)\", tag = \"1\")]
                         pub {field}: BTreeMap<String, i32>,
                         #[prost(btree_map = \"string, message\", tag = \"2\")]
                         pub r#match: BTreeMap<String, r#type::B>,
                         #[prost(enumeration = \"r#type::Kind\", repeated, tag = \"3\")]
                         pub r#move: Vec<i32>,
                     }}
                     impl Debug for A {{
                         fn fmt(&self) {{ f.field(\"type\", &self.{field}).field(\"match\", &{shown}.r#match) }}
                     }}
                     impl Debug for B {{
                         fn fmt(&self) {{ f.field(\"type\", &self.r#type) }}
                     }}
                 }}"
            );
            prettyplease::unparse(&syn::parse_file(&text).expect("Rust"))
        };
        assert_eq!(tamed(text("r#type", "self")), text("type_", "self"));
        let others = "pub struct A {\n    pub r#type: i32,   // as it was\n}\n";
        assert_eq!(tamed(others.to_owned()), others);
    }

    #[test]
    fn a_choice_whose_methods_would_be_those_of_another_field_has_another_name() {
        let text = |[status, kinds, parts]: [&str; 3]| {
            let text = format!(
                "pub struct A {{
                     #[prost(enumeration = \"Kind\", optional, tag = \"1\")]
                     pub {status}: Option<i32>,
                     #[prost(string, optional, tag = \"2\")]
                     pub set_status: Option<String>,
                     #[prost(enumeration = \"Kind\", repeated, tag = \"3\")]
                     pub {kinds}: Vec<i32>,
                     #[prost(enumeration = \"Kind\", repeated, tag = \"4\")]
                     pub push_match: Vec<i32>,
                     #[prost(btree_map = \"string, enumeration(Kind)\", tag = \"5\")]
                     pub {parts}: BTreeMap<String, i32>,
                     #[prost(bool, optional, tag = \"6\")]
                     pub insert_parts: Option<bool>,
                     #[prost(enumeration = \"Kind\", tag = \"7\")]
                     pub other: i32,
                     #[prost(message, optional, tag = \"8\")]
                     pub set_other: Option<B>,
                     #[prost(enumeration = \"Kind\", tag = \"9\")]
                     pub last: i32,
                     #[prost(int64, tag = \"10\")]
                     pub set_last: i64,
                 }}
                 impl Debug for A {{
                     fn fmt(&self) {{ f.field(\"parts\", &self.{parts}).field(\"last\", &self.last) }}
                 }}"
            );
            prettyplease::unparse(&syn::parse_file(&text).expect("Rust"))
        };
        // A message, and a number that is always there, get no method.
        assert_eq!(tamed(text(["status", "r#match", "parts"])), text(["status_", "match_", "parts_"]));
    }
}
