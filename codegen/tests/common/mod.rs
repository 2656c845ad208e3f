//! What the tests of the back ends share.

use std::fs;
use std::path::{Path, PathBuf};

use fourfold_codegen::catalog::Catalog;
use fourfold_codegen::lock::{Lock, Update};
use fourfold_codegen::proto;
use fourfold_codegen::proto::descriptor::FileDescriptorProto;
use fourfold_codegen::source;

/// The files of the fixtures and the examples.
pub(crate) fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [
        "tests/fixtures/everything.rs",
        "tests/fixtures/keywords.rs",
        "tests/fixtures/shared.rs",
        "../examples/order/src/resources/order.rs",
        "../examples/user/src/resources/user.rs",
        "../tests/fixture/src/resources/node.rs",
        "../tests/fixture/src/resources/sample.rs",
        "../tests/fixture/src/resources/ticket.rs",
    ]
    .map(|path| root.join(path))
    .to_vec()
}

/// The catalog of one of them.
pub(crate) fn catalog(path: &Path) -> Catalog {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let catalog = source::read_text(&text);
    assert!(!catalog.packages.is_empty(), "{} has no resources", path.display());
    catalog
}

/// The files of a catalog, and the lock with its numbers; those so far are in `lock`.
pub(crate) fn files(catalog: &Catalog, lock: &Lock) -> (Vec<FileDescriptorProto>, Lock) {
    let Update { lock, errors, .. } = lock.update(catalog);
    assert!(errors.is_empty(), "{errors:?}");
    let files = catalog.packages.iter().map(|package| proto::file(package, &lock)).collect();
    (files, lock)
}
