//! `cargo fourfold`: the command-line door.
//!
//! It reads a package's structs as text, as the build script does, and never compiles them.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod add;
mod arguments;
mod check;
mod completions;
mod diff;
mod draft;
mod edit;
mod eject;
#[cfg(feature = "events")]
mod events;
mod failure;
mod features;
mod format;
mod generate;
mod house;
#[cfg(any(feature = "migrate", feature = "protos"))]
mod import;
mod init;
mod manifest;
mod members;
mod migrate;
mod new;
mod output;
mod package;
mod questions;
mod read;
#[cfg(any(feature = "events", feature = "tasks"))]
mod running;
mod scaffold;
mod screen;
mod script;
mod show;
mod spec;
mod specs;
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
    let mut screen = Screen::new(arguments.color, arguments.command.format());
    let outcome = match &arguments.command {
        Command::New(new) => new::run(new, &mut screen),
        Command::Init(init) => init::run(init, &mut screen),
        Command::Add(add) => add::run(&add.what, &mut screen),
        #[cfg(any(feature = "migrate", feature = "protos"))]
        Command::Import(import) => import::run(import, &mut screen),
        Command::Eject(eject) => eject::run(eject, &mut screen),
        Command::Completions { shell } => {
            completions::run(*shell, &mut screen);
            Ok(())
        }
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
    screen.end(code);
    ExitCode::from(code)
}
