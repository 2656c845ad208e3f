//! SQL migrations: from the tables that the migrations so far lead to, to those that the structs want.
//!
//! What the tables are is a [`Schema`]. One is read from the snapshot beside the migrations, one made of the catalog; their
//! [`Difference`] becomes a script for each engine. What would lose data is kept, refused, or done only where a person says
//! so ([`Said`]); what can hurt a running service is written in the head of the file.

mod adopt;
mod convert;
mod difference;
mod postgres;
mod renames;
mod schema;
mod script;
mod snapshot;
mod sqlite;
mod value;

#[cfg(test)]
mod tests;

pub use adopt::{There, ThereColumn, ThereIndex, adopt};
pub use difference::{Difference, Said};
pub use schema::{Column, ColumnRole, ColumnType, Schema, Table};
pub use snapshot::GIT;
pub use value::Sql;

pub use fourfold_model::ddl::Engine;

/// The name of the snapshot in `migrations/`.
pub const SNAPSHOT: &str = "fourfold.schema";

/// The folder of an engine's migrations in `migrations/`.
#[must_use]
pub const fn folder(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

impl Difference {
    /// The text of the migration for an engine. Its head begins with `title`.
    #[must_use]
    pub fn render(&self, engine: Engine, title: &str) -> String {
        let (script, engine) = match engine {
            Engine::Sqlite => (sqlite::script(self), "SQLite"),
            Engine::Postgres => (postgres::script(self), "PostgreSQL"),
        };
        script.render(title, engine, "migrate new", &self.sentences)
    }

    /// Whether anything has to be done to the tables on either engine.
    #[must_use]
    pub fn changes_tables(&self) -> bool {
        [sqlite::script(self), postgres::script(self)].iter().any(|script| !script.statements().is_empty())
    }

    /// What can hurt on an engine, each with a way out.
    #[must_use]
    pub fn hazards(&self, engine: Engine) -> Vec<String> {
        match engine {
            Engine::Sqlite => sqlite::script(self).hazards,
            Engine::Postgres => postgres::script(self).hazards,
        }
    }

    /// A name for it where a person gives none, `orders_add_the_column_note`.
    #[must_use]
    pub fn slug(&self) -> String {
        let text =
            self.sentences.iter().find(|sentence| !sentence.contains("own")).or(self.sentences.first());
        slug(text.map_or("nothing", String::as_str))
    }
}

/// Text as a part of a file's name: small letters, digits and underscores, at most 50 of them.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for letter in text.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            _ if out.ends_with('_') || out.is_empty() => {}
            _ => out.push('_'),
        }
        if out.len() >= 50 {
            break;
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// The statements that make the tables of a schema from nothing.
#[must_use]
pub fn from_nothing(schema: &Schema, engine: Engine) -> String {
    let difference = Difference::between(&Schema::default(), schema, &Said::default());
    match engine {
        Engine::Sqlite => sqlite::script(&difference).statements(),
        Engine::Postgres => postgres::script(&difference).statements(),
    }
}
