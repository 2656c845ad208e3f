//! `cargo fourfold`: the command-line door.
//!
//! It reads a package's structs as text, as the build script does, and never compiles them.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod arguments;
mod check;
mod diff;
#[cfg(feature = "events")]
mod events;
mod failure;
mod features;
mod generate;
mod manifest;
mod members;
mod migrate;
mod output;
mod package;
mod read;
#[cfg(any(feature = "events", feature = "tasks"))]
mod running;
mod screen;
mod script;
mod show;
mod stamp;
mod sum;
#[cfg(feature = "tasks")]
mod tasks;
mod write;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use screen::Screen;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        // Help is an error to clap; it has a code of its own for each, 0 or 2.
        Err(said) => said.exit(),
    };
    let mut screen = Screen::new(arguments.color);
    let outcome = match &arguments.command {
        Command::Generate(generate) => generate::run(generate, &mut screen),
        Command::Show(show) => show::run(show, &mut screen),
        #[cfg(feature = "events")]
        Command::Events(events) => events::run(events, &mut screen),
        Command::Check(check) => check::run(check, &mut screen),
        Command::Migrate(migrate) => migrate::run(migrate, &mut screen),
        #[cfg(feature = "tasks")]
        Command::Tasks(tasks) => tasks::run(tasks, &mut screen),
    };
    let code = match outcome {
        Ok(()) => 0,
        Err(failure) => {
            screen.error(&failure);
            failure.code()
        }
    };
    // Whoever reads this may have stopped, as `head` does: then there is nobody to tell.
    screen.finish();
    ExitCode::from(code)
}
