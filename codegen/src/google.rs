//! The files of `google.api` that our contracts import, as they are published; `codegen/google/refresh.sh` renews them.

macro_rules! file {
    ($name:literal) => {
        (
            concat!("google/api/", $name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/google/google/api/", $name)),
        )
    };
}

/// The paths below the proto root, and the texts.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    &[file!("annotations.proto"), file!("field_behavior.proto"), file!("http.proto"), file!("resource.proto")]
}
