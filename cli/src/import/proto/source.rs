//! A .proto file with what it imports, compiled.

use std::path::{Path, PathBuf};

use fourfold_codegen::google;
use fourfold_codegen::report::{Report, compiled};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver};
use protox::prost_reflect::{DescriptorPool, FileDescriptor, MessageDescriptor, Value};

use crate::arguments::Import;
use crate::failure::Failure;
use crate::package::shown;
use crate::screen::Screen;

/// A compiled file.
pub(super) struct Source {
    pub(super) pool: DescriptorPool,
    pub(super) file: FileDescriptor,
}

/// Google's annotations that comes with us, for those who import them.
struct Annotations;

impl FileResolver for Annotations {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        const CLIENT: (&str, &str) = ("google/api/client.proto", include_str!("client.proto"));
        let found = google::files().iter().chain([&CLIENT]).find(|(path, _)| *path == name);
        let (path, text) = found.ok_or_else(|| protox::Error::file_not_found(name))?;
        File::from_source(path, text)
    }
}

impl Source {
    pub(super) fn read(arguments: &Import, screen: &mut Screen) -> Result<Self, Failure> {
        let path = Path::new(&arguments.source);
        if !path.is_file() {
            return Err(Failure::Trouble(format!("there is no file `{}`", shown(path))));
        }
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let path = &whole(path);
        let own = path.parent().unwrap_or(Path::new("."));
        let mut folders: Vec<PathBuf> = arguments.include.iter().map(|folder| whole(folder)).collect();
        // The name of a file is its path below the first folder that it is in.
        if !folders.iter().any(|folder| path.starts_with(folder)) {
            folders.push(own.to_owned());
        }
        let mut resolver = ChainFileResolver::new();
        for folder in &folders {
            resolver.add(IncludeFileResolver::new(folder.clone()));
        }
        resolver.add(GoogleFileResolver::new());
        resolver.add(Annotations);
        let mut compiler = Compiler::with_file_resolver(resolver);
        compiler.include_imports(true).include_source_info(true);
        if let Err(error) = compiler.open_file(path) {
            screen.reports(&[report(&error, &folders)]);
            return Err(Failure::Mistakes(format!(
                "`{}` can't be read; nothing has been written",
                shown(path)
            )));
        }
        let pool = compiler.descriptor_pool();
        let wanted = folders.iter().find_map(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
        let name = wanted.to_string_lossy().replace('\\', "/");
        let file = pool.get_file_by_name(&name);
        let file =
            file.ok_or_else(|| Failure::Trouble(format!("`{}` was compiled to nothing", shown(path))))?;
        Ok(Self { pool, file })
    }

    /// What an extension says in options.
    pub(super) fn extension(
        &self,
        options: &protox::prost_reflect::DynamicMessage,
        name: &str,
    ) -> Option<Value> {
        let extension = self.pool.get_extension_by_name(name)?;
        options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
    }

    /// A text of `google.api.resource`.
    pub(super) fn resource_option(&self, message: &MessageDescriptor, name: &str) -> Option<String> {
        let option = self.extension(&message.options(), "google.api.resource")?;
        let text = option.as_message()?.get_field_by_name(name)?.as_str()?.to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The comment of what is at a path of a file.
    pub(super) fn comment(file: &FileDescriptor, path: &[i32]) -> String {
        let info = file.file_descriptor_proto().source_code_info.as_ref();
        let location = info.and_then(|info| info.location.iter().find(|location| location.path == path));
        let text = location.map(|location| {
            let leading = location.leading_comments.as_deref().unwrap_or_default();
            if leading.trim().is_empty() {
                location.trailing_comments.as_deref().unwrap_or_default()
            } else {
                leading
            }
        });
        text.unwrap_or_default().trim().to_owned()
    }
}

fn report(error: &protox::Error, folders: &[PathBuf]) -> Report {
    let said = format!("{error:?}");
    let placed = folders.iter().find_map(|folder| compiled(&said, Path::new(&shown(folder)), folder));
    let help = "correct it, or say with -I in which folders its imports are";
    match placed {
        Some((place, message)) => Report::catalog(message).at(place, "").help(help),
        None => Report::catalog(said).help(help),
    }
}
