//! `tasks`: what waits, runs and failed in a broker, and what can be done about it.

use fourfold::tasks::{TaskFilter, TaskState, TaskStatus, Tasks};

use crate::arguments::{TaskCommand, TaskList, TasksCommand};
use crate::failure::Failure;
use crate::running::{self, one_line, time, trouble};
use crate::screen::{Paint, Screen};

/// Runs the command.
pub(crate) fn run(command: &TasksCommand, screen: &mut Screen) -> Result<(), Failure> {
    running::wait(work(command, screen))
}

async fn work(command: &TasksCommand, screen: &mut Screen) -> Result<(), Failure> {
    let url = broker(command)?;
    let tasks = match command.database.as_deref().filter(|database| !database.is_empty()) {
        Some(database) => Tasks::connect_with(&url, database).await,
        None => Tasks::connect(&url).await,
    };
    let tasks = tasks.map_err(trouble)?;
    match &command.command {
        TaskCommand::List(list) => self::list(&tasks, list, screen).await,
        TaskCommand::Show { id } => {
            let status = tasks.status(*id).await.map_err(trouble)?;
            let status = status.ok_or_else(|| Failure::Trouble(format!("there is no task {id}")))?;
            show(&status, screen);
            Ok(())
        }
        TaskCommand::Requeue { ids, failed, queue } => {
            let mut ids = ids.clone();
            if *failed {
                let filter = filter(queue.as_deref(), None, Some(TaskState::Failed), usize::MAX);
                let found = tasks.list(&filter).await.map_err(trouble)?;
                ids.extend(found.iter().map(|status| status.id));
            }
            for id in &ids {
                tasks.requeue(*id).await.map_err(|error| about(id, &error))?;
                screen.line(&format!("{id} waits again"));
            }
            if ids.is_empty() {
                screen.line("no task has failed");
            }
            Ok(())
        }
        TaskCommand::Cancel { ids } => {
            for id in ids {
                tasks.cancel(*id).await.map_err(|error| about(id, &error))?;
                screen.line(&format!("{id} is cancelled"));
            }
            Ok(())
        }
        TaskCommand::Drain { queue, yes } => {
            if !*yes {
                return Err(Failure::Trouble(format!(
                    "this takes away everything that waits in `{queue}`, for good: say --yes if that is meant"
                )));
            }
            let gone = tasks.drain(queue).await.map_err(trouble)?;
            screen.line(&format!("{gone} tasks are gone from `{queue}`"));
            Ok(())
        }
    }
}

/// Where the tasks are: as a service finds them.
fn broker(command: &TasksCommand) -> Result<String, Failure> {
    let said = command.url.clone().or_else(|| command.database.clone());
    said.filter(|url| !url.is_empty()).ok_or_else(|| {
        Failure::Trouble(
            "say which broker: --url, or FOURFOLD_TASKS_URL, or DATABASE_URL as the service has it"
                .to_owned(),
        )
    })
}

async fn list(tasks: &Tasks, list: &TaskList, screen: &mut Screen) -> Result<(), Failure> {
    let state = list.state.map(crate::arguments::State::state);
    let filter = filter(list.queue.as_deref(), list.name.as_deref(), state, list.limit);
    let found = tasks.list(&filter).await.map_err(trouble)?;
    if found.is_empty() {
        screen.line("no tasks");
        return Ok(());
    }
    let head = ["ID", "STATE", "NAME", "QUEUE", "ATTEMPTS", "ENQUEUED", "ERROR"];
    let rows: Vec<[String; 7]> = found.iter().map(row).collect();
    let paint = |column, cell: &str| if column == 1 { Some(paint(cell)) } else { None };
    running::table(head, &rows, paint, screen);
    Ok(())
}

fn filter(queue: Option<&str>, name: Option<&str>, state: Option<TaskState>, limit: usize) -> TaskFilter {
    let mut filter = TaskFilter::default();
    filter.queue = queue.map(str::to_owned);
    filter.name = name.map(str::to_owned);
    filter.state = state;
    filter.limit = limit;
    filter
}

fn row(status: &TaskStatus) -> [String; 7] {
    let error = status.error.as_ref().map_or(String::new(), |error| one_line(&error.message, 60));
    [
        status.id.to_string(),
        status.state.name().to_owned(),
        status.name.clone(),
        status.queue.clone(),
        format!("{}/{}", status.attempts, status.max_attempts),
        time(status.created_at),
        error,
    ]
}

fn show(status: &TaskStatus, screen: &mut Screen) {
    let state = screen.paint(paint(status.state.name()), status.state.name());
    let mut lines = vec![
        ("id", status.id.to_string()),
        ("name", status.name.clone()),
        ("queue", status.queue.clone()),
        ("state", state),
        ("attempts", format!("{} of {}", status.attempts, status.max_attempts)),
        ("enqueued", time(status.created_at)),
    ];
    let times = [("not before", status.run_at), ("began", status.started_at), ("ended", status.finished_at)];
    lines.extend(times.into_iter().filter_map(|(name, moment)| Some((name, time(moment?)))));
    if let Some(principal) = &status.principal {
        lines.push(("principal", principal.clone()));
    }
    if let Some(worker) = &status.worker {
        lines.push(("worker", worker.clone()));
    }
    if let Some(error) = &status.error {
        lines.push(("error", format!("{} ({})", error.message, error.code)));
    }
    for (name, value) in lines {
        screen.line(&format!("{name:<11} {value}"));
    }
    for (pointer, _, message) in status.error.iter().flat_map(|error| &error.violations) {
        screen.line(&format!("            {pointer}: {message}"));
    }
    if let Some(result) = &status.result {
        screen.line(&format!("{:<11} {result}", "result"));
    }
}

fn paint(state: &str) -> Paint {
    match state {
        "succeeded" => Paint::Green,
        "failed" => Paint::Red,
        "running" => Paint::Cyan,
        _ => Paint::Yellow,
    }
}

fn about(id: &impl std::fmt::Display, error: &fourfold::Error) -> Failure {
    Failure::Trouble(format!("{id}: {error}"))
}
