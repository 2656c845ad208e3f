//! Messages and servers of every proto, as tonic generates them.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files: Vec<_> = std::fs::read_dir("proto")?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::path);
    println!("cargo:rerun-if-changed=proto");
    for file in files {
        let descriptors = protox::compile([file.path()], [Path::new("proto")])?;
        tonic_prost_build::configure().build_client(false).compile_fds(descriptors)?;
    }
    Ok(())
}
