//! Who may call: whoever shows one of the keys in `API_KEYS`.

use fourfold::descriptor::BoxFuture;
use fourfold::{AllowAll, Authenticator, Credentials, Error, ErrorKind, Principal, Result, Server};

/// Has the server ask for a key where `API_KEYS` has some, as `web=3f7a..,billing=9c01..`; then it may listen on all
/// addresses. Without keys it serves this machine alone.
pub fn guard(server: Server) -> Result<Server> {
    match std::env::var("API_KEYS") {
        Ok(text) if !text.trim().is_empty() => {
            // Every key may do everything: write a `fourfold::Policy` where that is not what is meant.
            Ok(server.authenticator(ApiKeys::read(&text)?).policy(AllowAll))
        }
        _ => Ok(server),
    }
}

/// The keys, with the names of those who have them.
struct ApiKeys(Vec<(String, String)>);

impl ApiKeys {
    fn read(text: &str) -> Result<Self> {
        let key = |part: &str| {
            let (name, key) = part.split_once('=')?;
            let (name, key) = (name.trim(), key.trim());
            (!name.is_empty() && !key.is_empty()).then(|| (name.to_owned(), key.to_owned()))
        };
        let keys: Option<Vec<_>> = text.split(',').map(key).collect();
        keys.map(Self)
            .ok_or_else(|| Error::internal("API_KEYS has to be names and keys, as web=3f7a..,billing=9c01.."))
    }
}

impl Authenticator for ApiKeys {
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Principal>> {
        let shown = credentials
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        // All keys are looked at, so that the time it takes says nothing about them.
        let owner = self
            .0
            .iter()
            .fold(None, |found, (name, key)| if same(key, shown) { Some(name) } else { found });
        let principal = owner.map(|name| Principal::new(name.as_str())).ok_or_else(|| {
            Error::new(
                ErrorKind::Unauthenticated,
                "send `authorization: Bearer` with a key that is valid",
            )
        });
        Box::pin(async move { principal })
    }
}

/// Compares two texts in a time that depends on their lengths alone.
fn same(one: &str, other: &str) -> bool {
    let differences = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_name() {
        let keys = ApiKeys::read("web=a, billing=b=c").expect("two keys");
        assert_eq!(keys.0[1], ("billing".to_owned(), "b=c".to_owned()));
        for wrong in ["web", "web=", "=a", "web=a,"] {
            assert!(ApiKeys::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_whole_key_is_the_same() {
        assert!(same("secret", "secret"));
        for other in ["", "secre", "secreT", "secrets"] {
            assert!(!same("secret", other), "{other}");
        }
    }
}

