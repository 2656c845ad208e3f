//! Names: how protobuf and `google.api` derive them from ours.

use fourfold_model::rpc;

/// The name in protobuf's JSON, as protoc makes it: `user_id` is `userId`, `line_2` is `line2`.
pub(super) fn json_name(name: &str) -> String {
    let mut upper = false;
    let mut out = String::with_capacity(name.len());
    for char in name.chars() {
        if char == '_' {
            upper = true;
        } else {
            out.push(if upper { char.to_ascii_uppercase() } else { char });
            upper = false;
        }
    }
    out
}

/// The message of a map's entries, as protoc calls it: `user_labels` has `UserLabelsEntry`.
pub(super) fn entry(field: &str) -> String {
    format!("{}Entry", rpc::pascal(field))
}

/// A name of the package with a dot before it, `.shop.order.v1.Order`: how descriptors refer to it.
pub(super) fn full(package: &str, name: &str) -> String {
    format!(".{package}.{name}")
}

/// What kind of resource it is across all services (AIP-123), from its full name: `shop.order.v1.Order` is
/// `order.shop/Order`. The package is turned around, so that it reads as the name of a host does, and its version is
/// left out, because a new version of the service has the same resources.
pub(super) fn resource_type(full: &str) -> String {
    let (package, name) = full.rsplit_once('.').unwrap_or(("", full));
    let unversioned = package.rsplit_once('.').map_or(package, |(before, _)| before);
    let host: Vec<String> = unversioned.rsplit('.').map(|segment| segment.replace('_', "-")).collect();
    format!("{}/{name}", host.join("."))
}

/// `order_item` is `order item`.
pub(super) fn words(snake: &str) -> String {
    snake.replace('_', " ")
}

/// `an order`, `a user item`.
pub(super) fn a(snake: &str) -> String {
    let article = if snake.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {}", words(snake))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_protoc() {
        assert_eq!(json_name("user_id"), "userId");
        assert_eq!(json_name("line_2_b"), "line2B");
        assert_eq!(entry("user_labels"), "UserLabelsEntry");
        assert_eq!(entry("a_1"), "A1Entry");
    }

    #[test]
    fn a_resource_type_has_no_version() {
        assert_eq!(resource_type("shop.order_item.v1.Order"), "order-item.shop/Order");
        assert_eq!(resource_type("shop.v2beta1.Order"), "shop/Order");
    }
}
