//! The structs of a .proto file that is there.

use crate::arguments::Import;
use crate::failure::Failure;
use crate::screen::Screen;

pub(super) fn run(_: &Import, _: &mut Screen) -> Result<(), Failure> {
    Ok(())
}
