//! The typed clients of other services.

use std::path::{Path, PathBuf};

use super::Said;
use super::out::Out;
use crate::client;
use crate::report::Report;

pub(super) fn write(
    root: &Path,
    folders: &[PathBuf],
    said: &mut Said,
    out: &mut Out,
) -> Result<(), Vec<Report>> {
    for folder in folders {
        // Of a folder cargo watches all that is in it. One that is not there ends the build anyway.
        let proto = folder.join("proto");
        if root.join(&proto).exists() {
            said.rerun_if_changed(&proto);
        }
    }
    if folders.is_empty() {
        return Ok(());
    }
    let clients = client::clients(root, folders)?;
    for (name, text) in clients.files {
        out.file(name, text);
    }
    out.module(clients.module);
    Ok(())
}
