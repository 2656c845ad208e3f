//! The other end: whether a request is one that was signed.

use std::fmt;
use std::time::Duration;

use chrono::Utc;
use http::HeaderMap;

use super::key::{VerifyingKey, content};
use super::{ID, SIGNATURE, TIMESTAMP};
use crate::error::{Error, Result};

/// How old, or how far ahead, a request may be; five minutes, unless said.
const TOLERANCE: Duration = Duration::from_mins(5);

/// Checks requests for whoever receives webhooks: any that keep to [Standard Webhooks](https://www.standardwebhooks.com),
/// fourfold's or others'.
///
/// It needs the body as it came, byte by byte, before anything reads it as JSON.
///
/// ```
/// use fourfold::webhooks::Verifier;
///
/// # fn main() -> fourfold::Result<()> {
/// // The second secret is the one before: both hold while the sender goes over from one to the other.
/// let verifier = Verifier::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?
///     .or("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
///
/// let nothing = http::HeaderMap::new();
/// assert!(verifier.verify(&nothing, b"{}").is_err());
/// # Ok(())
/// # }
/// ```
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    tolerance: Duration,
}

/// A request that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The same for each repeat of a delivery: what has been dealt with under this id is done.
    pub id: String,
    /// When it was sent.
    pub sent_at: chrono::DateTime<Utc>,
}

/// Why a request was not taken for one that was signed. Answer all of them with 401 or 400, and do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unverified {
    /// One of the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` is missing or no text.
    NoHeader(&'static str),
    /// The timestamp is no number of seconds.
    NoMoment,
    /// It was sent too long ago: a copy of an old request, or a clock that is wrong.
    TooOld,
    /// It was sent in the future: a clock is wrong.
    TooNew,
    /// No signature is by one of the secrets over this id, moment and body.
    NoSignature,
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader(name) => write!(f, "there is no header {name}"),
            Self::NoMoment => f.write_str("webhook-timestamp is no number of seconds"),
            Self::TooOld => f.write_str("it was sent too long ago"),
            Self::TooNew => f.write_str("it was sent in the future"),
            Self::NoSignature => f.write_str("no signature fits"),
        }
    }
}

impl std::error::Error for Unverified {}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("tolerance", &self.tolerance).finish_non_exhaustive()
    }
}

/// Checks one request; a [`Verifier`] that is kept saves reading the secret each time.
///
/// ```
/// use fourfold::webhooks::verify;
///
/// # let (headers, body) = (http::HeaderMap::new(), b"{}");
/// let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// assert!(verify(secret, &headers, body).is_err());
/// ```
pub fn verify(secret: &str, headers: &HeaderMap, body: &[u8]) -> Result<Verified> {
    let refused = |why: Unverified| {
        Error::new(
            crate::ErrorKind::Unauthenticated,
            format!("the webhook is not signed as it should be: {why}"),
        )
    };
    Verifier::new(secret)?.verify(headers, body).map_err(refused)
}

impl Verifier {
    /// By a shared secret, `whsec_..`, or a public key, `whpk_..`.
    pub fn new(secret: &str) -> Result<Self> {
        Self { keys: Vec::new(), tolerance: TOLERANCE }.or(secret)
    }

    /// Or by another one: the one before, while secrets change.
    pub fn or(mut self, secret: &str) -> Result<Self> {
        let key = VerifyingKey::parse(secret);
        self.keys.push(key.map_err(|wrong| Error::internal(format!("the secret of a webhook {wrong}")))?);
        Ok(self)
    }

