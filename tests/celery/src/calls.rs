//! Calls to Python's workers, and what has to come back.

use std::time::{Duration, Instant};

use fourfold::tasks::{TaskState, TaskStatus, Tasks};
use fourfold::{Result, Uuid};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Against hanging alone.
const HANGS: Duration = Duration::from_mins(2);

/// Calls everything; says how much was wrong.
pub(crate) async fn all(tasks: &Tasks, count: usize) -> Result<usize> {
    let mut wrong = 0;
    let mut check = |what: &str, holds: bool, seen: &dyn std::fmt::Debug| {
        println!("{} rust to python: {what}", if holds { "ok  " } else { "FAIL" });
        if !holds {
            println!("     {seen:?}");
            wrong += 1;
        }
    };

    let begun = Instant::now();
    let sent =
        (0..count).map(|number| async move { tasks.send("py.count", &json!({"number": number})).await });
    let sent: Vec<Uuid> = join_all(sent).await.into_iter().map(|sent| Ok(sent?.id)).collect::<Result<_>>()?;
    let ended = join_all(sent.iter().map(|id| tasks.wait(*id, HANGS))).await;
    let ended: Vec<TaskStatus> =
        ended.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let answered = ended.iter().enumerate();
    let answered = answered.filter(|(number, task)| task.result == Some(json!(number * 2))).count();
    println!(
        "     rust to python: {count} sent, {answered} answered, {} lost, in {:.1} s",
        count - answered,
        begun.elapsed().as_secs_f64()
    );
    check("every task is answered", answered == count, &ended.iter().find(|task| task.result.is_none()));

    let forgotten = tasks.send("py.count", &json!({"number": count})).forget().await?;
    check("what is forgotten has no state", tasks.status(forgotten.id).await?.is_none(), &forgotten);

    let failed = call(tasks, "py.fail", json!({"reason": "no"})).await?;
    let error = failed.error.clone().map(|error| (error.code, error.message));
    let expected = Some(("ValueError".to_owned(), "no".to_owned()));
    check("an exception is a failure", (failed.state, error) == (TaskState::Failed, expected), &failed);

    let flaky = call(tasks, "py.flaky", json!({"times": 2})).await?;
    let seen = (flaky.state, flaky.attempts, flaky.result.clone());
    check("a retry counts as an attempt", seen == (TaskState::Succeeded, 3, Some(json!(3))), &flaky);

    let unknown = call(tasks, "py.nothing", json!({})).await?;
    let code = unknown.error.as_ref().map(|error| error.code.clone());
    check("a task that Python does not know", code.as_deref() == Some("NotRegistered"), &unknown);

    let before = Instant::now();
    let later = tasks.send("py.add", &json!({"x": 1, "y": 2})).after(Duration::from_secs(2)).await?;
    let later = end(tasks, later.id).await?;
    let waited = before.elapsed() >= Duration::from_secs(2);
    check("it waits for its moment", waited && later.result == Some(json!(3)), &later);

    let late = tasks.send("py.add", &json!({"x": 1, "y": 2})).after(Duration::from_secs(2));
    let late = end(tasks, late.expires_after(Duration::from_millis(500)).await?.id).await?;
    check("it is not begun after its time", late.state == TaskState::Expired, &late);

    let slow = tasks.send("py.sleep", &json!({"seconds": 30})).timeout(Duration::from_secs(1)).await?;
    let slow = end(tasks, slow.id).await?;
    check("it may take so long", slow.state == TaskState::Failed, &slow);

    let id = Uuid::now_v7();
    let twice = [
        tasks.send("py.add", &json!({"x": 2, "y": 2})).id(id).await?,
        tasks.send("py.add", &json!({"x": 2, "y": 2})).id(id).await?,
    ];
    check("an id is taken once", !twice[0].existed && twice[1].existed, &twice);

    // Ends by itself where it is in time; Python's workers only promise to try.
    let cancelled = tasks.send("py.add", &json!({"x": 1, "y": 2})).after(Duration::from_secs(3)).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    tasks.cancel(cancelled.id).await?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let cancelled = tasks.status(cancelled.id).await?;
    let state = cancelled.as_ref().map(|task| (task.state, task.result.clone()));
    check("what is cancelled stays so", state == Some((TaskState::Cancelled, None)), &cancelled);

    // By way of Celery to a worker like this one.
    let own = tasks.send("rust.add", &json!({"x": 20, "y": 22})).queue("rust").await?;
    let own = end(tasks, own.id).await?;
    check("a worker in Rust answers as Python's do", own.result == Some(json!(42)), &own);
    let own = tasks.send("rust.flaky", &json!({"times": 2})).queue("rust").await?;
    let own = end(tasks, own.id).await?;
    // Redis keeps the last state alone, so that of two retries one may be seen.
    check("and is tried again", own.attempts >= 2 && own.result == Some(json!(3)), &own);
    Ok(wrong)
}

async fn call(tasks: &Tasks, name: &str, payload: Value) -> Result<TaskStatus> {
    let sent = tasks.send(name, &payload).await?;
    end(tasks, sent.id).await
}

async fn end(tasks: &Tasks, id: Uuid) -> Result<TaskStatus> {
    let ended = tasks.wait(id, HANGS).await?;
    ended.ok_or_else(|| fourfold::Error::not_found("the task has no state"))
}
