//! Items that are right, each alone, and wrong together, and what is said about them.
//!
//! Each `catalog/<mistake>/` is a crate's folder of resources; `expected.txt` in it is every report, as it is printed.
//! With `UPDATE_GOLDENS=1` the texts are written anew.

use std::path::{Path, PathBuf};
use std::{env, fs};

use fourfold_codegen::report::{self, Kind};
use fourfold_codegen::source::{self, cfg::Listed};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog")
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder of mistakes");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

fn read(case: &Path) -> source::Source {
    let name = case.file_name().expect("a name");
    source::read(&folder(), &[PathBuf::from(name)], &Listed::host())
}

#[test]
fn every_mistake_is_reported_where_it_is_with_a_way_out() {
    let update = env::var_os("UPDATE_GOLDENS").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let said = report::render(&read(&case).reports, false);
        let golden = case.join("expected.txt");
        if update {
            fs::write(&golden, &said).expect("a golden is written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if said != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- said\n{said}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_mistake_is_one_that_only_a_look_at_all_items_finds() {
    for case in cases() {
        let tolerated =
            case.file_name().is_some_and(|name| name.to_string_lossy().starts_with("left_to_rustc"));
        let source = read(&case);
        assert_eq!(
            source.catalog_reports().count() == 0,
            tolerated,
            "{}: {}",
            case.display(),
            report::render(&source.reports, false)
        );
        assert!(source.reports.iter().all(|report| tolerated || report.kind == Kind::Catalog));
    }
}

#[test]
fn every_report_has_a_place_and_a_way_out() {
    for case in cases() {
        for report in read(&case).catalog_reports() {
            assert!(!report.places.is_empty() && !report.help.is_empty(), "{}", report.render(false));
        }
    }
}
