//! Makes the changes of a plan: all of them, or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::output::{Change, UNFINISHED};

/// Makes the changes. Every text is on the disk beside its place before the first file changes; what goes wrong after
/// that is taken back.
pub(crate) fn apply(root: &Path, changes: &[Change]) -> Result<(), Failure> {
    let mut done = Done::default();
    let outcome = done.prepare(changes).and_then(|()| done.commit(changes));
    if let Err((what, path, error)) = outcome {
        let left = done.take_back(changes);
        let text = format!("`{}` can't be {what}: {error}", path.display());
        let end = if left.is_empty() {
            "nothing has been written".to_owned()
        } else {
            format!("and these could not be put back as they were: {}", left.join(", "))
        };
        return Err(Failure::Trouble(format!("{text}; {end}")));
    }
    for change in changes.iter().filter(|change| change.after.is_none()) {
        remove_empty_folders(root, &change.path);
    }
    Ok(())
}

/// What could not be done, with what, and why.
type Undone = (&'static str, PathBuf, io::Error);

/// How far it is.
#[derive(Default)]
struct Done {
    /// The folders that were made, outermost first.
    folders: Vec<PathBuf>,
    /// The texts that wait beside their places, with the index of their change.
    waiting: Vec<(usize, PathBuf)>,
    /// The changes that have been made.
    made: Vec<usize>,
}

impl Done {
    fn prepare(&mut self, changes: &[Change]) -> Result<(), Undone> {
        for (index, change) in changes.iter().enumerate() {
            let Some(text) = &change.after else { continue };
            let path = target(&change.path);
            let folder = path.parent().unwrap_or(Path::new(""));
            self.folder(folder).map_err(|error| ("made", folder.to_owned(), error))?;
            let waiting = unfinished(&path);
            self.waiting.push((index, waiting.clone()));
            fs::write(&waiting, text).map_err(|error| ("written", change.path.clone(), error))?;
            if let Ok(old) = fs::metadata(&change.path) {
                fs::set_permissions(&waiting, old.permissions())
                    .map_err(|error| ("written", change.path.clone(), error))?;
            }
        }
        Ok(())
    }

    /// Makes a folder and those above it, and remembers which.
    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> =
            folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        for path in missing.into_iter().rev() {
            fs::create_dir(path)?;
            self.folders.push(path.to_owned());
        }
        Ok(())
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), Undone> {
        while let Some((index, waiting)) = self.waiting.pop() {
            let path = &changes[index].path;
            if let Err(error) = fs::rename(&waiting, target(path)) {
                self.waiting.push((index, waiting));
                return Err(("written", path.clone(), error));
            }
            self.made.push(index);
        }
        for (index, change) in changes.iter().enumerate().filter(|(_, change)| change.after.is_none()) {
            match fs::remove_file(&change.path) {
                Ok(()) => self.made.push(index),
                // A file that was left over may have had the name of one that was renamed just now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(("removed", change.path.clone(), error)),
            }
        }
        Ok(())
    }

    /// Puts everything back; what can't be is returned.
    fn take_back(self, changes: &[Change]) -> Vec<String> {
        let mut left = Vec::new();
        for (_, waiting) in &self.waiting {
            let _ = fs::remove_file(waiting);
        }
        for index in self.made.into_iter().rev() {
            let Change { path, before, .. } = &changes[index];
            let outcome = match before {
                Some(bytes) => fs::write(path, bytes),
                None => fs::remove_file(path),
            };
            if outcome.is_err() {
                left.push(format!("`{}`", path.display()));
            }
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
        left
    }
}

/// The file itself, where the path is a link to it: a link stays one.
fn target(path: &Path) -> PathBuf {
    if path.is_symlink() {
        fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
    } else {
        path.to_owned()
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}{UNFINISHED}"))
}

/// Removes the folders above a file that hold nothing any more, as far as `root`.
fn remove_empty_folders(root: &Path, path: &Path) {
    let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(root) && *folder != root);
    for folder in above {
        // A folder that holds something is not removed.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}
