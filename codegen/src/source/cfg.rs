//! `cfg` and `cfg_attr`, evaluated as rustc does before a macro sees an item.

use std::collections::BTreeSet;

use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitStr, Meta, Token};

/// What is set: the answer to a single `cfg`.
pub trait Cfg {
    /// Whether `name` is set, as in `cfg(unix)`.
    fn name(&self, name: &str) -> bool;

    /// Whether `name = "value"` is set, as in `cfg(feature = "grpc")`.
    fn pair(&self, name: &str, value: &str) -> bool;
}

/// What cargo tells a build script of the crate that it builds.
#[derive(Clone, Copy)]
pub struct BuildCfg<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> BuildCfg<'a> {
    /// Answers from environment variables.
    #[must_use]
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable }
    }

    fn of(&self, prefix: &str, name: &str) -> Option<String> {
        (self.variable)(&format!("{prefix}_{}", name.to_uppercase().replace('-', "_")))
    }

    /// Cargo leaves this one out, because it asks rustc without a profile.
    fn debug_assertions(&self) -> bool {
        let flags = (self.variable)("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
        let said = flags
            .split('\u{1f}')
            .filter_map(|flag| flag.trim_start_matches("-C").trim().strip_prefix("debug-assertions"))
            .next_back();
        match said {
            Some(value) => !matches!(value, "=no" | "=off" | "=n" | "=false"),
            None => (self.variable)("PROFILE").as_deref() == Some("debug"),
        }
    }
}

impl Cfg for BuildCfg<'_> {
    fn name(&self, name: &str) -> bool {
        match name {
            // The build script runs once, for the library and its tests alike.
            "test" | "doctest" | "doc" => false,
            "debug_assertions" => self.debug_assertions(),
            _ => self.of("CARGO_CFG", name).is_some(),
        }
    }

    fn pair(&self, name: &str, value: &str) -> bool {
        let said = self.of("CARGO_CFG", name);
        let listed = |text: String| text.split(',').any(|one| one == value);
        match said {
            Some(text) => listed(text),
            None => name == "feature" && self.of("CARGO_FEATURE", value).is_some(),
        }
    }
}

/// A fixed list, for those who are not in a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    names: BTreeSet<String>,
    pairs: BTreeSet<(String, String)>,
}

impl Listed {
    /// What is set on the machine that this program was compiled for, in a debug build.
    #[must_use]
    pub fn host() -> Self {
        let mut listed = Self::default().with("debug_assertions").with_pair("panic", "unwind");
        for (name, value) in [
            ("target_os", std::env::consts::OS),
            ("target_arch", std::env::consts::ARCH),
            ("target_family", std::env::consts::FAMILY),
            ("target_endian", if cfg!(target_endian = "big") { "big" } else { "little" }),
            ("target_pointer_width", if cfg!(target_pointer_width = "32") { "32" } else { "64" }),
            ("target_vendor", vendor()),
            ("target_env", env()),
        ] {
            listed = listed.with_pair(name, value);
        }
        for width in ["8", "16", "32", "64", "ptr"] {
            listed = listed.with_pair("target_has_atomic", width);
        }
        listed.with(std::env::consts::FAMILY)
    }

    /// What `rustc --print cfg` says.
    #[must_use]
    pub fn parse(printed: &str) -> Self {
        printed.lines().fold(Self::default(), |listed, line| match line.split_once('=') {
            Some((name, value)) => listed.with_pair(name.trim(), value.trim().trim_matches('"')),
            None if line.trim().is_empty() => listed,
            None => listed.with(line.trim()),
        })
    }

    /// The same and `name`.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        self.names.insert(name.to_owned());
        self
    }

    /// The same and `name = "value"`.
    #[must_use]
    pub fn with_pair(mut self, name: &str, value: &str) -> Self {
        self.pairs.insert((name.to_owned(), value.to_owned()));
        self
    }

    /// The same and these features of the crate.
    #[must_use]
    pub fn with_features<'a>(self, features: impl IntoIterator<Item = &'a str>) -> Self {
        features.into_iter().fold(self, |listed, feature| listed.with_pair("feature", feature))
    }
}

fn vendor() -> &'static str {
    if cfg!(target_vendor = "apple") {
        "apple"
    } else if cfg!(target_vendor = "pc") {
        "pc"
    } else {
        "unknown"
    }
}

