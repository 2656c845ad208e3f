//! How a suite holds an engine to its promises; the suites of tasks and of events say what these are.

use std::fmt::Debug;
use std::time::Duration;

use crate::descriptor::BoxFuture;

/// One promise. `Need` is something that an engine may lack, `Place` where it is tried.
pub(crate) struct Case<Need: 'static, Place> {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(Place) -> BoxFuture<'static, ()>,
}

/// The cases of one file: functions of a place, each with what it needs, which the parent module calls `Need`.
macro_rules! cases {
    ($($case:ident($($need:ident),*);)*) => {
        pub(super) const CASES: &[crate::conformance::Case<super::Need, super::Place>] =
            &[$(crate::conformance::Case {
                name: stringify!($case),
                needs: &[$(super::Need::$need),*],
                run: |place| Box::pin($case(place)),
            }),*];
    };
}
pub(crate) use cases;

/// The promises that have been broken.
#[derive(Default)]
pub(crate) struct Broken(Vec<String>);

impl Broken {
    /// Whether an engine is held to a case: it lacks nothing that the case needs. What is left out is said.
    pub(crate) fn is_tried<N: Copy + Debug + PartialEq, P>(case: &Case<N, P>, lacks: &[N]) -> bool {
        let need = case.needs.iter().find(|need| lacks.contains(need));
        if let Some(need) = need {
            eprintln!("left out: {} (this engine lacks {need:?})", case.name.replace('_', " "));
        }
        need.is_none()
    }

    /// Runs a case, in a task of its own, so that one broken promise does not hide the others. `longest` is against
    /// hanging alone.
    pub(crate) async fn hold<N: 'static, P>(&mut self, case: &Case<N, P>, place: P, longest: Duration) {
        let name = case.name.replace('_', " ");
        match tokio::spawn(tokio::time::timeout(longest, (case.run)(place))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => self.0.push(format!("{name} (it hangs)")),
            Err(_) => self.0.push(name),
        }
    }

    /// Fails the test with the names of all of them.
    pub(crate) fn none(self) {
        assert!(self.0.is_empty(), "broken promises:\n  {}", self.0.join("\n  "));
    }
}

/// How often a race is run: `FOURFOLD_TEST_ROUNDS`.
pub(crate) fn rounds(unless_said: usize) -> usize {
    std::env::var("FOURFOLD_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(unless_said)
}
