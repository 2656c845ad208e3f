//! Lower: from a checked declaration to the model. It can't fail; it gives nothing where a part that everything else
//! stands on (a type, the id) is wrong.

use syn::ext::IdentExt as _;

use crate::check::Naming;
use crate::declaration::{Declaration, FieldDecl, Flag};
use crate::model::{Choice, Field, Operation, Resource, Role, Value, Variant};
use crate::names;
use crate::token_text;

pub(crate) fn resource(declaration: &Declaration, naming: Naming) -> Option<Resource> {
    let fields = fields(declaration)?;
    let id = fields.iter().position(|field| matches!(field.role, Role::Id(_)))?;
    let name = declaration.ident.unraw().to_string();
    Some(Resource {
        singular: names::snake(&name),
        plural: names::snake(&naming.path),
        name,
        package: naming.package,
        version: naming.version,
        path: naming.path,
        table: naming.table,
        doc: declaration.doc.clone(),
        fields,
        id,
        operations: declaration.operations.iter().map(operation).collect(),
        behavior: declaration.behavior,
        krate: krate(declaration),
    })
}

pub(crate) fn value(declaration: &Declaration) -> Option<Value> {
    Some(Value {
        name: declaration.ident.unraw().to_string(),
        doc: declaration.doc.clone(),
        fields: fields(declaration)?,
        krate: krate(declaration),
    })
}

pub(crate) fn choice(declaration: &Declaration) -> Option<Choice> {
    declaration.fits.then(|| Choice {
        name: declaration.ident.unraw().to_string(),
        doc: declaration.doc.clone(),
        variants: declaration
            .variants
            .iter()
            .map(|variant| Variant {
                name: variant.ident.unraw().to_string(),
                wire: variant.wire(),
                doc: variant.doc.clone(),
                number: variant.number.checked,
            })
            .collect(),
        krate: krate(declaration),
    })
}

fn krate(declaration: &Declaration) -> Option<String> {
    declaration.names.krate.get().map(syn::LitStr::value)
}

fn fields(declaration: &Declaration) -> Option<Vec<Field>> {
    if !declaration.fits {
        return None;
    }
    declaration.fields.iter().map(field).collect()
}

fn field(field: &FieldDecl) -> Option<Field> {
    let has = |flag| field.flags.has(flag);
    Some(Field {
        name: field.name.clone(),
        doc: field.doc.clone(),
        shape: field.shape.clone()?,
        role: field.role,
        output_only: has(Flag::OutputOnly),
        input_only: has(Flag::InputOnly),
        immutable: has(Flag::Immutable),
        sensitive: has(Flag::Sensitive),
        unique: has(Flag::Unique),
        filter: has(Flag::Filter),
        sort: has(Flag::Sort),
        references: field.references.get().map(syn::LitStr::value),
        default: field.checked_default.clone(),
        rules: field.rules.iter().filter_map(|rule| rule.rule.clone()).collect(),
        was: field.was.get().map(syn::LitStr::value),
        number: field.number.checked,
    })
}

fn operation(operation: &crate::declaration::OperationDecl) -> Operation {
    Operation {
        name: operation.name.clone(),
        input: operation.input.as_ref().map(token_text::path),
        event: operation.event.get().map(syn::LitStr::value),
    }
}
