//! How fast pieces of work go, and so how many of them that follow each other are worth being held at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long one place goes on with what follows each other; then others have their turn.
pub(super) const SLICE: Duration = Duration::from_millis(100);
/// How many may follow one at most.
const MOST: u64 = 64;
/// How many are held beyond those that run at most.
const AHEAD: usize = 1024;
/// Where nothing is known yet.
const FIRST: Duration = Duration::from_millis(10);

/// How long a piece takes, the last ones counting most.
#[derive(Debug)]
pub(super) struct Pace {
    nanos: AtomicU64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { nanos: AtomicU64::new(nanos(FIRST)) }
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl Pace {
    /// So many took so long. Where two say so at once, one of them is forgotten.
    pub(super) fn note(&self, span: Duration, count: u32) {
        if count == 0 {
            return;
        }
        let (one, before) = (nanos(span / count), self.nanos.load(Ordering::Relaxed));
        self.nanos.store(before - before / 8 + one / 8, Ordering::Relaxed);
    }

    /// How many are to be held beyond those that run.
    pub(super) fn ahead(&self, places: usize) -> usize {
        places.saturating_mul(self.behind()).min(AHEAD)
    }

    /// How many are to follow one.
    pub(super) fn behind(&self) -> usize {
        let fit = nanos(SLICE) / self.nanos.load(Ordering::Relaxed).max(1);
        usize::try_from(fit.min(MOST)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_slow_is_held_one_at_a_time_and_what_is_fast_in_bulk() {
        let pace = Pace::default();
        assert_eq!((pace.behind(), pace.ahead(16), pace.ahead(512)), (10, 160, 1024));
        for _ in 0..100 {
            pace.note(Duration::from_mins(1), 1);
        }
        assert_eq!(pace.behind(), 0);
        for _ in 0..200 {
            pace.note(Duration::from_micros(640), 64);
        }
        assert_eq!(pace.behind(), 64);
        pace.note(Duration::MAX, 0);
        assert_eq!(pace.behind(), 64);
    }
}