    /// How far the sender's clock and this one may be apart, with the time on the way; five minutes unless said. Who has
    /// caught a request can send it again for so long.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Whether it was signed, and is of now.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<Verified, Unverified> {
        self.verify_at(headers, body, Utc::now().timestamp())
    }

    fn verify_at(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Verified, Unverified> {
        let text = |name: &'static str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or(Unverified::NoHeader(name))
        };
        let (id, timestamp, signatures) = (text(ID)?, text(TIMESTAMP)?, text(SIGNATURE)?);
        let moment: i64 = timestamp.parse().map_err(|_| Unverified::NoMoment)?;
        let sent_at = chrono::DateTime::from_timestamp(moment, 0).ok_or(Unverified::NoMoment)?;
        let content = content(id, timestamp, body);
        // All are tried, so that the time tells nothing of which one fits.
        let fits = signatures.split(' ').flat_map(|one| self.keys.iter().map(move |key| (key, one)));
        let fits = fits.fold(false, |found, (key, one)| key.verifies(&content, one) || found);
        if !fits {
            return Err(Unverified::NoSignature);
        }
        let tolerance = i64::try_from(self.tolerance.as_secs()).unwrap_or(i64::MAX);
        if now.saturating_sub(moment) > tolerance {
            return Err(Unverified::TooOld);
        }
        if moment.saturating_sub(now) > tolerance {
            return Err(Unverified::TooNew);
        }
        Ok(Verified { id: id.to_owned(), sent_at })
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::SigningKey;
    use super::*;

    const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const NOW: i64 = 1_700_000_000;
    const BODY: &[u8] = b"{\"type\":\"order.created\"}";

    fn signed(secrets: &[&str], moment: &str) -> HeaderMap {
        let content = content("msg_1", moment, BODY);
        let signatures =
            secrets.iter().map(|secret| SigningKey::parse(secret).expect("a key").sign(&content));
        let signatures = signatures.collect::<Vec<_>>().join(" ");
        let headers = [(ID, "msg_1"), (TIMESTAMP, moment), (SIGNATURE, &*signatures)];
        headers
            .into_iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("text")))
            .collect()
    }

    #[test]
    fn while_secrets_change_either_end_may_be_ahead() {
        let both = Verifier::new(NEW).and_then(|it| it.or(OLD)).expect("a verifier");
        let one = Verifier::new(NEW).expect("a verifier");
        let moment = NOW.to_string();
        for (verifier, secrets) in [(&both, &[OLD][..]), (&both, &[NEW]), (&one, &[OLD, NEW])] {
            let verified = verifier.verify_at(&signed(secrets, &moment), BODY, NOW).expect("signed");
            assert_eq!((verified.id.as_str(), verified.sent_at.timestamp()), ("msg_1", NOW));
        }
        assert_eq!(one.verify_at(&signed(&[OLD], &moment), BODY, NOW), Err(Unverified::NoSignature));
    }

    #[test]
    fn nothing_of_what_is_signed_may_be_another() {
        let verifier = Verifier::new(NEW).expect("a verifier");
        let headers = signed(&[NEW], &NOW.to_string());
        verifier.verify_at(&headers, BODY, NOW).expect("signed");
        assert_eq!(verifier.verify_at(&headers, b"{}", NOW), Err(Unverified::NoSignature));
        for (name, value) in
            [(ID, "msg_2"), (TIMESTAMP, "1700000001"), (SIGNATURE, "v1,AAAA"), (SIGNATURE, "")]
        {
            let mut other = headers.clone();
            other.insert(name, value.parse().expect("text"));
            assert_eq!(verifier.verify_at(&other, BODY, NOW), Err(Unverified::NoSignature), "{name}");
            other.remove(name);
            assert_eq!(verifier.verify_at(&other, BODY, NOW), Err(Unverified::NoHeader(name)));
        }
        for moment in ["now", "1700000000.5", "99999999999999999999", "9223372036854775807"] {
            let refused = verifier.verify_at(&signed(&[NEW], moment), BODY, NOW);
            assert_eq!(refused, Err(Unverified::NoMoment), "{moment}");
        }
    }

    #[test]
    fn an_old_request_is_not_taken_again() {
        let verifier = Verifier::new(NEW).expect("a verifier");
        let headers = signed(&[NEW], &NOW.to_string());
        for (now, verdict) in [
            (NOW + 300, None),
            (NOW + 301, Some(Unverified::TooOld)),
            (NOW - 300, None),
            (NOW - 301, Some(Unverified::TooNew)),
        ] {
            assert_eq!(verifier.verify_at(&headers, BODY, now).err(), verdict, "{now}");
        }
        let patient = verifier.tolerance(Duration::from_hours(1));
        patient.verify_at(&headers, BODY, NOW + 3600).expect("within the tolerance");
    }
}
