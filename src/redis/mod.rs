//! What everything on Redis shares: tasks and events change what is theirs by scripts, over one connection.
//!
//! | part | where |
//! | --- | --- |
//! | what the URL says | `place.rs` |
//! | the connection, made anew when it is broken | `line.rs` |
//! | how safe the server keeps things | `safety.rs` |
//! | what all scripts begin with | `scripts/common.lua` |
//! | what a server answers | `values.rs` |
//! | who waits | `wake.rs` |

mod line;
mod place;
mod safety;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod values;
mod wake;

use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use line::{Line, Mistake};

/// How often who waits looks by itself, give or take.
pub(crate) const POLL: Duration = Duration::from_millis(500);
/// How many things, and bytes of them, one script works on: while it does, the server does nothing else.
pub(crate) const GROUP: usize = 512;
pub(crate) const BYTES: usize = 4 << 20;

/// For what a server is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// What would be lost with it: "tasks".
    pub(crate) what: &'static str,
    /// What says where it is: `FOURFOLD_TASKS_URL`.
    pub(crate) variable: &'static str,
    /// The channel that hints come on, behind the prefix.
    pub(crate) channel: &'static str,
}

/// What a look brought to who waits.
pub(crate) struct Looked<T> {
    pub(crate) found: Vec<T>,
    /// The microseconds until something happens by itself, as a script says them; '' where nothing does.
    pub(crate) pause: Option<String>,
    /// Whether there was so much to go past that it has to be looked again.
    pub(crate) again: bool,
}

impl Line {
    /// Looks until there is something, or the time is over; hints under this name wake it.
    pub(crate) async fn wait<T, E, F>(
        &self,
        name: &str,
        wait: Duration,
        look: impl Fn() -> F,
    ) -> Result<Vec<T>, E>
    where
        E: From<Mistake>,
        F: Future<Output = Result<Looked<T>, E>>,
    {
        let deadline = Instant::now() + wait;
        let wake = self.wakes.of(name);
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut woken = pin!(wake.notified());
            woken.as_mut().enable();
            self.listen().await?;
            let Looked { found, pause, again } = look().await?;
            if !found.is_empty() || Instant::now() >= deadline {
                return Ok(found);
            }
            if again {
                continue;
            }
            let pause = pause.and_then(|micros| micros.parse().ok());
            let pause = pause.map_or(POLL, Duration::from_micros).clamp(Duration::from_millis(1), POLL);
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep_until(deadline.min(Instant::now() + pause)) => {}
            }
        }
    }
}

/// How many of them go together: at least one.
pub(crate) fn together<T>(all: &[T], bytes: impl Fn(&T) -> usize) -> usize {
    let mut sum = 0;
    let fits = |one: &&T| {
        sum += bytes(one);
        sum <= BYTES
    };
    all.iter().take(GROUP).take_while(fits).count().max(1)
}

/// Scripts that begin with a part of their own, behind what all begin with.
macro_rules! scripts {
    ($common:literal: $($name:ident = $file:literal;)*) => {
        $(pub(super) static $name: std::sync::LazyLock<redis::Script> = std::sync::LazyLock::new(|| {
            redis::Script::new(concat!(
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/redis/scripts/common.lua")),
                include_str!(concat!("scripts/", $common)),
                include_str!(concat!("scripts/", $file))
            ))
        });)*
    };
}
pub(crate) use scripts;
