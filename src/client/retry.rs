//! What is repeated, and after how long.

use std::time::Duration;

use super::call::Call;
use super::error::RemoteError;
use crate::error::ErrorKind;

/// Whether another attempt is safe and may help.
///
/// AIP-194 repeats what is not available. An attempt that took too long is repeated as well, since what is left of the
/// deadline is for another one; and so is what was too much, if it was said when to come back.
pub(super) fn may_repeat(call: &Call, error: &RemoteError) -> bool {
    call.repeatable()
        && match error.kind() {
            ErrorKind::Unavailable | ErrorKind::DeadlineExceeded => true,
            ErrorKind::ResourceExhausted => error.retry_after().is_some(),
            _ => false,
        }
}

/// Pauses that double, each drawn at random from nothing to its limit, so that callers who failed together do not come
/// back together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    pub(super) base: Duration,
    pub(super) cap: Duration,
}

impl Backoff {
    /// The pause after so many attempts; not shorter than what the other side asked for.
    pub(super) fn pause(self, attempts: u32, asked: Option<Duration>) -> Duration {
        let drawn = self.limit(attempts).mul_f64(fraction(uuid::Uuid::new_v4()));
        asked.unwrap_or_default().saturating_add(drawn)
    }

    fn limit(self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }
}

/// From nothing to almost one, of bits that are random.
fn fraction(random: uuid::Uuid) -> f64 {
    let [one, two, three, four, ..] = random.into_bytes();
    f64::from(u32::from_be_bytes([one, two, three, four])) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { base: Duration::from_millis(50), cap: Duration::from_secs(1) };

    #[test]
    fn limits_double_up_to_the_cap() {
        let limits: Vec<_> = (1..=7).map(|attempts| BACKOFF.limit(attempts).as_millis()).collect();
        assert_eq!(limits, [50, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(BACKOFF.limit(u32::MAX), BACKOFF.cap);
    }

    #[test]
    fn pauses_are_drawn_and_never_shorter_than_what_was_asked_for() {
        for _ in 0..100 {
            assert!(BACKOFF.pause(3, None) < Duration::from_millis(200));
            let asked = BACKOFF.pause(3, Some(Duration::from_secs(2)));
            assert!(asked >= Duration::from_secs(2) && asked < Duration::from_millis(2200));
        }
        assert_eq!(BACKOFF.pause(3, Some(Duration::MAX)), Duration::MAX);
    }

    #[test]
    fn only_what_is_safe_and_may_help_is_repeated() {
        let read = Call::read("/a.B/C", &());
        let write = Call::write("/a.B/C", &(), "some-id");
        let unsafe_write = Call::write("/a.B/C", &(), "");
        let away = RemoteError::new(ErrorKind::Unavailable, "");
        assert!(may_repeat(&read, &away));
        assert!(may_repeat(&write, &away));
        assert!(!may_repeat(&unsafe_write, &away));
        for kind in super::super::kind::ALL {
            let helps = matches!(kind, ErrorKind::Unavailable | ErrorKind::DeadlineExceeded);
            assert_eq!(may_repeat(&read, &RemoteError::new(kind, "")), helps, "{kind:?}");
        }
        let later = RemoteError::new(ErrorKind::ResourceExhausted, "").later(Duration::from_secs(1));
        assert!(may_repeat(&read, &later));
    }
}
