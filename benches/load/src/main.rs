//! Measures the generated service against the one by hand, in turns, on fresh copies of one database.

mod arguments;
mod client;
mod database;
mod grpc;
mod report;
mod server;
mod workload;

use std::rc::Rc;

use crate::arguments::Arguments;
use crate::client::Window;
use crate::database::{Database, Engine};
use crate::report::Cell;
use crate::server::{Program, Server, Side};
use crate::workload::{Known, Workload};

/// What can go wrong ends the run; the text says what it was.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> std::process::ExitCode {
    let run = async {
        let arguments = Arguments::read()?;
        tokio::task::LocalSet::new().run_until(run(&arguments)).await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// A side's program with a database that has been filled once.
struct Contestant {
    program: Program,
    database: Database,
    known: Rc<Known>,
}

async fn run(arguments: &Arguments) -> Result<()> {
    report::heading(arguments);
    for &engine in &arguments.engines {
        let mut contestants = Vec::new();
        let outcome = compare(arguments, engine, &mut contestants).await;
        for contestant in &contestants {
            contestant.database.remove().await?;
        }
        outcome?;
    }
    // After a failure it stays, for the logs.
    std::fs::remove_dir_all(&arguments.directory)?;
    Ok(())
}

/// All cells of one engine. Leaves the contestants to the caller, who removes their databases whatever happens.
async fn compare(arguments: &Arguments, engine: Engine, contestants: &mut Vec<Contestant>) -> Result<()> {
    for &side in &arguments.sides {
        contestants.push(prepare(arguments, side, engine).await?);
    }
    for &clients in &arguments.clients {
        for &workload in &arguments.workloads {
            let mut cell = Cell::new(engine, clients, workload);
            for round in 0..arguments.rounds {
                let mut order: Vec<&Contestant> = contestants.iter().collect();
                // Whoever goes second finds the machine as the first left it; take turns.
                if round % 2 == 1 {
                    order.reverse();
                }
                for contestant in order {
                    let window = measure(arguments, contestant, clients, workload).await?;
                    report::progress(engine, clients, workload, contestant.program.side, &window);
                    cell.add(contestant.program.side, window);
                }
            }
            cell.print();
        }
    }
    Ok(())
}

/// Fills a database through the service itself, and learns what is in it.
async fn prepare(arguments: &Arguments, side: Side, engine: Engine) -> Result<Contestant> {
    let program = Program::build(side, arguments.protocol, engine, &arguments.target, &arguments.directory)?;
    let database = Database::new(side, engine, arguments)?;
    database.create().await?;
    eprintln!("{} on {}: storing {} rows", side.name(), engine.name(), arguments.rows);
    match fill(arguments, &program, &database).await {
        Ok(known) => Ok(Contestant { program, database, known: Rc::new(known) }),
        Err(error) => {
            database.remove().await?;
            Err(error)
        }
    }
}

async fn fill(arguments: &Arguments, program: &Program, database: &Database) -> Result<Known> {
    let server = Server::start(program, &database.template_url()).await?;
    let known = client::fill(arguments.protocol, &server, arguments.rows).await;
    server.stop();
    database.keep_as_template().await?;
    known
}

/// One window on a fresh copy of the database, while the machine is as quiet as was asked for.
async fn measure(
    arguments: &Arguments,
    contestant: &Contestant,
    clients: usize,
    workload: Workload,
) -> Result<Window> {
    loop {
        server::quiet(arguments.others).await;
        contestant.database.copy().await?;
        let server = Server::start(&contestant.program, &contestant.database.url()).await?;
        let window = client::window(&server, clients, workload, &contestant.known, arguments).await;
        server.stop();
        let window = window?;
        if window.others <= arguments.others {
            return Ok(window);
        }
        eprintln!("others took {:.0} %; again", window.others * 100.0);
    }
}
