//! `add resource`.

use std::path::Path;

use fourfold_codegen::report::Report;

use crate::arguments::AddResource;
use crate::failure::Failure;
use crate::house::{House, ResourceFile};
use crate::package::shown;
use crate::scaffold::known::{self, Known};
use crate::scaffold::{resource, service, test};
use crate::screen::Screen;
use crate::spec::Spec;
use crate::specs::{Specs, note_plurals};

pub(super) fn run(arguments: &AddResource, screen: &mut Screen) -> Result<(), Failure> {
    let mut house = House::enter(&arguments.place, screen)?;
    let mut specs = Specs::resources("RESOURCE", std::slice::from_ref(&arguments.resource));
    let mut known = house.known.clone();
    known.extend(specs.specs.iter().map(|spec| known::of_spec(spec, &house.prefix)));
    specs.check(&house.prefix, &known);
    let taken = specs.specs.iter().filter_map(|spec| taken(spec, &house, &known)).collect::<Vec<_>>();
    specs.reports.extend(taken);
    for spec in specs.done(screen)? {
        put(&mut house, &spec, &known)?;
        note_plurals(std::slice::from_ref(&spec), &mut house.draft.notes);
    }
    house.draft.generate(&house.package, screen)?;
    house.draft.finish(arguments.place.dry_run, screen)?;
    Ok(())
}

/// What is said of a resource that is there, with other fields than those that were said.
fn taken(spec: &Spec, house: &House, known: &[Known]) -> Option<Report> {
    let (_, there) = house.catalog.resources().find(|(_, item)| item.model.singular == spec.name.snake)?;
    let wanted = resource::resource(spec, &house.prefix, known).text;
    let wanted = fourfold_codegen::source::read_text(&wanted);
    let (_, wanted) = wanted.resources().next()?;
    if wanted.model.fields == there.model.fields {
        return None;
    }
    let message = format!("there is a resource `{}` already, with other fields", spec.name.snake);
    let file = shown(&there.file);
    let help = format!("change {file} by hand, and run `cargo fourfold generate`; or write another name");
    Some(spec.said.at(&spec.name_span, &message).help(help))
}

/// Puts a resource into a service: its file, its test, its module, and where it is mounted.
pub(crate) fn put(house: &mut House, spec: &Spec, known: &[Known]) -> Result<(), Failure> {
    let module = spec.name.module();
    let name = spec.name.pascal.clone();
    if house.catalog.resources().any(|(_, item)| item.model.singular == spec.name.snake) {
        return Ok(());
    }
    let made = resource::resource(spec, &house.prefix, known);
    let file = ResourceFile { module, resources: vec![name], text: service::ended(&made.text) };
    house.put_resources(vec![file], false)?;
    put_test(house, spec, known)?;
    if service::takes_place_of_tasks(spec) {
        give_tasks_another_place(house)?;
    }
    Ok(())
}

/// The resource is served where tasks are looked at, and the server would not start.
fn give_tasks_another_place(house: &mut House) -> Result<(), Failure> {
    type Change = fn(&str) -> Option<String>;
    let places: [(&str, Change); 2] = [
        ("config.toml", service::with_place_of_tasks),
        ("tests/service/main.rs", service::tests_with_place_of_tasks),
    ];
    for (path, change) in places {
        let text = house.draft.text(path)?.unwrap_or_default();
        if text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains("tasks_path")) {
            continue;
        }
        match change(&text) {
            Some(after) => house.draft.set(path, after, false)?,
            None => house.draft.notes.push(format!(
                "/v1/tasks is where tasks are looked at, and now a resource has that place: give them another one, with \
                 `tasks_path` in {path} or FOURFOLD_TASKS_PATH=/v1/operations"
            )),
        }
    }
    Ok(())
}

/// Its test, where the tests are those that `new` has made.
fn put_test(house: &mut House, spec: &Spec, known: &[Known]) -> Result<(), Failure> {
    let main = Path::new("tests/service/main.rs");
    let ours = house.draft.text(main)?.is_some_and(|text| {
        ["fn server()", "fn start(", "fn client(", "PATIENCE", "SCHEMES"]
            .iter()
            .all(|part| text.contains(part))
    });
    let module = spec.name.module();
    // What it points to has to be made by a test of ours too.
    let pointed = spec.fields.iter().filter_map(|field| match &field.element {
        crate::spec::Element::Reference(target, _) if !field.optional => known::find(known, target),
        _ => None,
    });
    let made = pointed.filter(|known| known.module != module).all(|known| {
        house
            .draft
            .text(format!("tests/service/{}.rs", known.module))
            .is_ok_and(|text| text.is_some_and(|text| text.contains("pub(crate) async fn make(")))
    });
    if !ours || !made {
        let why =
            if ours { "it points to a resource that no test makes" } else { "tests/service is not there" };
        house.draft.notes.push(format!("no test of `{}` has been written: {why}", spec.name.snake));
        return Ok(());
    }
    house.add_module(main, &module, "")?;
    let text = test::test(spec, &house.prefix, &house.krate(), known);
    house.draft.create(format!("tests/service/{module}.rs"), service::ended(&text))
}
