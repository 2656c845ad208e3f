//! The SQL migrations of the package, as a list that the service may be given.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Said;
use super::out::Out;
use crate::report::{Report, shown};

/// The folder of the migrations, and those of the engines in it.
const FOLDER: &str = "migrations";
const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// Writes `generated::MIGRATIONS` where the package has migrations. The texts stay where they are and are included.
pub(super) fn write(root: &Path, said: &mut Said, out: &mut Out) -> Result<(), Report> {
    let folder = root.join(FOLDER);
    if !ENGINES.iter().any(|engine| folder.join(engine).is_dir()) {
        return Ok(());
    }
    said.rerun_if_changed(Path::new(FOLDER));
    let mut migrations: BTreeMap<String, [Option<String>; 2]> = BTreeMap::new();
    for (index, engine) in ENGINES.iter().enumerate() {
        let folder = folder.join(engine);
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "sql") {
                continue;
            }
            let Some(path_text) = path.to_str() else {
                return Err(Report::catalog(format!("`{}` has a name that is not UTF-8", shown(&path)))
                    .help("rename the file"));
            };
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(places) = migrations.entry(name).or_default().get_mut(index) {
                *places = Some(path_text.to_owned());
            }
        }
    }
    let text = |path: &Option<String>| match path {
        Some(path) => format!("::core::include_str!({path:?})"),
        None => "\"\"".to_owned(),
    };
    let mut items = String::new();
    for (name, [sqlite, postgres]) in &migrations {
        let (sqlite, postgres) = (text(sqlite), text(postgres));
        // Writing to a `String` can't fail.
        let _ = writeln!(
            items,
            "    ::fourfold::migrations::Migration::new(\n        {name:?},\n        {sqlite},\n        {postgres},\n    ),"
        );
    }
    out.module(format!(
        "/// The SQL migrations of this package, for `Server::migrations`.\n\
         pub const MIGRATIONS: &[::fourfold::migrations::Migration] = &[\n{items}];\n"
    ));
    Ok(())
}
