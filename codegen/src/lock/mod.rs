//! `fourfold.lock`: the proto numbers, which never move.
//!
//! A line says which number a field has, or had:
//!
//! ```text
//! shop.order.v1.Order.created_at = 7 google.protobuf.Timestamp
//! shop.order.v1.Order.customer_id = 2 string
//! shop.order.v1.Order.old = 3 string reserved
//! shop.order.v1.Order.user_id = 2 string renamed
//! shop.order.v1.OrderStatus.ORDER_STATUS_PLACED = 1
//! ```
//!
//! What went away is `reserved`: its number and its name are not given to another. Where it comes back and means what it
//! meant, a person takes the word off its line; nobody else can know that. A name that a field gave up for another
//! (`was`) is `renamed`: its number lives on under the new name. The field may take the old name back, others may not.
//!
//! The requests of operations have fixed numbers. What one takes is of the user's type, and so it has a line:
//! `shop.order.v1.CancelOrderRequest.input = 4 CancelOrder`.
//!
//! The lines of a message that went away stay, so that nothing is reused when it comes back.

mod parse;
mod text;
mod update;
mod wanted;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use update::Update;

/// The numbers of all messages and enums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// By the full name of the message or enum, `shop.order.v1.Order`.
    pub messages: BTreeMap<String, Message>,
}

/// The numbers of one message or enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The fields (or the enum's values, `ORDER_STATUS_PLACED`) by name, those that went away too.
    pub entries: BTreeMap<String, Entry>,
}

/// A number and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number.
    pub number: u32,
    /// The proto type, `string`, `repeated Item`, `map<string, int64>`; empty for an enum's value.
    pub ty: String,
    /// What became of the name.
    pub state: State,
}

/// What became of a name; what is further down came later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is in use.
    Live,
    /// It is gone: the name and the number are not used again.
    Reserved,
    /// The field has another name now, and the number with it.
    Renamed,
}

impl Lock {
    /// The number of a field or an enum's value.
    #[must_use]
    pub fn number(&self, message: &str, field: &str) -> Option<u32> {
        self.messages
            .get(message)?
            .entries
            .get(field)
            .filter(|entry| entry.state == State::Live)
            .map(|entry| entry.number)
    }

    /// The numbers of a message that are gone, in their order, each with the name that it had: both are reserved.
    #[must_use]
    pub fn reserved(&self, message: &str) -> Vec<(u32, &str)> {
        let mut reserved: Vec<(u32, &str)> =
            self.named(message, State::Reserved).map(|(name, entry)| (entry.number, name)).collect();
        reserved.sort_unstable();
        reserved
    }

    /// The names of a message that fields gave up for others: they are reserved, and their numbers are in use.
    #[must_use]
    pub fn renamed(&self, message: &str) -> Vec<&str> {
        self.named(message, State::Renamed).map(|(name, _)| name).collect()
    }

    fn named(&self, message: &str, state: State) -> impl Iterator<Item = (&str, &Entry)> {
        let entries = self.messages.get(message).into_iter().flat_map(|message| &message.entries);
        entries.filter(move |(_, entry)| entry.state == state).map(|(name, entry)| (name.as_str(), entry))
    }

    /// What `.gitattributes` beside the lock says: git merges it line by line, and reading it finds what does not fit.
    #[must_use]
    pub const fn gitattributes() -> &'static str {
        "fourfold.lock merge=union\n"
    }
}
