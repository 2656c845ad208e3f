//! Tasks that wait, worked off by the new service; and those of the new one, by workers of the release before.

use std::time::Duration;

use fourfold::tasks::TaskState;
use fourfold::{Role, Uuid};
use serde_json::{Value, json};

use super::verdict::Observed;
use super::world::{PATIENCE, Served, World, rest};
use crate::plan::{Body, Side};

pub(super) async fn look(world: &World<'_>, observed: &mut Vec<Observed>) -> Result<(), String> {
    let served = world.old(&world.left_behind("tasks-old")?, Role::All).await?;
    let before = work(world, &served).await;
    served.running.stop().await;
    let Ok(served) = world.new_one(&world.migrated("tasks-new")?, Role::All).await else {
        observed.push(Observed::broken("tasks", "the new service does not start".to_owned()));
        return Ok(());
    };
    let after = work(world, &served).await;
    served.running.stop().await;
    let ([old_by_old, new_by_old], [old_by_new, new_by_new]) = (before?, after?);
    let pairs = old_by_old.iter().zip(&old_by_new).map(|pair| ("it waits", pair));
    let pairs = pairs.chain(new_by_new.iter().zip(&new_by_old).map(|pair| ("a worker of before", pair)));
    for (which, ((what, by_own), (_, by_other))) in pairs {
        if by_own.is_ok()
            && let Err(why) = by_other
        {
            observed.push(Observed::broken("tasks", format!("{which}: {what}: {why}")));
        }
    }
    Ok(())
}

/// What became of tasks, by what they are to do.
type Ends = Vec<(String, Result<(), String>)>;

/// What becomes of the tasks that wait, and of those that the new service would enqueue.
async fn work(world: &World<'_>, served: &Served) -> Result<[Ends; 2], String> {
    let service = served.running.service();
    let tasks = service.tasks().map_err(|error| error.to_string())?;
    let mut sent: Vec<(String, Uuid)> = Vec::new();
    for (name, payload) in payloads(&world.plan.after, &world.plan.after.creates, &world.ids) {
        let enqueued = tasks.send(&name, &payload).await.map_err(|error| format!("{name}: {error}"))?;
        sent.push((format!("{name} {payload}"), enqueued.id));
    }
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut all = Vec::new();
    for group in [&world.waiting, &sent] {
        let mut ends = Vec::new();
        for (what, id) in group {
            let left =
                deadline.saturating_duration_since(tokio::time::Instant::now()).max(Duration::from_millis(1));
            let status = tasks.wait(*id, left).await.map_err(|error| error.to_string())?;
            let end = match status {
                Some(status) if status.state == TaskState::Succeeded => Ok(()),
                Some(status) => Err(format!("{} {:?}", status.state.name(), status.error)),
                None => Err("it is gone".to_owned()),
            };
            ends.push((what.clone(), end));
        }
        all.push(ends);
    }
    let [old, new] = <[Ends; 2]>::try_from(all).map_err(|_| "two groups".to_owned())?;
    Ok([old, new])
}

/// What a service of that side would enqueue: all that it takes from callers.
pub(super) fn payloads(side: &Side, creates: &[Body], ids: &[String]) -> Vec<(String, Value)> {
    let singular = side.name.to_lowercase();
    let mut all: Vec<(String, Value)> = Vec::new();
    let data = |body: &Body| json!({ "data": rest(body) });
    all.extend(creates.iter().map(|body| (format!("{singular}.create"), data(body))));
    if let [_, second, third, ..] = ids {
        let change = |id: &str, body: &Value| json!({ "id": id, "data": body });
        all.extend(
            side.updates.iter().map(|body| (format!("{singular}.update"), change(second, &rest(body)))),
        );
        all.extend(side.operations.iter().map(|(operation, input)| {
            let payload =
                input.as_ref().map_or_else(|| json!({ "id": third }), |input| change(third, &rest(input)));
            (format!("{singular}.{operation}"), payload)
        }));
    }
    all.extend(side.tasks.iter().cloned());
    all
}
