//! `cargo fourfold generate`.

use fourfold_codegen::files;
use fourfold_codegen::lock::Update;
use serde_json::json;

use crate::arguments::Generate;
use crate::failure::Failure;
use crate::output::Plan;
use crate::package::{Package, shown};
use crate::screen::Screen;
use crate::stamp::Stamp;
use crate::{diff, eject, read, write};

pub(crate) fn run(arguments: &Generate, screen: &mut Screen) -> Result<(), Failure> {
    let package = Package::find(&arguments.selection)?;
    let files = read::files(&package);
    let writes = !arguments.check && !arguments.dry_run;
    let stamp = if writes { Stamp::of(&package, &files) } else { None };
    if let Some(unchanged) = stamp.as_ref().and_then(Stamp::unchanged) {
        count(unchanged, screen);
        return Ok(());
    }
    let read = read::read(&package, files, screen)?;
    let rendered = files::render(&read.catalog, &read.update.lock);
    let mut plan = Plan::new(&package.contracts, rendered, read.locked)?;
    plan.notes.extend(eject::outdated(&package.root, &read.catalog));
    for note in &plan.notes {
        screen.warn(note);
    }
    if arguments.check {
        return check(arguments, &package, &plan, screen);
    }
    if writes {
        write::apply(&package.contracts, &plan.changes)?;
    }
    // What a person was told has to be told again the next time.
    if let Some(stamp) = stamp.filter(|_| plan.notes.is_empty()) {
        stamp.write(&plan);
    }
    for change in &plan.changes {
        screen.change(change);
    }
    summary(&plan, arguments.dry_run, screen);
    numbers(&read.update, screen);
    Ok(())
}

fn check(arguments: &Generate, package: &Package, plan: &Plan, screen: &mut Screen) -> Result<(), Failure> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    for change in &plan.changes {
        if screen.item("files", || json!({"path": shown(&change.path), "change": change.word()})) {
            continue;
        }
        let before = change.text_before();
        let diff = diff::unified(&shown(&change.path), before.as_deref(), change.after.as_deref());
        let painted = diff::painted(screen, &diff);
        screen.line(&painted);
    }
    Err(Failure::Mistakes(format!(
        "`{}` of the package `{}` is out of date in {} of {} files: run `cargo fourfold generate{}` and commit what \
         it writes",
        shown(&package.contracts),
        package.name,
        plan.changes.len(),
        plan.changes.len() + plan.unchanged,
        selected(arguments)
    )))
}

/// The words that say which package is meant, as they were given.
fn selected(arguments: &Generate) -> String {
    let selection = &arguments.selection;
    let manifest =
        selection.manifest_path.as_ref().map(|path| format!(" --manifest-path {}", path.display()));
    let package = selection.package.as_ref().map(|name| format!(" -p {name}"));
    let out = selection.out.as_ref().map(|path| format!(" --out {}", path.display()));
    [manifest, package, out].into_iter().flatten().collect()
}

fn summary(plan: &Plan, dry_run: bool, screen: &mut Screen) {
    count(plan.unchanged, screen);
    if dry_run && !plan.changes.is_empty() {
        screen.line("nothing has been written: this was --dry-run");
    }
}

fn count(unchanged: usize, screen: &mut Screen) {
    let files = if unchanged == 1 { "1 file".to_owned() } else { format!("{unchanged} files") };
    if unchanged > 0 {
        screen.line(&format!("{:>9} {files}", "unchanged"));
    }
}

/// What became of the numbers, which are on the wire from now on.
fn numbers(update: &Update, screen: &mut Screen) {
    let number = |name: &str| {
        let (message, field) = name.rsplit_once('.').unwrap_or_default();
        let entry = update.lock.messages.get(message).and_then(|message| message.entries.get(field));
        entry.map(|entry| entry.number.to_string()).unwrap_or_default()
    };
    section("new numbers:", &update.added, |name| format!("{name} = {}", number(name)), screen);
    let renamed = |(before, after): &(String, String)| format!("{before} is {after} = {}", number(after));
    section("renamed, under the same number:", &update.renamed, renamed, screen);
    let gone = |name: &String| format!("{name} = {}", number(name));
    section("gone, never to be used again:", &update.removed, gone, screen);
}

fn section<T>(title: &str, items: &[T], line: impl Fn(&T) -> String, screen: &mut Screen) {
    if !items.is_empty() {
        screen.line(title);
    }
    for item in items {
        screen.line(&format!("  {}", line(item)));
    }
}
