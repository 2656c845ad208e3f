//! The Rust that the derive writes.

use fourfold_codegen::source;

use super::Shown;
use crate::failure::Failure;
use crate::read;

/// The expansion of `#[derive(Resource)]`, formatted.
pub(crate) fn expansion(shown: &Shown<'_>) -> Result<String, Failure> {
    let Shown { package, item, .. } = shown;
    let cfg = read::cfg(package);
    let input = source::one(&package.root, item, &item.model.name, &cfg);
    let tokens = input.map(|input| fourfold_expand::resource(&input, |_| package.builds));
    let file = tokens.and_then(|tokens| syn::parse2(tokens).ok());
    let file = file.ok_or_else(|| {
        Failure::Trouble(format!("`{}` has changed while it was read: run it again", item.file.display()))
    })?;
    Ok(prettyplease::unparse(&file))
}
