//! `cargo fourfold migrate`: SQL migrations from the structs, and what has become of them.

pub(crate) mod arguments;
mod check;
#[cfg(feature = "migrate")]
pub(crate) mod database;
pub(crate) mod folder;
mod new;

use self::arguments::{Migrate, MigrateCommand};
use crate::failure::Failure;
use crate::screen::Screen;

/// Runs the command.
pub(crate) fn run(command: &MigrateCommand, screen: &mut Screen) -> Result<(), Failure> {
    match &command.command {
        Migrate::New(arguments) => new::run(arguments, screen),
        Migrate::Check(database) => check::run(database, screen),
        #[cfg(feature = "migrate")]
        Migrate::Run(database) => database::run(database, screen),
        #[cfg(feature = "migrate")]
        Migrate::Status(database) => database::status(database, screen),
        #[cfg(feature = "migrate")]
        Migrate::Adopt(database) => database::adopt(database, screen),
    }
}
