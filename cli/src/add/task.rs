//! `add task`.

use askama::Template;

use super::{name, with_tracing};
use crate::arguments::AddTask;
use crate::edit::Call;
use crate::failure::Failure;
use crate::house::House;
use crate::scaffold::resource::{ChoiceView, FieldView, Owner, attribute, plain, rendered};
use crate::scaffold::service::ended;
use crate::screen::Screen;
use crate::spec::{Said, Spec, capital};
use crate::specs::Specs;

#[derive(Template)]
#[template(path = "scaffold/task.rs")]
struct TaskView {
    title: String,
    words: String,
    attribute: String,
    name: String,
    fields: Vec<FieldView>,
    choices: Vec<ChoiceView>,
    handler: String,
    context: String,
    result: String,
}

pub(super) fn run(arguments: &AddTask, screen: &mut Screen) -> Result<(), Failure> {
    let name = name("a task", &arguments.name)?;
    let mut house = House::enter(&arguments.place, screen)?;
    let said = Said::new("FIELDS", 1, &arguments.fields);
    let (spec, mut mistakes) = Spec::fields(said, name.clone());
    let fields = plain(&spec, Owner::Message, &house.known, &mut mistakes);
    let mut words = vec![format!("name = \"{}.{}\"", house.prefix, name.snake)];
    words.extend(arguments.queue.as_ref().map(|queue| format!("queue = {queue:?}")));
    words.extend(arguments.cron.as_ref().map(|cron| format!("cron = {cron:?}")));
    // A task may be called by a name that is imported.
    let imported =
        |word: &str| if word == name.pascal { format!("fourfold::{word}") } else { word.to_owned() };
    let text = rendered(&TaskView {
        title: capital(&name.words()),
        words: name.words(),
        attribute: attribute("task", &words, 0),
        name: name.pascal.clone(),
        fields: fields.fields,
        choices: fields.choices,
        handler: imported("Handler"),
        context: imported("Context"),
        result: imported("Result"),
    });
    let mut specs = Specs::default();
    specs.add(&spec.said, &mistakes);
    let mut beside = vec![(Said::new("NAME", 1, &arguments.name), name.pascal.clone())];
    for (place, said) in [("--queue", &arguments.queue), ("--cron", &arguments.cron)] {
        beside.extend(said.as_ref().map(|text| (Said::new(place, 1, text), format!("{text:?}"))));
    }
    specs.check_struct(&spec, &text, &beside, true);
    specs.done(screen)?;

    let path = format!("src/tasks/{}.rs", name.snake);
    if let Some(there) = house.draft.text(&path)? {
        // What was written is the user's by now: it is there if the struct is.
        if !there.contains(&format!("pub struct {} ", name.pascal)) {
            return Err(house.draft.refuse(&path, "it is there already, without this task", &text));
        }
    } else {
        house.add_file("tasks", "What runs later.", &name.snake, ended(&text))?;
        with_tracing(&mut house)?;
    }
    house.serve(|around| {
        vec![Call {
            method: "task",
            rest: format!("::<{around}tasks::{}::{}>()", name.snake, name.pascal),
            key: name.pascal.clone(),
        }]
    })?;
    house.draft.finish(arguments.place.dry_run, screen)?;
    Ok(())
}
