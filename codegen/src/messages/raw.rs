//! Fields that prost's derive can't have by their name.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident};
use syn::{Item, ItemStruct, Type};

/// The text of messages with another name for each map of choices that is called by a word of Rust: of `r#type`, prost's
/// derive makes the methods `get_r#type` and `insert_r#type`, and panics. It becomes `type_`, as prost itself writes `self_`.
/// What travels is the number of the field, so nobody else notices.
pub(crate) fn tamed(text: String) -> String {
    if !text.contains(" r#") {
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
    // Their `Debug`, which is not prost's where there is a map.
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
    let mut renamed = Vec::new();
    for field in &mut message.fields {
        let is_map_of_choices = field.attrs.iter().any(|attribute| {
            attribute.path().is_ident("prost") && {
                let said = attribute.meta.to_token_stream().to_string();
                said.contains("btree_map") && said.contains("enumeration(")
            }
        });
        if let Some(name) = &mut field.ident
            && is_map_of_choices
        {
            let before = name.to_string();
            if let Some(word) = before.strip_prefix("r#") {
                *name = format_ident!("{word}_");
                renamed.push(before);
            }
        }
    }
    renamed
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
}
