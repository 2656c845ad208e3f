//! A field as emission sees it: what the model knows of it, and its tokens as declared.

use fourfold_model::model;
use fourfold_model::{Declaration, FieldDecl};
use proc_macro2::{Ident, TokenStream};
use syn::{Expr, Path, Visibility};

use crate::tokens::{deprecated, without_self};

/// A field of a resource or a value.
pub(crate) struct Field<'a> {
    /// What it means.
    pub(crate) model: &'a model::Field,
    /// Its name, raw where it is written so.
    pub(crate) ident: &'a Ident,
    /// Who sees it.
    pub(crate) vis: &'a Visibility,
    /// Its type.
    pub(crate) ty: TokenStream,
    /// Its type without `Option`.
    pub(crate) inner: TokenStream,
    /// The expression of `default = ..`.
    pub(crate) default: Option<&'a Expr>,
    /// The paths of its own rules, in the order of [`model::Rule::Custom`].
    pub(crate) customs: &'a [Path],
}

/// The fields of a checked struct.
pub(crate) fn fields<'a>(model: &'a [model::Field], declaration: &'a Declaration) -> Vec<Field<'a>> {
    let field = |(model, declared): (&'a model::Field, &'a FieldDecl)| Field {
        model,
        ident: &declared.ident,
        vis: &declared.vis,
        ty: without_self(&declared.ty, &declaration.ident),
        inner: without_self(&declared.inner, &declaration.ident),
        default: declared.default.as_ref(),
        customs: &declared.customs,
    };
    model.iter().zip(&declaration.fields).map(field).collect()
}

impl Field<'_> {
    /// `#[deprecated]` for the field in a struct of ours.
    pub(crate) fn deprecated(&self) -> Option<TokenStream> {
        deprecated(self.model.deprecated.as_deref())
    }

    /// Whether its content stays out of `Debug`.
    pub(crate) fn is_secret(&self) -> bool {
        self.model.input_only || self.model.sensitive
    }

    /// Whether rustc alone knows what its elements are.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.model.shape.element, model::Element::Named(_))
    }
}
