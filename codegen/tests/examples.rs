//! The numbers of the examples are committed. With `UPDATE_GOLDENS=1` they are written.

use std::path::{Path, PathBuf};
use std::{env, fs};

use fourfold_codegen::lock::Lock;
use fourfold_codegen::report;
use fourfold_codegen::source::{self, cfg::Listed};

fn check(example: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example);
    let source = source::read(&root, &[PathBuf::from("src/resources")], &Listed::host());
    assert!(source.reports.is_empty(), "{}", report::render(&source.reports, false));
    let path = root.join("contracts/fourfold.lock");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let update = Lock::parse(&committed).expect("a lock").update(&source.catalog);
    assert!(update.errors.is_empty(), "{:#?}", update.errors);
    if env::var_os("UPDATE_GOLDENS").is_some() {
        fs::create_dir_all(root.join("contracts")).expect("a folder is made");
        fs::write(&path, update.lock.render()).expect("the lock is written");
    } else {
        assert_eq!(update.lock.render(), committed, "{} is out of date", path.display());
    }
}

#[test]
fn the_numbers_of_the_user_service_are_committed() {
    check("user");
}

#[test]
fn the_numbers_of_the_order_service_are_committed() {
    check("order");
}
