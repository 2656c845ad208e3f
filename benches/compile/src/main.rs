//! Measures what many resources cost to compile: generated, and the same endpoints by hand.

mod measure;
mod project;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::measure::Figures;
use crate::project::{Project, Side};

/// What can go wrong ends the run; the text says what it was.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const HELP: &str = "\
Measures what compiling 10, 50 and 100 resources costs, generated and by hand.

cargo run --release -p compile -- [options]

  --resources 10,50,100           how many
  --rounds    3                   of how many measurements the median is taken
  --sides     by-hand,generated   which; also by-hand-grpc and generated-messages
  --release   no                  `yes` measures release builds, too
  --directory <target>/bench-compile";

struct Arguments {
    resources: Vec<usize>,
    rounds: usize,
    sides: Vec<Side>,
    release: bool,
    directory: PathBuf,
}

fn main() -> ExitCode {
    if let Some(code) = measure::stand_in_for_rustc() {
        return code;
    }
    match read_arguments().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read_arguments() -> Result<Arguments> {
    let target = std::env::current_exe()?;
    let target = target.ancestors().nth(2).ok_or("the program is in no target directory")?;
    let mut it = Arguments {
        resources: vec![10, 50, 100],
        rounds: 3,
        sides: vec![Side::ByHand, Side::Generated],
        release: false,
        directory: target.join("bench-compile"),
    };
    let mut words = std::env::args().skip(1);
    while let Some(option) = words.next() {
        if option == "--help" {
            println!("{HELP}");
            std::process::exit(0);
        }
        let value =
            words.next().ok_or_else(|| format!("{option} needs a value; --help lists the options"))?;
        match option.as_str() {
            "--resources" => it.resources = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--rounds" => it.rounds = value.parse()?,
            "--sides" => {
                let sides: Option<_> = value.split(',').map(Side::of).collect();
                it.sides = sides.ok_or(
                    "--sides takes by-hand, by-hand-grpc, generated, generated-messages, with commas",
                )?;
            }
            "--release" => it.release = value == "yes",
            "--directory" => it.directory = value.into(),
            _ => return Err(format!("there is no option {option}; --help lists them").into()),
        }
    }
    it.resources.sort_unstable();
    Ok(it)
}

fn run(arguments: &Arguments) -> Result<()> {
    println!("Dependencies built before; medians of {}.\n", arguments.rounds);
    println!(
        "| resources | | check | dev build | edit, check | edit, dev build | dev binary | release build \
         | release binary | expanded lines | build script | again |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut all: Vec<(Side, usize, Figures)> = Vec::new();
    for &resources in &arguments.resources {
        for &side in &arguments.sides {
            let project = Project::write(side, resources, &arguments.directory)?;
            let figures = measure::all(&project, arguments.rounds, arguments.release)?;
            println!("| {resources} | {} | {} |", side.name(), figures.columns());
            all.push((side, resources, figures));
        }
        let of_side = |side| all.iter().rev().find(|(of, count, _)| *of == side && *count == resources);
        for (generated, by_hand) in [
            (Side::Generated, Side::ByHand),
            (Side::Generated, Side::ByHandGrpc),
            (Side::GeneratedMessages, Side::ByHandGrpc),
        ] {
            if let (Some((.., figures)), Some((.., other))) = (of_side(generated), of_side(by_hand)) {
                println!(
                    "| {resources} | {} / {} | {} |",
                    generated.name(),
                    by_hand.name(),
                    figures.over(other)
                );
            }
        }
    }
    println!("\n| for each further resource | check | dev build | edit, check | expanded lines |");
    println!("|---|---:|---:|---:|---:|");
    for &side in &arguments.sides {
        let mut of_side = all.iter().filter(|(of, ..)| *of == side);
        let (Some((_, few, first)), Some((_, many, last))) = (of_side.next(), of_side.next_back()) else {
            continue;
        };
        println!("| {} | {} |", side.name(), last.for_each_further(first, many - few));
    }
    Ok(())
}