fn env() -> &'static str {
    if cfg!(target_env = "gnu") {
        "gnu"
    } else if cfg!(target_env = "musl") {
        "musl"
    } else if cfg!(target_env = "msvc") {
        "msvc"
    } else {
        ""
    }
}

impl Cfg for Listed {
    fn name(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn pair(&self, name: &str, value: &str) -> bool {
        self.pairs.contains(&(name.to_owned(), value.to_owned()))
    }
}

/// What stands in `cfg(..)`.
enum Predicate {
    Name(String),
    Pair(String, String),
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
}

impl Parse for Predicate {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?.unraw().to_string();
        if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            let list = Punctuated::<Self, Token![,]>::parse_terminated(&content)?;
            let mut list: Vec<Self> = list.into_iter().collect();
            return match (name.as_str(), list.len()) {
                ("all", _) => Ok(Self::All(list)),
                ("any", _) => Ok(Self::Any(list)),
                ("not", 1) => Ok(Self::Not(Box::new(list.remove(0)))),
                _ => Err(input.error("a predicate is expected")),
            };
        }
        if input.parse::<Option<Token![=]>>()?.is_some() {
            return Ok(Self::Pair(name, input.parse::<LitStr>()?.value()));
        }
        Ok(Self::Name(name))
    }
}

impl Predicate {
    fn holds(&self, cfg: &dyn Cfg) -> bool {
        match self {
            Self::Name(name) if name == "true" => true,
            Self::Name(name) if name == "false" => false,
            Self::Name(name) => cfg.name(name),
            Self::Pair(name, value) => cfg.pair(name, value),
            Self::All(list) => list.iter().all(|one| one.holds(cfg)),
            Self::Any(list) => list.iter().any(|one| one.holds(cfg)),
            Self::Not(one) => !one.holds(cfg),
        }
    }
}

/// Whether what has these attributes is there: every `cfg` holds. One that can't be read is left to rustc.
pub(super) fn holds(attrs: &[Attribute], cfg: &dyn Cfg) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).all(|attr| {
        attr.parse_args_with(|input: ParseStream<'_>| {
            let predicate = input.parse::<Predicate>()?;
            input.parse::<Option<Token![,]>>()?;
            Ok(predicate)
        })
        .map_or(true, |predicate| predicate.holds(cfg))
    })
}

/// Puts the attributes of every `cfg_attr` in its place, or nothing where it does not hold.
pub(super) fn expand(attrs: &mut Vec<Attribute>, cfg: &dyn Cfg) {
    *attrs = std::mem::take(attrs).into_iter().flat_map(|attr| expanded(attr, cfg)).collect();
}

fn expanded(attr: Attribute, cfg: &dyn Cfg) -> Vec<Attribute> {
    if !attr.path().is_ident("cfg_attr") {
        return vec![attr];
    }
    let read = attr.parse_args_with(|input: ParseStream<'_>| {
        let predicate = input.parse::<Predicate>()?;
        input.parse::<Option<Token![,]>>()?;
        let list = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
        Ok((predicate, list))
    });
    let Ok((predicate, list)) = read else { return Vec::new() };
    if !predicate.holds(cfg) {
        return Vec::new();
    }
    list.into_iter().flat_map(|meta| expanded(Attribute { meta, ..attr.clone() }, cfg)).collect()
}

/// The item as a derive macro sees it: without what its `cfg`s leave out, and without the derives.
pub(super) fn configure(input: &mut DeriveInput, cfg: &dyn Cfg) {
    input.attrs.retain(|attr| !attr.path().is_ident("derive"));
    match &mut input.data {
        Data::Struct(data) => fields(&mut data.fields, cfg),
        Data::Enum(data) => {
            let variants = std::mem::take(&mut data.variants);
            data.variants = kept(variants, |variant| {
                expand(&mut variant.attrs, cfg);
                fields(&mut variant.fields, cfg);
                holds(&variant.attrs, cfg)
            });
        }
        Data::Union(_) => {}
    }
}

fn fields(fields: &mut Fields, cfg: &dyn Cfg) {
    let list = match fields {
        Fields::Named(fields) => &mut fields.named,
        Fields::Unnamed(fields) => &mut fields.unnamed,
        Fields::Unit => return,
    };
    *list = kept(std::mem::take(list), |field| {
        expand(&mut field.attrs, cfg);
        holds(&field.attrs, cfg)
    });
}

