//! What the macros write holds its ground among a user's own names: nothing in it means something else because of what
//! is in scope, and nothing in it warns.
#![cfg(feature = "derive")]
#![deny(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    single_use_lifetimes,
    warnings,
    clippy::all,
    clippy::pedantic
)]

pub mod deprecated;

/// Names of the user's own that are also names of the prelude, of the runtime, and of what the macros write.
mod decoys {
    #![allow(dead_code, unreachable_pub, non_camel_case_types, non_upper_case_globals)]

    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct String;
    pub struct Box;
    pub struct Default;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Descriptor;
    pub struct Field;
    pub struct Kind;
    pub struct Row;
    pub struct Cell;
    pub struct Type;
    pub struct Rule;
    pub trait FieldType {}
    pub trait Future {}
    pub trait Send {}
    pub trait Debug {}
    pub struct u16;
    pub struct Task;
    pub struct Tasks;
    pub struct TaskSink;
    pub struct Event;
    pub struct CloudEvent;
    pub trait Publish {}
    pub struct Changed;
    pub struct Duration;
    pub trait Clone {}
    pub trait Copy {}
    pub trait Into {}
    pub trait Handler {}
    pub const id: u8 = 0;
    pub const update: u8 = 0;
    pub const tasks: u8 = 0;
    pub const ctx: u8 = 0;
    pub const input: u8 = 0;
    pub const row: u8 = 0;
    pub const cell: u8 = 0;
    pub const value: u8 = 0;
    pub const f: u8 = 0;
    pub mod core {}
    pub mod std {}
    pub mod fourfold {}
}

/// A resource among decoys.
pub mod among_decoys {
    #[allow(unused_imports)]
    use super::decoys::*;

    /// A resource.
    #[derive(::fourfold::Resource)]
    #[resource(
        package = "test.decoy.v1",
        path = "decoys",
        operation(turn, input = Turn, event = "turned", task(backoff = "5s")),
        task(queue = "decoys", retries = 1, timeout = "1s", create(retries = 0)),
        behavior
    )]
    pub struct Decoy {
        /// The id.
        #[field(id)]
        pub id: ::fourfold::Uuid,
        /// A name.
        #[field(default = "none", validate(length(1..=9), pattern("x|n"), custom = check))]
        pub name: ::std::string::String,
        /// A list.
        #[field(output_only)]
        pub list: ::std::vec::Vec<i32>,
        /// A choice.
        #[field(output_only, filter)]
        pub side: Side,
        /// A secret.
        #[field(sensitive, default = 1 + 1, validate(range(1..)))]
        pub secret: ::core::option::Option<i32>,
    }

    /// A value.
    #[derive(::fourfold::Value)]
    pub struct Turn {
        /// To where.
        pub side: Side,
        #[allow(missing_docs)]
        #[field(sensitive)]
        pub why: ::core::option::Option<::std::string::String>,
    }

    /// A choice.
    #[derive(Clone, Copy, ::fourfold::Choice)]
    pub enum Side {
        /// One side.
        Left,
        /// The other.
        Right,
    }

    impl ::core::fmt::Debug for Side {
        fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            out.write_str("side")
        }
    }

    impl DecoyOperations for Decoy {
        async fn turn(&mut self, _: &::fourfold::Context, turn: Turn) -> ::fourfold::Result<()> {
            self.side = turn.side;
            ::core::result::Result::Ok(())
        }
    }

    impl ::fourfold::Behavior for Decoy {}

    /// An event among decoys.
    #[derive(::core::fmt::Debug, ::fourfold::Event)]
    #[event(type = "test.decoy.v1.decoy.lost", subject = "decoy")]
    pub struct DecoyLost {
        /// Which.
        pub decoy: ::fourfold::Uuid,
        /// How many times.
        #[field(default = 1)]
        pub times: u32,
    }

    /// A task.
    #[derive(::fourfold::Task)]
    #[task(name = "decoy.turn", queue = "decoys", timeout = "1s", cron = "0 3 * * *")]
    pub struct TurnDecoys {
        /// To where.
        #[field(default = Side::Left)]
        pub side: Side,
        /// A secret.
        #[field(sensitive, validate(custom = check))]
        pub why: ::core::option::Option<::std::string::String>,
    }

    impl ::fourfold::Handler for TurnDecoys {
        type Output = ::core::option::Option<Side>;

        async fn run(self, _: &::fourfold::Context) -> ::fourfold::Result<Self::Output> {
            ::core::result::Result::Ok(::core::option::Option::Some(self.side))
        }
    }

    fn check(text: &str) -> ::core::result::Result<(), &'static str> {
        if text.is_empty() { ::core::result::Result::Err("is empty") } else { ::core::result::Result::Ok(()) }
    }
}

/// The runtime under another name.
mod renamed {
    pub(crate) use ::fourfold as engine;
}

/// A resource over a runtime of another name, seen by its own crate alone.
mod with_renamed_runtime {
    use fourfold::{Choice, Resource, Task, Uuid, Value};

