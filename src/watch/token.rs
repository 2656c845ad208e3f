//! Resume tokens: a place in the log, for the watchers of one resource.
//!
//! A token is the base64url of: a version byte, a hash of the resource's name, the log, the place in it, and a checksum of
//! all that. It is opaque, not secret: it says nothing of what happened there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::Place;
use crate::descriptor::Descriptor;
use crate::error::Error;
use crate::store::Position;
use crate::text;

const VERSION: u8 = 1;
/// The name of the parameter, to which violations point.
pub(super) const RESUME_TOKEN: &str = "resume_token";
/// Version, resource, log, transaction, row.
const LENGTH: usize = 1 + 8 + 16 + 8 + 8;

/// The token of a place.
pub(super) fn write(descriptor: &Descriptor, place: Place) -> String {
    let mut bytes = Vec::with_capacity(LENGTH + 8);
    bytes.push(VERSION);
    bytes.extend(text::fnv1a(descriptor.full_name().as_bytes()).to_be_bytes());
    bytes.extend(place.log.as_bytes());
    bytes.extend(place.position.tx.to_be_bytes());
    bytes.extend(place.position.seq.to_be_bytes());
    let checksum = text::fnv1a(&bytes);
    bytes.extend(checksum.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place of a token.
pub(super) fn read(descriptor: &Descriptor, token: &str) -> Result<Place, Error> {
    let wrong = |message: &'static str| Error::violation(RESUME_TOKEN, RESUME_TOKEN, message);
    let (resource, place) = open(token).ok_or_else(|| {
        wrong("is not a token of a watch: send the last one that came as it is, or none to begin anew")
    })?;
    if resource != text::fnv1a(descriptor.full_name().as_bytes()) {
        return Err(wrong("belongs to another resource; watch this one without it"));
    }
    Ok(place)
}

fn open(token: &str) -> Option<(u64, Place)> {
    // Longer ones need not be looked at.
    let bytes = (token.len() <= 2 * LENGTH).then(|| URL_SAFE_NO_PAD.decode(token).ok())??;
    let (content, checksum) = bytes.split_last_chunk::<8>()?;
    if content.len() != LENGTH || u64::from_be_bytes(*checksum) != text::fnv1a(content) {
        return None;
    }
    let (resource, rest) = content.strip_prefix(&[VERSION])?.split_first_chunk::<8>()?;
    let (log, rest) = rest.split_first_chunk::<16>()?;
    let (tx, rest) = rest.split_first_chunk::<8>()?;
    let seq = rest.first_chunk::<8>()?;
    let position = Position { tx: u64::from_be_bytes(*tx), seq: i64::from_be_bytes(*seq) };
    Some((u64::from_be_bytes(*resource), Place { log: Uuid::from_bytes(*log), position }))
}
