//! Sums of bytes: two texts with the same sum are the same text, but for a chance of one in 2^64.

use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Read};

/// A sum of many things. Only this build of the program need ever understand it.
#[derive(Default)]
pub(crate) struct Sum(DefaultHasher);

impl Sum {
    /// Adds bytes; where they end is a part of it.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.0.write_usize(bytes.len());
    }

    pub(crate) fn end(&self) -> u64 {
        self.0.finish()
    }
}

/// The sum of bytes that are at hand.
pub(crate) fn of(bytes: &[u8]) -> u64 {
    // Reading from memory can't fail.
    read(bytes).unwrap_or_default()
}

/// The sum of what is read, never all of it in memory.
pub(crate) fn read(mut from: impl Read) -> io::Result<u64> {
    let mut sum = Sum::default();
    let mut part = Vec::with_capacity(PART);
    loop {
        part.clear();
        from.by_ref().take(PART as u64).read_to_end(&mut part)?;
        sum.add(&part);
        if part.len() < PART {
            return Ok(sum.end());
        }
    }
}

/// How much is read at once.
const PART: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_depends_on_every_byte_and_on_nothing_else() {
        let long = vec![7; PART * 2 + 5];
        let mut other = long.clone();
        other[PART + 1] = 8;
        assert_ne!(of(&long), of(&other));
        assert_ne!(of(&long), of(&long[1..]));
        assert_ne!(of(&long[..PART]), of(&long[..PART * 2]));
        let (first, rest) = long.split_at(11);
        assert_eq!(of(&long), read(first.chain(rest)).unwrap(), "how it comes makes no difference");
        assert_ne!(of(b""), of(b"\0"));
    }
}