    #[derive(Resource)]
    #[resource(
        crate = "crate::renamed::engine",
        package = "test.renamed.v1",
        path = "renamed",
        operation(turn, input = Turn)
    )]
    pub(crate) struct Renamed {
        #[field(id)]
        pub(crate) id: Uuid,
        side: Side,
    }

    #[derive(Value)]
    #[value(crate = "crate::renamed::engine")]
    pub(crate) struct Turn {
        side: Side,
    }

    #[derive(Choice)]
    #[choice(crate = "crate::renamed::engine")]
    pub(crate) enum Side {
        Left,
        Right,
    }

    #[derive(Task)]
    #[task(crate = "crate::renamed::engine", name = "renamed.turn")]
    pub(crate) struct TurnAll;

    impl fourfold::Handler for TurnAll {
        type Output = ();

        async fn run(self, _ctx: &fourfold::Context) -> fourfold::Result<()> {
            Ok(())
        }
    }

    impl RenamedOperations for Renamed {
        async fn turn(&mut self, _ctx: &fourfold::Context, turn: Turn) -> fourfold::Result<()> {
            self.side = match turn.side {
                Side::Left => Side::Right,
                Side::Right => Side::Left,
            };
            Ok(())
        }
    }
}

/// Words of the language as names.
mod with_keywords {
    use fourfold::prelude::*;

    #[derive(Resource)]
    #[resource(package = "test.keyword.v1", path = "keywords", operation(r#move))]
    struct Keyword {
        #[field(id)]
        id: Uuid,
        #[field(filter, sort)]
        r#type: String,
        #[field(sensitive, default = true)]
        r#match: bool,
        #[field(output_only)]
        r#loop: Enum,
        r#where: Option<Struct>,
    }

    #[derive(Value)]
    struct Struct {
        r#fn: i32,
    }

    #[derive(Choice)]
    enum Enum {
        One,
    }

    #[derive(Task)]
    #[task(name = "keyword.move")]
    struct Move {
        r#type: String,
        #[field(sensitive)]
        r#in: Option<Enum>,
    }

    impl Handler for Move {
        type Output = bool;

        async fn run(self, _ctx: &Context) -> Result<bool> {
            Ok(self.r#type.is_empty() && self.r#in.is_some())
        }
    }

    impl KeywordOperations for Keyword {
        async fn r#move(&mut self, _ctx: &Context) -> Result<()> {
            self.r#match = !self.r#match;
            Ok(())
        }
    }

    #[test]
    fn a_raw_name_is_a_plain_one_in_the_table() {
        let names: Vec<_> = Keyword::DESCRIPTOR.fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["id", "type", "match", "loop", "where"]);
        assert_eq!(Keyword::DESCRIPTOR.operations[0].name, "move");
        let names: Vec<_> = Move::TASK.input.fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["type", "in"]);
    }
}

/// What a struct allows itself holds for the inputs beside it.
pub mod with_lints_allowed {
    #![allow(private_interfaces, deprecated)]

    use fourfold::prelude::*;

    /// A resource whose types are not for everybody, or not for long.
    #[derive(Debug, Resource)]
    #[resource(package = "test.lint.v1", path = "lints")]
    pub struct Lint {
        /// The id.
        #[field(id)]
        pub id: Uuid,
        /// A type that nobody else sees.
        pub hidden: Hidden,
        /// A type on its way out.
        pub old: Old,
    }

    #[derive(Debug, Value)]
    struct Hidden {
        size: i32,
    }

    /// A value.
    #[deprecated]
    #[derive(Debug, Value)]
    pub struct Old {
        /// The size.
        pub size: i32,
    }

    #[test]
    fn they_are_there() {
        assert_eq!(Lint::DESCRIPTOR.fields.len(), 3);
    }
}

/// A resource that says `Self`, in a function.
#[test]
fn self_means_the_struct() {
    use fourfold::Resource as _;
    use fourfold::prelude::*;

    #[derive(Resource)]
    #[resource(package = "test.own.v1", path = "own")]
    struct Own {
        #[field(id)]
        id: Uuid,
        #[field(default = Self::START, validate(custom = Self::check))]
        size: i32,
    }

    impl Own {
        const START: i32 = 4;

        #[allow(clippy::trivially_copy_pass_by_ref, reason = "a rule takes a reference")]
        fn check(size: &i32) -> Result<(), String> {
            if *size == Self::START { Ok(()) } else { Err("must be the start".to_owned()) }
        }
    }

    let made = Own::DESCRIPTOR.fields[1].default.map(|make| make());
    assert_eq!(made, Some(fourfold::Cell::Int(4)));
}

#[test]
fn decoys_change_nothing() {
    use fourfold::{Resource as _, Task};

    let table = among_decoys::Decoy::DESCRIPTOR;
    assert_eq!(table.name, "Decoy");
    assert_eq!(with_renamed_runtime::Renamed::DESCRIPTOR.operations.len(), 1);
    let (turn, all) =
        (<among_decoys::TurnDecoys as Task>::TASK, <with_renamed_runtime::TurnAll as Task>::TASK);
    assert_eq!((turn.name, all.name), ("decoy.turn", "renamed.turn"));
}
