//! What the compiler says about mistakes in annotated structs: a folder for each kind of mistake, and beside each file
//! what rustc says to it. `TRYBUILD=overwrite cargo test -p fourfold-ui` writes that anew.
