//! Writes pairs of definitions: `fourfold-old-clients <folder> <count> <seed> [<edits to leave out>]`. What comes of it is built
//! and run by `tests/judges/old_clients.sh`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let said: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = said.iter().skip(1).filter_map(|number| number.parse().ok()).collect();
    let (Some(folder), [count, seed, skip @ ..]) = (said.first(), &numbers[..]) else {
        eprintln!("usage: fourfold-old-clients <folder> <count> <seed> [<edits to leave out>]");
        return ExitCode::from(2);
    };
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let skip = number(skip.first().copied().unwrap_or_default());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let written = root.canonicalize().and_then(|root| {
        fourfold_old_clients::make::write(Path::new(folder), &root, (number(*count), skip, *seed))
    });
    if let Err(error) = written {
        eprintln!("{folder} can't be written: {error}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}
