//! What requests are signed with, and what signatures are checked with.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};

use crate::error::{Error, Result};

/// How many bytes a shared secret may have.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// How many bytes a new one has.
const NEW: usize = 32;

/// A new shared secret, `whsec_..` with 32 bytes of chance: one for each endpoint, kept by both sides.
///
/// ```
/// let secret = fourfold::webhooks::generate_secret()?;
/// assert!(secret.starts_with("whsec_"));
/// # Ok::<(), fourfold::Error>(())
/// ```
pub fn generate_secret() -> Result<String> {
    let mut bytes = [0; NEW];
    let no_chance = |_| Error::internal("the system gave no random bytes");
    SystemRandom::new().fill(&mut bytes).map_err(no_chance)?;
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(bytes)))
}

/// What a request is signed with.
pub(super) enum SigningKey {
    /// `v1`: both sides have the secret.
    Shared(hmac::Key),
    /// `v1a`: the other side has the public half alone.
    Pair(Box<Ed25519KeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared(_) => "Shared",
            Self::Pair(_) => "Pair",
        })
    }
}

impl SigningKey {
    /// The key of its text; else what is wrong with it, without the text.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(secret) = text.strip_prefix("whsec_") {
            return Ok(Self::Shared(shared(secret)?));
        }
        let Some(pair) = text.strip_prefix("whsk_") else {
            return Err("must begin with whsec_ (a shared secret) or whsk_ (a private Ed25519 key)");
        };
        let wrong = "must have base64 of an Ed25519 key after whsk_: 32 bytes, or 64 with the public half";
        let bytes = BASE64_STANDARD.decode(pair).map_err(|_| wrong)?;
        let pair = match bytes.len() {
            32 => Ed25519KeyPair::from_seed_unchecked(&bytes),
            64 => Ed25519KeyPair::from_seed_and_public_key(&bytes[..32], &bytes[32..]),
            _ => return Err(wrong),
        };
        Ok(Self::Pair(Box::new(pair.map_err(|_| wrong)?)))
    }

    /// The signature with its version, as it stands in the header.
    pub(super) fn sign(&self, content: &[u8]) -> String {
        match self {
            Self::Shared(key) => format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(key, content))),
            Self::Pair(pair) => format!("v1a,{}", BASE64_STANDARD.encode(pair.sign(content))),
        }
    }
}

/// What a signature is checked with.
pub(super) enum VerifyingKey {
    Shared(hmac::Key),
    Public(UnparsedPublicKey<Vec<u8>>),
}

impl VerifyingKey {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(secret) = text.strip_prefix("whsec_") {
            return Ok(Self::Shared(shared(secret)?));
        }
        let Some(public) = text.strip_prefix("whpk_") else {
            return Err("must begin with whsec_ (a shared secret) or whpk_ (a public Ed25519 key)");
        };
        let bytes = BASE64_STANDARD.decode(public).ok().filter(|bytes| bytes.len() == 32);
        let bytes = bytes.ok_or("must have base64 of the 32 bytes of an Ed25519 key after whpk_")?;
        Ok(Self::Public(UnparsedPublicKey::new(&ED25519, bytes)))
    }

    /// Whether it is a signature of the content; one of another version is none. It takes as long for a wrong one.
    pub(super) fn verifies(&self, content: &[u8], signature: &str) -> bool {
        let Some((version, signature)) = signature.split_once(',') else { return false };
        let Ok(bytes) = BASE64_STANDARD.decode(signature) else { return false };
        match (self, version) {
            (Self::Shared(key), "v1") => hmac::verify(key, content, &bytes).is_ok(),
            (Self::Public(key), "v1a") => key.verify(content, &bytes).is_ok(),
            _ => false,
        }
    }
}

fn shared(text: &str) -> Result<hmac::Key, &'static str> {
    let bytes = BASE64_STANDARD.decode(text).ok().filter(|bytes| LENGTHS.contains(&bytes.len()));
    let bytes = bytes.ok_or("must have base64 of 24 to 64 bytes after whsec_")?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// What is signed: the id, the moment in seconds and the body, with dots between them.
pub(super) fn content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(id.len() + timestamp.len() + body.len() + 2);
    content.extend_from_slice(id.as_bytes());
    content.push(b'.');
    content.extend_from_slice(timestamp.as_bytes());
    content.push(b'.');
    content.extend_from_slice(body);
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the specification's own libraries: what `sign` is to give for these.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

    #[test]
    fn the_signature_is_that_of_the_specification() {
        let key = SigningKey::parse(SECRET).expect("a key");
        let signature = key.sign(&content(ID, "1614265330", br#"{"test": 2432232314}"#));
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_pair_signs_what_its_public_half_verifies() {
        let seed = [7; 32];
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a pair");
        let public = ring::signature::KeyPair::public_key(&pair).as_ref().to_vec();
        let signer = SigningKey::parse(&format!("whsk_{}", BASE64_STANDARD.encode(seed))).expect("a key");
        let whole = BASE64_STANDARD.encode([&seed[..], &public].concat());
        SigningKey::parse(&format!("whsk_{whole}")).expect("a key with its public half");
        let reader = VerifyingKey::parse(&format!("whpk_{}", BASE64_STANDARD.encode(public))).expect("a key");
        let signature = signer.sign(b"content");
        assert!(signature.starts_with("v1a,"));
        assert!(reader.verifies(b"content", &signature));
        assert!(!reader.verifies(b"contents", &signature));
        assert!(
            !reader.verifies(b"content", &signature.replace("v1a,", "v1,")),
            "a version is not to be swapped"
        );
    }

    #[test]
    fn a_secret_that_is_none_says_what_is_wrong_and_not_what_it_is() {
        let long = format!("whsec_{}", BASE64_STANDARD.encode([1; 65]));
        for text in
            ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", &long, "whsk_c2hvcnQ=", "whpk_AAAA"]
        {
            let wrong = SigningKey::parse(text).expect_err("refused");
            assert!(wrong.starts_with("must ") && (text.len() < 7 || !wrong.contains(&text[6..])), "{wrong}");
        }
        for length in [24, 64] {
            SigningKey::parse(&format!("whsec_{}", BASE64_STANDARD.encode(vec![1; length])))
                .expect("a secret");
        }
        SigningKey::parse(&generate_secret().expect("a secret")).expect("it can be signed with");
    }
}
