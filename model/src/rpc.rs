//! The gRPC face of a resource: the names of its service, methods and messages, and the numbers of the fields that all
//! requests share.
//!
//! This file is the only place that says so. The generator writes descriptors by it; the runtime carries the same file
//! (a symbolic link) to find its way through requests. The numbers never change: they are on the wire.

/// `Get<Name>Request`.
pub mod get {
    /// Which resource.
    pub const ID: u32 = 1;
}

/// `List<Plural>Request`.
pub mod list {
    /// How many at most.
    pub const PAGE_SIZE: u32 = 1;
    /// Where the page before ended.
    pub const PAGE_TOKEN: u32 = 2;
    /// AIP-160.
    pub const FILTER: u32 = 3;
    /// AIP-132.
    pub const ORDER_BY: u32 = 4;
}

/// `List<Plural>Response`.
pub mod page {
    /// The resources; the field is called by the plural.
    pub const ITEMS: u32 = 1;
    /// Empty where this is the last page.
    pub const NEXT_PAGE_TOKEN: u32 = 2;
}

/// `Watch<Plural>Request`.
pub mod watch {
    /// After what to go on.
    pub const RESUME_TOKEN: u32 = 1;
    /// AIP-160.
    pub const FILTER: u32 = 2;
    /// Whether to begin with all that is still known, where there is no token.
    pub const FROM_BEGINNING: u32 = 3;
}

/// `Watch<Plural>Response`.
pub mod told {
    /// Goes on after this.
    pub const RESUME_TOKEN: u32 = 1;
    /// What happened; empty where nothing did.
    pub const HAPPENED: u32 = 2;
    /// The resource since then; the field is called by the singular.
    pub const RESOURCE: u32 = 3;
    /// The resource before.
    pub const BEFORE: u32 = 4;
    /// The names of the fields that are not as they were.
    pub const CHANGED: u32 = 5;
}

/// `Create<Name>Request`.
pub mod create {
    /// The resource; the field is called by the singular.
    pub const RESOURCE: u32 = 1;
    /// A repeat under the same id gets the first answer (AIP-155).
    pub const REQUEST_ID: u32 = 2;
}

/// `Update<Name>Request`.
pub mod update {
    /// The resource with its id, and its etag where the caller names a version.
    pub const RESOURCE: u32 = 1;
    /// Which fields change (AIP-134): absent means those that are populated, `*` means all.
    pub const UPDATE_MASK: u32 = 2;
    /// A repeat under the same id gets the first answer (AIP-155).
    pub const REQUEST_ID: u32 = 3;
}

/// `Delete<Name>Request`, and the request of a custom operation.
pub mod change {
    /// Which resource.
    pub const ID: u32 = 1;
    /// The version that it must still have, where the caller names one (AIP-154).
    pub const ETAG: u32 = 2;
    /// A repeat under the same id gets the first answer (AIP-155).
    pub const REQUEST_ID: u32 = 3;
    /// What the operation takes, where it takes something.
    pub const INPUT: u32 = 4;
}

/// What an event of a resource says.
pub mod event {
    /// The resource since then; the field is called by the singular.
    pub const RESOURCE: u32 = 1;
    /// The resource as it was.
    pub const BEFORE: u32 = 2;
    /// The fields that are not as they were, as a field mask.
    pub const CHANGED: u32 = 3;
}

/// The field of an event's message that holds the resource as it was.
pub const BEFORE: &str = "before";

/// The field of an event's message that names what has changed.
pub const CHANGED: &str = "changed";

/// The field of a custom operation's request that holds what it takes.
pub const INPUT: &str = "input";

/// The field of every resource's message that holds its version as REST's `ETag` does (AIP-154).
pub const ETAG: &str = "etag";

/// `OrderService`.
#[must_use]
pub fn service(name: &str) -> String {
    format!("{name}Service")
}

/// `GetOrder`.
#[must_use]
pub fn get_method(name: &str) -> String {
    format!("Get{name}")
}

/// `ListOrderItems`, by the plural in snake case.
#[must_use]
pub fn list_method(plural: &str) -> String {
    format!("List{}", pascal(plural))
}

/// `WatchOrderItems`, by the plural in snake case.
#[must_use]
pub fn watch_method(plural: &str) -> String {
    format!("Watch{}", pascal(plural))
}

/// `CreateOrder`.
#[must_use]
pub fn create_method(name: &str) -> String {
    format!("Create{name}")
}

/// `UpdateOrder`.
#[must_use]
pub fn update_method(name: &str) -> String {
    format!("Update{name}")
}

/// `DeleteOrder`.
#[must_use]
pub fn delete_method(name: &str) -> String {
    format!("Delete{name}")
}

/// `CancelOrder`, by the operation in snake case.
#[must_use]
pub fn custom_method(operation: &str, name: &str) -> String {
    format!("{}{name}", pascal(operation))
}

/// `CancelOrderRequest`.
#[must_use]
pub fn request(method: &str) -> String {
    format!("{method}Request")
}

/// `ListOrdersResponse`, `WatchOrdersResponse`.
#[must_use]
pub fn response(method: &str) -> String {
    format!("{method}Response")
}

/// `OrderCreated`, by the name of the resource and what happened to it in snake case.
#[must_use]
pub fn event_message(name: &str, event: &str) -> String {
    format!("{name}{}", pascal(event))
}

/// `ORDER_STATUS_PLACED`, by the names of the enum and of what is sent.
#[must_use]
pub fn enum_value(choice: &str, wire: &str) -> String {
    format!("{}_{}", screaming(choice), screaming(wire))
}

/// `ORDER_STATUS_UNSPECIFIED`: the zero of every enum, which nobody may send.
#[must_use]
pub fn unspecified(choice: &str) -> String {
    enum_value(choice, "unspecified")
}

/// `order_item` is `OrderItem`.
#[must_use]
pub fn pascal(snake: &str) -> String {
    let mut out = String::with_capacity(snake.len());
    let mut upper = true;
    for char in snake.chars() {
        if char == '_' || char == '-' {
            upper = true;
        } else if upper {
            out.extend(char.to_uppercase());
            upper = false;
        } else {
            out.push(char);
        }
    }
    out
}

/// `OrderStatus`, `in_transit` and `in-transit` in capitals with single underscores between words.
fn screaming(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let chars: Vec<char> = name.chars().collect();
    for (index, char) in chars.iter().enumerate() {
        if !char.is_ascii_alphanumeric() {
            if !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(index + 1);
        let begins = char.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if begins {
            out.push('_');
        }
        out.push(char.to_ascii_uppercase());
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_resource() {
        assert_eq!(list_method("order_items"), "ListOrderItems");
        assert_eq!(custom_method("send_back", "Order"), "SendBackOrder");
        assert_eq!(event_message("Order", "sent_back"), "OrderSentBack");
        assert_eq!(enum_value("OrderStatus", "in_transit"), "ORDER_STATUS_IN_TRANSIT");
        assert_eq!(enum_value("HTTPState", "2xx"), "HTTP_STATE_2XX");
        assert_eq!(enum_value("State", "a--b_"), "STATE_A_B");
        assert_eq!(unspecified("A"), "A_UNSPECIFIED");
    }
}
