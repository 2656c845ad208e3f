//! Measures what `cargo fourfold generate` costs for many resources: time, memory and files written.

mod catalog;
mod measure;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::catalog::Catalog;
use crate::measure::Figures;

/// What can go wrong ends the run; the text says what it was.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const HELP: &str = "\
Measures `cargo fourfold generate` for 1, 10, 100, 300 and 1,000 resources of 12 fields.

cargo run --release -p generator -- [options]

  --resources 1,10,100,300,1000   how many
  --rounds    9                   of how many measurements the median is taken
  --program   <path>              another cargo-fourfold than the one of this repository, which is built otherwise
  --directory <target>/bench-generator";

struct Arguments {
    resources: Vec<usize>,
    rounds: usize,
    program: Option<PathBuf>,
    directory: PathBuf,
}

fn main() -> ExitCode {
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
        resources: vec![1, 10, 100, 300, 1000],
        rounds: 9,
        program: None,
        directory: target.join("bench-generator"),
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
            "--program" => it.program = Some(value.into()),
            "--directory" => it.directory = value.into(),
            _ => return Err(format!("there is no option {option}; --help lists them").into()),
        }
    }
    it.resources.sort_unstable();
    Ok(it)
}

fn run(arguments: &Arguments) -> Result<()> {
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => built(&arguments.directory)?,
    };
    println!("Medians of {}.\n", arguments.rounds);
    println!(
        "| resources | all: time | memory | files | nothing: time | memory | written | one field: time | written | check |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut all: Vec<(usize, Figures)> = Vec::new();
    for &resources in &arguments.resources {
        let catalog = Catalog::write(resources, &arguments.directory)?;
        let figures = measure::all(&program, &catalog, arguments.rounds)?;
        println!("| {resources} | {} |", figures.columns());
        all.push((resources, figures));
    }
    if let [.., (few, first), (many, last)] = all.as_slice() {
        println!(
            "\nEach further resource, from {few} to {many}: {}",
            last.for_each_further(first, many - few)
        );
    }
    Ok(())
}

/// The program of this repository, as it would be installed.
fn built(directory: &std::path::Path) -> Result<PathBuf> {
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = directory.join("program");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--locked", "-p", "cargo-fourfold"])
        .current_dir(repository)
        .env("CARGO_TARGET_DIR", &target)
        .status()?;
    if !status.success() {
        return Err("cargo-fourfold does not compile".into());
    }
    Ok(target.join("release/cargo-fourfold"))
}
