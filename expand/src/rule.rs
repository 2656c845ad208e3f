//! The rules of a field.

use fourfold_model::model::{Limit, Rule};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use crate::field::Field;
use crate::tokens::{at, number, option, without_self};

/// `rules` of a field. A pattern compiles itself on first use, and only a static of its own may do that.
pub(crate) fn rules(field: &Field<'_>, owner: &Ident) -> TokenStream {
    let mut customs = field.customs.iter();
    let rules = field.model.rules.iter().filter_map(|rule| match rule {
        Rule::Custom(_) => customs.next().map(|path| custom(path, field, owner)),
        rule => Some(known(rule)),
    });
    let rules: Vec<_> = rules.collect();
    if !field.model.rules.iter().any(|rule| matches!(rule, Rule::Pattern(_))) {
        return quote!(&[#(#rules),*]);
    }
    let count = number(rules.len());
    quote!({
        static __RULES: [__fourfold::Rule; #count] = [#(#rules),*];
        &__RULES
    })
}

fn known(rule: &Rule) -> TokenStream {
    match rule {
        Rule::Length { min, max } => {
            let (min, max) =
                (option(min.map(Literal::u64_unsuffixed)), option(max.map(Literal::u64_unsuffixed)));
            quote!(__fourfold::Rule::Length { min: #min, max: #max })
        }
        Rule::Range { min, max, max_exclusive } => {
            let (min, max) = (option(min.as_ref().map(limit)), option(max.as_ref().map(limit)));
            quote!(__fourfold::Rule::Range { min: #min, max: #max, max_exclusive: #max_exclusive })
        }
        Rule::Email => quote!(__fourfold::Rule::Email),
        Rule::Url => quote!(__fourfold::Rule::Url),
        Rule::Pattern(source) => quote!(__fourfold::Rule::Pattern(__fourfold::Pattern::new(#source))),
        Rule::Custom(_) => TokenStream::new(),
    }
}

fn limit(limit: &Limit) -> TokenStream {
    match limit {
        Limit::Int(number) => {
            let number = Literal::i128_unsuffixed(*number);
            quote!(__fourfold::Limit::Int(#number))
        }
        Limit::Float(number) => quote!(__fourfold::Limit::Float(#number)),
        Limit::Decimal(digits) => quote!(__fourfold::Limit::Decimal(#digits)),
    }
}

/// A call of the user's function. It stands here and not in a helper so that `fn(&str)` fits a `String` as well.
fn custom(path: &Path, field: &Field<'_>, owner: &Ident) -> TokenStream {
    let inner = &field.inner;
    let span = at(path);
    let path = without_self(path, owner);
    let verdict = quote_spanned!(span=> __fourfold::verdict(#path(&__value)));
    quote! {
        __fourfold::Rule::Custom(|__cell| match <#inner as __fourfold::FieldType>::from_cell(__cell.clone()) {
            __fourfold::Ok(__value) => #verdict,
            __fourfold::Err(_) => __fourfold::Ok(()),
        })
    }
}
