//! Who says that something is deprecated, and does not use it, is not warned.

use fourfold::prelude::*;

/// A resource on its way out.
#[derive(Resource)]
#[resource(
    package = "test.fading.v1",
    path = "fading",
    operation(fade, input = Fade, event = "faded", deprecated = "delete it")
)]
pub struct Fading {
    /// The id.
    #[field(id)]
    pub id: Uuid,
    /// Listed until now.
    #[field(deprecated = "say b", filter, sort, default = 1, validate(range(0..=9)))]
    pub a: i32,
    /// So that events show less.
    #[field(sensitive, deprecated = "keep it to yourself")]
    pub secret: Option<String>,
    /// Nested.
    #[field(deprecated = "say b")]
    pub fades: Vec<Fade>,
}

impl FadingOperations for Fading {
    async fn fade(&mut self, _ctx: &Context, _input: Fade) -> Result<()> {
        Ok(())
    }
}

/// How it fades.
#[derive(Debug, Value)]
pub struct Fade {
    /// How much.
    #[field(deprecated = "say b")]
    pub much: Option<i32>,
    /// How.
    pub kind: Kind,
}

/// How.
#[derive(Clone, Copy, Debug, Choice)]
pub enum Kind {
    /// All at once.
    #[choice(deprecated = "it never is")]
    AtOnce,
    /// By and by.
    ByAndBy,
}

#[test]
fn what_is_not_said_changes_nothing() {
    use fourfold::IntoInput as _;
    assert!(FadingUpdate::default().into_input().iter().all(Option::is_none));
}
