//! Finds the annotated items of a file, in it and in its inline modules.

use fourfold_model::{Declaration, Parsed};
use syn::ext::IdentExt as _;
use syn::{Attribute, DeriveInput, Ident, Item, Path, Token, UseTree, punctuated::Punctuated};

use super::Crate;
use super::cfg::{self, Cfg};
use crate::report::{Place, Report};

/// An annotated item: what was written and what it means.
pub(crate) struct Entry<T> {
    /// What it means; where the macro finds errors in it, what is left without them, if anything.
    pub(crate) model: Option<T>,
    /// Whether the macro finds errors in it.
    pub(crate) broken: bool,
    pub(crate) declaration: Declaration,
    /// The attributes that the macro sees.
    pub(crate) attrs: Vec<Attribute>,
    /// The attributes of its fields.
    pub(crate) fields: Vec<Vec<Attribute>>,
    pub(crate) scope: Scope,
}

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    /// The index of its file.
    pub(crate) file: usize,
    /// Its module, without `crate`.
    pub(crate) module: Vec<String>,
}

impl<T> Entry<T> {
    /// Its name.
    pub(crate) fn name(&self) -> String {
        self.declaration.ident.unraw().to_string()
    }

    /// Where its name is.
    pub(crate) fn place(&self, all: &Crate) -> Place {
        all.place(&self.scope, self.declaration.ident.span())
    }
}

/// `use a::b as c` or `use a::*`.
pub(crate) struct Import {
    pub(crate) scope: Scope,
    /// What it is called here; `*` for everything.
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
}

/// `type Amount = Decimal;`
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// `mod name;`
pub(crate) struct Child {
    pub(crate) file: usize,
    /// The inline modules around it.
    pub(crate) inline: Vec<String>,
    pub(crate) name: String,
    /// What `#[path = ".."]` says.
    pub(crate) path: Option<String>,
    /// Whether its `cfg`s hold.
    pub(crate) live: bool,
}

/// Which derive an item has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Derive {
    Resource,
    Value,
    Choice,
    Event,
    Task,
}

/// Reads one file into `all`.
pub(super) fn read(all: &mut Crate, file: usize, cfg: &dyn Cfg) {
    let parsed = match syn::parse_file(&all.files[file].text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let text = format!("this file is not Rust: {error}");
            let scope = Scope { file, module: Vec::new() };
            all.reports.push(Report::item(&text, all.place(&scope, error.span())));
            all.wrong.insert(file);
            return;
        }
    };
    let mut attrs = parsed.attrs;
    cfg::expand(&mut attrs, cfg);
    let live = cfg::holds(&attrs, cfg);
    let scope = Scope { file, module: all.files[file].module.clone() };
    let mut walk = Walk { all, cfg, scope, inline: Vec::new() };
    walk.items(parsed.items, live);
    if !live {
        all.dead.insert(file);
    }
}

struct Walk<'a> {
    all: &'a mut Crate,
    cfg: &'a dyn Cfg,
    scope: Scope,
    inline: Vec<String>,
}

