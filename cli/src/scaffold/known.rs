//! The resources that a service has, as far as others may point to them.

use fourfold_codegen::catalog::Catalog;
use fourfold_model::model::{IdKind, Role};

use crate::spec::{Field, Many, Spec};

/// A resource that can be pointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// `order_item`
    pub(crate) snake: String,
    /// `shop.order_item.v1.OrderItem`
    pub(crate) full: String,
    pub(crate) id: IdKind,
    /// The module of its test, where there is one of ours.
    pub(crate) module: String,
}

/// Those of a catalog.
pub(crate) fn of_catalog(catalog: &Catalog) -> Vec<Known> {
    let known = |resource: &fourfold_model::model::Resource| {
        let id = resource.fields.iter().find_map(|field| match field.role {
            Role::Id(kind) => Some(kind),
            _ => None,
        });
        let name = crate::spec::Name::read(&resource.singular)?;
        Some(Known {
            snake: resource.singular.clone(),
            full: format!("{}.{}", resource.package, resource.name),
            id: id?,
            module: name.module(),
        })
    };
    catalog.resources().filter_map(|(_, item)| known(&item.model)).collect()
}

/// The one that a spec will be.
pub(crate) fn of_spec(spec: &Spec, prefix: &str) -> Known {
    Known {
        snake: spec.name.snake.clone(),
        full: format!("{}.{}", package(spec, prefix), spec.name.pascal),
        id: id(spec),
        module: spec.name.module(),
    }
}

/// The proto package of a spec.
pub(crate) fn package(spec: &Spec, prefix: &str) -> String {
    format!("{prefix}.{}.v1", spec.name.snake)
}

/// Where the id of a spec comes from.
pub(crate) fn id(spec: &Spec) -> IdKind {
    spec.field("id").and_then(id_kind).unwrap_or(IdKind::Uuid)
}

/// The kind of id that a field can be.
pub(crate) fn id_kind(field: &Field) -> Option<IdKind> {
    use crate::spec::Element::Scalar;
    use fourfold_model::types::Scalar as Is;
    match (&field.element, field.many, field.optional) {
        (Scalar(Is::Uuid), Many::One, false) => Some(IdKind::Uuid),
        (Scalar(Is::I64), Many::One, false) => Some(IdKind::I64),
        (Scalar(Is::String), Many::One, false) => Some(IdKind::String),
        _ => None,
    }
}

/// The resource that a reference means: by its name in any form, or by its full name.
pub(crate) fn find<'a>(known: &'a [Known], target: &str) -> Option<&'a Known> {
    let snake = fourfold_model::snake(target);
    known.iter().find(|one| one.full == target || one.snake == snake)
}
