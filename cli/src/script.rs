//! `build.rs`: what it hands to `fourfold_codegen`, so that it has to be said once.

use std::fs;
use std::path::{Path, PathBuf};

use fourfold_codegen::files::LOCK;
use proc_macro2::{TokenStream, TokenTree};

use crate::failure::Failure;

/// What the build script says, as far as it is written out.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Whether it calls `fourfold_codegen`.
    pub(crate) calls: bool,
    /// The texts in `build("..")` and `.resources("..")`.
    pub(crate) resources: Vec<PathBuf>,
    /// The text in `.lock("..")`.
    lock: Option<PathBuf>,
}

impl Script {
    /// Reads the script of the package in a folder; without one it says nothing.
    pub(crate) fn read(root: &Path) -> Self {
        let mut script = Self::default();
        let text = fs::read_to_string(root.join("build.rs")).unwrap_or_default();
        if text.contains("fourfold_codegen")
            && let Ok(tokens) = text.parse()
        {
            script.calls = true;
            script.scan(tokens);
        }
        script
    }

    /// The folder of the lock.
    pub(crate) fn contracts(&self) -> Result<PathBuf, Failure> {
        let Some(lock) = &self.lock else { return Ok(PathBuf::from("contracts")) };
        if lock.file_name().is_none_or(|name| name != LOCK) {
            return Err(Failure::Trouble(format!(
                "build.rs says .lock(\"{}\"): the file has to be called `{LOCK}`, because the other contracts are written \
                 beside it",
                lock.display()
            )));
        }
        Ok(lock.parent().map(Path::to_owned).unwrap_or_default())
    }

    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            self.scan(group.stream());
            let before = tokens.get(index.saturating_sub(4)..index).unwrap_or_default();
            let Ok(text) = syn::parse2::<syn::LitStr>(group.stream()) else { continue };
            let path = PathBuf::from(text.value());
            match before {
                [
                    TokenTree::Ident(krate),
                    TokenTree::Punct(_),
                    TokenTree::Punct(_),
                    TokenTree::Ident(name),
                ] if krate == "fourfold_codegen" && name == "build" => {
                    self.resources.push(path);
                }
                [.., TokenTree::Punct(dot), TokenTree::Ident(name)] if dot.as_char() == '.' => {
                    if name == "resources" {
                        self.resources.push(path);
                    } else if name == "lock" {
                        self.lock = Some(path);
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        let mut script = Script::default();
        script.scan(text.parse().expect("Rust"));
        script
    }

    #[test]
    fn a_script_says_where_its_resources_are() {
        let found = script("fn main() { fourfold_codegen::build(\"src/things\"); }");
        assert_eq!(found.resources, [PathBuf::from("src/things")]);
        assert_eq!(found.contracts().expect("the usual folder"), PathBuf::from("contracts"));
    }

    #[test]
    fn a_longer_one_too() {
        let found = script(
            "fn main() { fourfold_codegen::Build::new().resources(\"src/a\").resources(\"src/b.rs\")\
             .lock(\"api/fourfold.lock\").run(); }",
        );
        assert_eq!(found.resources, [PathBuf::from("src/a"), PathBuf::from("src/b.rs")]);
        assert_eq!(found.contracts().expect("a folder"), PathBuf::from("api"));
    }

    #[test]
    fn a_lock_of_another_name_is_refused() {
        assert!(script("fn main() { b.lock(\"numbers.txt\"); }").contracts().is_err());
    }
}
