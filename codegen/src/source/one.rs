//! One item of the catalog as its macro sees it.

use std::fs;
use std::path::Path;

use syn::ext::IdentExt as _;
use syn::{DeriveInput, Item as SynItem};

use super::cfg::{self, Cfg};
use super::files::File;
use crate::catalog::Item;

/// The tokens of an item that was read below `root`, after `cfg` and without `#[derive(..)]`: what its macro sees.
#[must_use]
pub fn one<T>(root: &Path, item: &Item<T>, name: &str, cfg: &dyn Cfg) -> Option<DeriveInput> {
    let text = fs::read_to_string(root.join(&item.file)).ok()?;
    let file = File::new(item.file.clone(), text);
    let parsed = syn::parse_file(&file.text).ok()?;
    let module: Vec<&str> = item.module.split("::").skip(1).collect();
    let inline = module.get(file.module.len()..)?;
    find(parsed.items, inline, name, cfg)
}

fn find(items: Vec<SynItem>, inline: &[&str], name: &str, cfg: &dyn Cfg) -> Option<DeriveInput> {
    items.into_iter().find_map(|item| {
        let input: DeriveInput = match (item, inline) {
            (SynItem::Struct(item), []) => item.into(),
            (SynItem::Enum(item), []) => item.into(),
            (SynItem::Mod(item), [first, rest @ ..]) if item.ident.unraw() == first => {
                let live = holds(item.attrs, cfg);
                return item.content.filter(|_| live).and_then(|(_, items)| find(items, rest, name, cfg));
            }
            _ => return None,
        };
        (input.ident.unraw() == name && holds(input.attrs.clone(), cfg)).then(|| configured(input, cfg))
    })
}

fn holds(mut attrs: Vec<syn::Attribute>, cfg: &dyn Cfg) -> bool {
    cfg::expand(&mut attrs, cfg);
    cfg::holds(&attrs, cfg)
}

fn configured(mut input: DeriveInput, cfg: &dyn Cfg) -> DeriveInput {
    cfg::expand(&mut input.attrs, cfg);
    cfg::configure(&mut input, cfg);
    input
}
