//! Writes a package of random definitions that fourfold takes: `fourfold-random <folder> <count> [<seed>]`. What comes of it
//! is judged by `tests/judges/random.sh`: it builds without a warning, its contracts pass, and it serves.

mod definition;
mod field;
mod names;
mod package;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use fourfold_codegen::source::read_file;

use definition::Definition;
use fourfold_random::Random;

fn main() -> ExitCode {
    let said: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = said.iter().skip(1).filter_map(|number| number.parse().ok()).collect();
    let (Some(folder), Some(&count)) = (said.first(), numbers.first()) else {
        eprintln!("usage: fourfold-random <folder> <count> [<seed>]");
        return ExitCode::from(2);
    };
    let mut random = Random(numbers.get(1).copied().unwrap_or(1));
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    while taken.len() as u64 != count {
        let definition = Definition::new(&mut random, taken.len(), &taken);
        let mistakes = mistakes(&definition.code);
        if mistakes.is_empty() {
            taken.push(definition);
        }
        refused.extend(mistakes);
        // Who refuses nearly everything judges nothing.
        assert!(refused.len() as u64 <= 100 + 20 * count, "too much is refused; last: {:?}", refused.last());
    }
    let unsaid = unsaid(&taken);
    // A few definitions can't say everything.
    assert!(unsaid.is_empty() || count < 100, "no definition says {unsaid:?}");
    println!("{count} definitions are taken; {} mistakes in others have been refused", refused.len());
    if !unsaid.is_empty() {
        println!("words of the attributes that none of them says: {}", unsaid.join(", "));
    }
    if std::env::var_os("FOURFOLD_RANDOM_REFUSED").is_some() {
        for mistake in &refused {
            println!("{mistake}");
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let written = root.canonicalize().and_then(|root| package::write(Path::new(folder), &root, &taken));
    if let Err(error) = written {
        eprintln!("{folder} can't be written: {error}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

/// The words of the attributes that are in none of the definitions.
fn unsaid(definitions: &[Definition]) -> Vec<&'static str> {
    let attributes =
        |code: &str| -> String { code.lines().filter(|line| line.trim_start().starts_with("#[")).collect() };
    let said: String = definitions.iter().map(|definition| attributes(&definition.code)).collect();
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let said: BTreeSet<&str> = said.split(|char| !is_word(char)).collect();
    fourfold_model::words().into_iter().filter(|word| !said.contains(word)).collect()
}

/// What both readers of the front end refuse: the build, which reads files, and the derives, which alone read tasks.
fn mistakes(code: &str) -> Vec<String> {
    let mut mistakes: Vec<String> =
        read_file("definition.rs", code).reports.into_iter().map(|report| report.render(false)).collect();
    let Ok(file) = syn::parse_file(code) else { return vec!["it is not Rust".to_owned()] };
    for item in file.items {
        let syn::Item::Struct(item) = item else { continue };
        let is_task = item.attrs.iter().any(|attribute| attribute.path().is_ident("task"));
        if is_task {
            let errors = fourfold_model::task(&item.into()).errors;
            mistakes.extend(errors.into_iter().map(|error| error.message()));
        }
    }
    mistakes
}