impl Walk<'_> {
    fn items(&mut self, items: Vec<Item>, live: bool) {
        for item in items {
            match item {
                Item::Struct(item) => self.annotated(item.into(), live),
                Item::Enum(item) => self.annotated(item.into(), live),
                Item::Union(item) => self.annotated(item.into(), live),
                Item::Mod(item) => self.module(item, live),
                Item::Use(item) if live && self.holds(&item.attrs) => {
                    self.imports(&item.tree, &mut Vec::new());
                }
                Item::Type(item) if live && self.holds(&item.attrs) => {
                    let place = self.all.place(&self.scope, item.ident.span());
                    self.all.aliases.push(Alias { name: item.ident.unraw().to_string(), place });
                }
                _ => {}
            }
        }
    }

    fn holds(&self, attrs: &[Attribute]) -> bool {
        let mut attrs = attrs.to_vec();
        cfg::expand(&mut attrs, self.cfg);
        cfg::holds(&attrs, self.cfg)
    }

    fn module(&mut self, item: syn::ItemMod, live: bool) {
        let mut attrs = item.attrs;
        cfg::expand(&mut attrs, self.cfg);
        let live = live && cfg::holds(&attrs, self.cfg);
        let name = item.ident.unraw().to_string();
        let Some((_, items)) = item.content else {
            let path = attrs.iter().find_map(path_of);
            let Scope { file, .. } = self.scope;
            self.all.children.push(Child { file, inline: self.inline.clone(), name, path, live });
            return;
        };
        self.inline.push(name.clone());
        self.scope.module.push(name);
        self.items(items, live);
        self.scope.module.pop();
        self.inline.pop();
    }

    fn imports(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        let (name, last) = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.unraw().to_string());
                self.imports(&path.tree, before);
                before.pop();
                return;
            }
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.imports(tree, before)),
            UseTree::Name(name) => (name.ident.unraw().to_string(), Some(&name.ident)),
            UseTree::Rename(rename) => (rename.rename.unraw().to_string(), Some(&rename.ident)),
            UseTree::Glob(_) => ("*".to_owned(), None),
        };
        let path = before.iter().cloned().chain(last.map(|ident| ident.unraw().to_string())).collect();
        self.all.imports.push(Import { scope: self.scope.clone(), name, path });
    }

    fn annotated(&mut self, mut input: DeriveInput, live: bool) {
        cfg::expand(&mut input.attrs, self.cfg);
        let Some(derive) = derive(&input.attrs).filter(|_| live && cfg::holds(&input.attrs, self.cfg)) else {
            return;
        };
        cfg::configure(&mut input, self.cfg);
        match derive {
            Derive::Resource => {
                let entry = self.entry(&input, fourfold_model::resource(&input));
                self.all.resources.push(entry);
            }
            Derive::Value => {
                let entry = self.entry(&input, fourfold_model::value(&input));
                self.all.values.push(entry);
            }
            Derive::Choice => {
                let entry = self.entry(&input, fourfold_model::choice(&input));
                self.all.choices.push(entry);
            }
            Derive::Event => {
                let entry = self.entry(&input, fourfold_model::event(&input));
                self.all.events.push(entry);
            }
            Derive::Task => {
                // Its macro tells what is wrong with it, and nothing is written from it.
                let told = self.all.reports.len();
                let entry = self.entry(&input, fourfold_model::task(&input));
                self.all.reports.truncate(told);
                self.all.tasks.push(entry);
            }
        }
    }

    fn entry<T>(&mut self, input: &DeriveInput, parsed: Parsed<T>) -> Entry<T> {
        let Parsed { model, declaration, errors } = parsed;
        for error in &errors {
            let place = self.all.place(&self.scope, error.span());
            self.all.reports.push(Report::item(&error.message(), place));
        }
        let broken = !errors.is_empty() || model.is_none();
        let fields = match &input.data {
            syn::Data::Struct(data) => data.fields.iter().map(|field| field.attrs.clone()).collect(),
            _ => Vec::new(),
        };
        let (attrs, scope) = (input.attrs.clone(), self.scope.clone());
        Entry { model, broken, declaration, attrs, fields, scope }
    }
}

/// The derive by its name, or, where it has another name here, by its attribute.
fn derive(attrs: &[Attribute]) -> Option<Derive> {
    let mut derives = attrs.iter().filter(|attr| attr.path().is_ident("derive")).flat_map(|attr| {
        attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default()
    });
    let named = |name: &Ident| match name.to_string().as_str() {
        "Resource" => Some(Derive::Resource),
        "Value" => Some(Derive::Value),
        "Choice" => Some(Derive::Choice),
        _ => None,
    };
    derives.find_map(|path| named(&path.segments.last()?.ident)).or_else(|| {
        attrs.iter().find_map(|attr| match attr.path().get_ident()?.to_string().as_str() {
            "resource" => Some(Derive::Resource),
            "value" => Some(Derive::Value),
            "choice" => Some(Derive::Choice),
            // By these alone: others have derives of these names too.
            "event" => Some(Derive::Event),
            "task" => Some(Derive::Task),
            _ => None,
        })
    })
}

/// The text of `#[path = ".."]`.
fn path_of(attr: &Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attr.meta else { return None };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if pair.path.is_ident("path") => {
            Some(text.value())
        }
        _ => None,
    }
}

impl<T> Entry<T> {
    /// Where the text of `word = ".."` is in the attribute `#[attribute(..)]`.
    pub(crate) fn word(&self, attribute: &str, word: &str) -> Option<proc_macro2::Span> {
        said(&self.attrs, attribute, word)
    }
}

/// Where the value of `word = ".."` is.
pub(crate) fn said(attrs: &[Attribute], attribute: &str, word: &str) -> Option<proc_macro2::Span> {
    let lists = attrs.iter().filter(|attr| attr.path().is_ident(attribute));
    lists.filter_map(|attr| attr.meta.require_list().ok()).find_map(|list| {
        let tokens: Vec<_> = list.tokens.clone().into_iter().collect();
        tokens.windows(3).find_map(|three| match three {
            [proc_macro2::TokenTree::Ident(name), proc_macro2::TokenTree::Punct(is), value]
                if name == word && is.as_char() == '=' =>
            {
                Some(value.span())
            }
            _ => None,
        })
    })
}
