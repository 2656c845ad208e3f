pub mod greeter {
//! Greeter.

use fourfold::prelude::*;

/// `Greeting`, as `helloworld.Greeting` has it.
#[derive(Resource)]
#[resource(package = "helloworld.v1", path = "greetings")]
pub struct Greeting {
    #[field(id)]
    pub id: i64,
    #[field(default = "")]
    pub text: String,
    #[field(default = 0)]
    pub created_at: i64,
}
}

