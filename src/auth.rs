//! The two seams of security: who calls, and what they may do.

use std::fmt;

use crate::behavior::OperationKind;
use crate::cell::Cell;
use crate::context::{Context, Principal};
use crate::descriptor::{BoxFuture, Descriptor};
use crate::error::Result;
use crate::json::{self, View};
use crate::resource::FieldType;

/// Finds out who calls.
///
/// ```
/// use fourfold::{Authenticator, Credentials, Error, ErrorKind, Principal, Result, descriptor::BoxFuture};
///
/// struct ApiKeys;
///
/// impl Authenticator for ApiKeys {
///     fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Principal>> {
///         Box::pin(async move {
///             match credentials.header("x-api-key") {
///                 Some("s3cret") => Ok(Principal::new("billing").with_role("admin")),
///                 _ => Err(Error::new(ErrorKind::Unauthenticated, "send a valid x-api-key")),
///             }
///         })
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// The principal behind the credentials; an error of kind `Unauthenticated` where there is none.
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Principal>>;

    /// What an answer 401 says in `WWW-Authenticate` (RFC 9110, section 11.6.1).
    fn challenge(&self) -> &'static str {
        "Bearer"
    }
}

/// What a caller showed, whichever way it came in. `Debug` shows the headers' names alone.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    pub(crate) headers: &'a http::HeaderMap,
}

impl<'a> Credentials<'a> {
    /// A header (REST) or metadata (gRPC) by its lower-case name, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials ")?;
        f.debug_list().entries(self.headers.keys().map(http::HeaderName::as_str)).finish()
    }
}

/// Decides what a principal may do. Asked twice: before anything is read, and once the row is known.
pub trait Policy: Send + Sync + 'static {
    /// Whether the principal may do this at all. `false` answers 403, whether or not the row exists.
    fn may<'a>(
        &'a self,
        ctx: &'a Context,
        resource: &'static Descriptor,
        operation: OperationKind,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Whether it may do this to this row. `false` answers as if there were no such row; on create it answers 403. A
    /// list leaves such rows out, and so does a watch, which asks for every change: of the row as an event holds it, in which
    /// fields that are `sensitive` or `input_only` have no value.
    fn may_row<'a>(
        &'a self,
        ctx: &'a Context,
        operation: OperationKind,
        row: RowView<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (ctx, operation, row);
        Box::pin(async { Ok(true) })
    }
}

/// A row as a policy sees it. `Debug` shows of it what an event would.
#[derive(Clone, Copy)]
pub struct RowView<'a> {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) cells: &'a [Cell],
}

impl RowView<'_> {
    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &'static Descriptor {
        self.descriptor
    }

    /// A field's value by name; `None` where there is no such field or it holds another type.
    ///
    /// ```
    /// # use fourfold::{RowView, Uuid};
    /// fn owner(row: RowView<'_>) -> Option<Uuid> {
    ///     row.get("user_id")
    /// }
    /// ```
    #[must_use]
    pub fn get<T: FieldType>(&self, name: &str) -> Option<T> {
        let (index, _) = self.descriptor.field(name)?;
        T::from_cell(self.cells.get(index)?.clone()).ok()
    }
}

impl fmt::Debug for RowView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = Vec::new();
        json::encode_row(&mut shown, self.descriptor.fields, self.cells, View::Event);
        write!(f, "{} {}", self.descriptor.name, String::from_utf8_lossy(&shown))
    }
}

/// Lets everybody in, unnamed. To say so explicitly is a decision; see [`Server::authenticator`].
///
/// [`Server::authenticator`]: crate::Server::authenticator
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

impl Authenticator for Anyone {
    fn authenticate<'a>(&'a self, _credentials: Credentials<'a>) -> BoxFuture<'a, Result<Principal>> {
        Box::pin(async { Ok(Principal::anonymous()) })
    }
}

/// Allows everything to everybody. To say so explicitly is a decision; see [`Server::policy`].
///
/// [`Server::policy`]: crate::Server::policy
#[derive(Clone, Copy, Debug)]
pub struct AllowAll;

impl Policy for AllowAll {
    fn may<'a>(
        &'a self,
        _ctx: &'a Context,
        _resource: &'static Descriptor,
        _operation: OperationKind,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(true) })
    }
}

#[cfg(all(test, feature = "derive"))]
mod tests {
    use super::*;
    use crate::resource::Resource as _;

    #[derive(crate::Value)]
    struct Card {
        holder: String,
        #[field(sensitive)]
        number: String,
    }

    #[derive(crate::Resource)]
    struct Account {
        #[field(id)]
        id: i64,
        #[field(input_only)]
        password: String,
        #[field(sensitive)]
        tax_id: Option<String>,
        card: Card,
    }

    #[test]
    fn an_authenticator_that_logs_credentials_logs_no_secret() {
        let mut headers = http::HeaderMap::new();
        headers.insert("authorization", http::HeaderValue::from_static("Bearer s3cret"));
        let credentials = Credentials { headers: &headers };
        assert_eq!(format!("{credentials:?}"), r#"Credentials ["authorization"]"#);
        assert_eq!(credentials.header("authorization"), Some("Bearer s3cret"));
    }

    #[test]
    fn a_policy_that_logs_a_row_logs_no_secret() {
        let card = Card { holder: "Zoe".to_owned(), number: "s3cret".to_owned() };
        let account =
            Account { id: 7, password: "s3cret".to_owned(), tax_id: Some("s3cret".to_owned()), card };
        let row = account.into_row();
        let view = RowView { descriptor: Account::DESCRIPTOR, cells: &row };
        assert_eq!(format!("{view:?}"), r#"Account {"id":7,"card":{"holder":"Zoe"}}"#);
        assert_eq!(view.get::<String>("password").as_deref(), Some("s3cret"));
    }
}
