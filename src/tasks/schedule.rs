//! Tasks that the clock enqueues, once however many processes ask: the id of such a task is made of its name and of the
//! moment, and brokers take an id once.
//!
//! Where the clocks go forward, a time that there is not that day is taken to be when they have gone; where they go back,
//! a time that there is twice fires once, the first time, unless the pattern fires at every hour or minute.
//! What was due while no process ran is not caught up on.

use std::str::FromStr as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use uuid::Uuid;

use super::enqueue::{Enqueue, Tasks};
use super::worker::pause;
use crate::descriptor::{Schedule, TaskDescriptor};

/// Clocks may be put forward: no sleep is longer.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How late a task is still enqueued: after a sleep of the machine, or while the broker was away.
const LATEST: Duration = Duration::from_mins(10);
/// The namespace (RFC 9562, section 5.5) of tasks of the clock.
const TICKS: Uuid = Uuid::from_u128(0x2f0c_6a1e_8f5d_4a0b_b1c3_90d7_4e65_18f2);

/// What is wrong with the schedules, a sentence each.
pub(crate) fn mistakes(tasks: &[&'static TaskDescriptor]) -> Vec<String> {
    let wrong = tasks.iter().filter_map(|task| {
        let why = read(task.schedule?).err()?;
        Some(format!("the schedule of the task {}: {why}", task.name))
    });
    wrong.collect()
}

fn read(schedule: Schedule) -> Result<(Cron, Tz), String> {
    let parser = CronParser::builder().seconds(Seconds::Optional).build();
    let cron = parser.parse(schedule.cron).map_err(|error| {
        format!("`{}` is no cron pattern ({error}): minute, hour, day, month, day of the week", schedule.cron)
    })?;
    let zone = Tz::from_str(schedule.time_zone).map_err(|_| {
        format!("there is no time zone `{}`: write a name such as Europe/Amsterdam", schedule.time_zone)
    })?;
    Ok((cron, zone))
}

/// The next moment after another.
fn next(cron: &Cron, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = after.with_timezone(&zone);
    let next = cron.find_next_occurrence(&local, false).ok()?.to_utc();
    // An hour that there is twice counts once, which is not what `*` means.
    let fields: Vec<&str> = cron.pattern.as_str().split_whitespace().collect();
    let every_hour = fields.len() > 3 && fields[fields.len() - 4].starts_with('*');
    let straight = every_hour.then(|| cron.find_next_occurrence(&local.fixed_offset(), false).ok()).flatten();
    let straight = straight.map(|moment| moment.to_utc());
    let fits = |moment: &DateTime<Utc>| {
        *moment < next && cron.is_time_matching(&moment.with_timezone(&zone)).unwrap_or_default()
    };
    Some(straight.filter(fits).unwrap_or(next))
}

/// The id of the task of a moment.
fn id(name: &str, moment: DateTime<Utc>) -> Uuid {
    Uuid::new_v5(&TICKS, format!("{name} {}", moment.timestamp()).as_bytes())
}

/// Enqueues what has a schedule, until it is dropped.
#[derive(Debug)]
pub(crate) struct Clock {
    running: Vec<JoinHandle<()>>,
}

impl Clock {
    pub(crate) fn start(tasks: &[&'static TaskDescriptor], to: &Tasks) -> Self {
        let running = tasks.iter().filter_map(|task| {
            let (cron, zone) = read(task.schedule?).ok()?;
            Some(tokio::spawn(tick(task, cron, zone, to.clone())))
        });
        Self { running: running.collect() }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        for running in &self.running {
            running.abort();
        }
    }
}

async fn tick(task: &'static TaskDescriptor, cron: Cron, zone: Tz, to: Tasks) {
    let mut done = Utc::now();
    loop {
        let Some(moment) = next(&cron, zone, done) else {
            return tracing::warn!(task = task.name, "the schedule has no further moment");
        };
        while let Ok(left) = (moment - Utc::now()).to_std()
            && !left.is_zero()
        {
            sleep(left.min(LONGEST_SLEEP)).await;
        }
        done = moment;
        if (Utc::now() - moment).to_std().is_ok_and(|late| late > LATEST) {
            tracing::warn!(task = task.name, %moment, "too late for it");
            continue;
        }
        let mut failures = 0;
        while let Err(error) = enqueue(task, moment, &to).await {
            failures += 1;
            tracing::warn!(task = task.name, %error, "can't enqueue what is due");
            sleep(pause(failures)).await;
            if (Utc::now() - moment).to_std().is_ok_and(|late| late > LATEST) {
                break;
            }
        }
    }
}

async fn enqueue(task: &TaskDescriptor, moment: DateTime<Utc>, to: &Tasks) -> crate::Result<()> {
    // Nothing is said, so all is as its defaults are.
    let tick = Enqueue::new(to, task.name, "{}".to_owned(), task.settings);
    tick.id(id(task.name, moment)).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(cron: &'static str, after: &str, count: usize) -> Vec<String> {
        let (cron, zone) = read(Schedule { cron, time_zone: "Europe/Amsterdam" }).unwrap();
        let mut moment: DateTime<Utc> = after.parse().unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            moment = next(&cron, zone, moment).unwrap();
            found.push(moment.format("%FT%R").to_string());
        }
        found
    }

    #[test]
    fn a_pattern_is_read_in_its_time_zone() {
        let found = moments("30 3 * * *", "2026-07-01T00:00:00Z", 2);
        assert_eq!(found, ["2026-07-01T01:30", "2026-07-02T01:30"]);
    }

    #[test]
    fn a_time_that_there_is_not_that_day_is_when_the_clocks_have_gone_forward() {
        let found = moments("30 2 * * *", "2026-03-28T12:00:00Z", 2);
        assert_eq!(found, ["2026-03-29T01:00", "2026-03-30T00:30"]);
    }

    #[test]
    fn a_time_that_there_is_twice_fires_once() {
        let found = moments("30 2 * * *", "2026-10-24T12:00:00Z", 2);
        assert_eq!(found, ["2026-10-25T00:30", "2026-10-26T01:30"]);
    }

    #[test]
    fn what_fires_at_every_hour_goes_on_while_the_clocks_change() {
        let found = moments("0 * * * *", "2026-10-24T23:30:00Z", 4);
        assert_eq!(found, ["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T03:00"]);
    }

    #[test]
    fn what_can_not_be_read_says_why() {
        for (cron, time_zone, why) in
            [("61 * * * *", "UTC", "no cron pattern"), ("0 3 * * *", "Europe/Nowhere", "no time zone")]
        {
            let error = read(Schedule { cron, time_zone }).map(|_| ()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn an_id_is_that_of_the_name_and_the_moment() {
        let moment: DateTime<Utc> = "2026-11-24T10:00:00Z".parse().unwrap();
        assert_eq!(id("a.b", moment), id("a.b", moment));
        assert_ne!(id("a.b", moment), id("a.c", moment));
        assert_ne!(id("a.b", moment), id("a.b", moment + chrono::TimeDelta::seconds(1)));
    }
}
