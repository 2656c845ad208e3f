pub mod library {
//! Library.

use fourfold::prelude::*;

/// A book on a shelf.
/// See \[Shelf\]\[example.library.v1.Shelf\].
#[derive(Resource)]
#[resource(package = "example.library.v1", path = "books")]
pub struct Book {
    /// Its name, `shelves/1/books/2`.
    #[field(id)]
    pub name: String,
    #[field(default = "")]
    pub author: String,
    #[field(deprecated = "the contract says that it is deprecated", default = false)]
    pub read: bool,
    #[field(default = 0)]
    pub pages: i32,
    pub title: String,
    pub genre: Option<Genre>,
    pub tags: Vec<String>,
    pub copies: BTreeMap<String, i64>,
    pub subtitle: Option<String>,
    #[field(created_at)]
    pub create_time: Timestamp,
    #[field(updated_at)]
    pub update_time: Timestamp,
    pub loan: Option<Duration>,
    pub nickname: Option<StringValue>,
    pub binding: Option<BookBinding>,
    pub chapters: Vec<BookChapter>,
    pub room: Option<String>,
    pub locker: Option<i64>,
    pub cover: Option<Bytes>,
    pub price: Option<Money>,
    #[field(output_only, default = 0.0)]
    pub weight: f64,
    #[field(input_only, default = "")]
    pub secret: String,
    #[field(immutable, default = "")]
    pub shelf: String,
    #[field(default = "")]
    pub isbn_code: String,
}

/// `Shelf`, as `example.library.v1.Shelf` has it.
#[derive(Resource)]
#[resource(package = "example.library.v1", path = "shelves")]
pub struct Shelf {
    #[field(id)]
    pub name: String,
    #[field(default = "")]
    pub theme: String,
}

/// `StringValue`, as `google.protobuf.StringValue` has it.
#[derive(Value)]
pub struct StringValue {
    #[field(default = "")]
    pub value: String,
}

/// A part of it.
#[derive(Value)]
pub struct BookChapter {
    #[field(default = "")]
    pub title: String,
    #[field(default = 0)]
    pub page: u32,
    pub mood: Option<Genre>,
}

/// An amount.
#[derive(Value)]
pub struct Money {
    #[field(default = "")]
    pub currency: String,
    #[field(default = 0)]
    pub units: i64,
    #[field(default = 0)]
    pub nanos: i32,
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Genre {
    Science,
    Art,
}

/// How it is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum BookBinding {
    Hard,
    Soft,
}
}