fn kept<T>(list: Punctuated<T, Token![,]>, mut keep: impl FnMut(&mut T) -> bool) -> Punctuated<T, Token![,]> {
    list.into_iter().filter_map(|mut one| keep(&mut one).then_some(one)).collect()
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn on(predicate: &str, cfg: &dyn Cfg) -> bool {
        let item: syn::ItemStruct =
            syn::parse_str(&format!("#[cfg({predicate})] struct A;")).expect("an item");
        holds(&item.attrs, cfg)
    }

    #[test]
    fn predicates_are_those_of_rustc() {
        let cfg = Listed::parse("unix\ntarget_os=\"linux\"\n").with_features(["grpc"]);
        for predicate in [
            "unix",
            "all()",
            "true",
            "target_os = \"linux\"",
            "feature = \"grpc\"",
            "any(windows, unix)",
            "not(windows)",
            "all(unix, not(any(windows, feature = \"xml\")),)",
        ] {
            assert!(on(predicate, &cfg), "{predicate}");
        }
        for predicate in ["windows", "any()", "false", "feature = \"xml\"", "all(unix, windows)", "test"] {
            assert!(!on(predicate, &cfg), "{predicate}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_left_to_rustc() {
        assert!(on("not(unix, windows)", &Listed::default()));
    }

    #[test]
    fn a_build_answers_from_cargos_variables() {
        let variable = |name: &str| {
            let value = match name {
                "CARGO_CFG_UNIX" => "",
                "CARGO_CFG_TARGET_OS" => "linux",
                "CARGO_CFG_TARGET_FEATURE" => "fxsr,sse,sse2",
                "CARGO_FEATURE_WITH_GRPC" => "1",
                "PROFILE" => "debug",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let cfg = BuildCfg::new(&variable);
        for predicate in [
            "unix",
            "target_os = \"linux\"",
            "target_feature = \"sse\"",
            "feature = \"with-grpc\"",
            "debug_assertions",
        ] {
            assert!(on(predicate, &cfg), "{predicate}");
        }
        for predicate in ["windows", "test", "target_os = \"windows\"", "feature = \"xml\"", "miri"] {
            assert!(!on(predicate, &cfg), "{predicate}");
        }
    }

    #[test]
    fn a_list_of_features_is_exact_where_cargo_gives_one() {
        let variable = |name: &str| match name {
            "CARGO_CFG_FEATURE" => Some("a-b".to_owned()),
            "CARGO_FEATURE_A_B" => Some("1".to_owned()),
            _ => None,
        };
        let cfg = BuildCfg::new(&variable);
        assert!(on("feature = \"a-b\"", &cfg));
        assert!(!on("feature = \"a_b\"", &cfg));
    }

    #[test]
    fn debug_assertions_follow_the_profile_and_the_flags() {
        let with = |profile: &'static str, flags: &'static str| {
            let variable = move |name: &str| match name {
                "PROFILE" => Some(profile.to_owned()),
                "CARGO_ENCODED_RUSTFLAGS" => Some(flags.to_owned()),
                _ => None,
            };
            on("debug_assertions", &BuildCfg::new(&variable))
        };
        assert!(with("debug", ""));
        assert!(!with("release", ""));
        assert!(with("release", "-Cdebug-assertions"));
        assert!(with("release", "-C\u{1f}debug-assertions=yes"));
        assert!(!with("debug", "-Cdebug-assertions=off"));
    }

    #[test]
    fn an_item_is_as_a_derive_sees_it() {
        let cfg = Listed::default().with("unix");
        let mut input: DeriveInput = parse_quote! {
            #[derive(Resource)]
            struct A {
                #[cfg_attr(unix, field(id), cfg_attr(all(), field(filter)))]
                #[cfg_attr(windows, field(sort))]
                id: Uuid,
                #[cfg(windows)]
                gone: i32,
                #[cfg(unix)]
                here: i32,
            }
        };
        configure(&mut input, &cfg);
        let expected: DeriveInput = parse_quote! {
            struct A {
                #[field(id)]
                #[field(filter)]
                id: Uuid,
                #[cfg(unix)]
                here: i32
            }
        };
        assert_eq!(quote::quote!(#input).to_string(), quote::quote!(#expected).to_string());
    }
}
