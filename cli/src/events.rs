//! `events`: who listens, how far they are, what they gave up, and what can be done about it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fourfold::Events;
use fourfold::events::{Data, DeadLetter, GroupStatus, Lag, Start};
use serde_json::{Value, json};

use crate::arguments::events::{EventCommand, EventsCommand, Format};
use crate::failure::Failure;
use crate::running::{self, one_line, time, trouble};
use crate::screen::{Paint, Screen};

/// More dead letters than this are not looked through for one of them.
const MOST: usize = 1_000_000;

/// Runs the command.
pub(crate) fn run(command: &EventsCommand, screen: &mut Screen) -> Result<(), Failure> {
    running::wait(work(command, screen))
}

async fn work(command: &EventsCommand, screen: &mut Screen) -> Result<(), Failure> {
    let database = command.database.as_deref().filter(|url| !url.is_empty());
    let url = command.url.as_deref().filter(|url| !url.is_empty()).or(database);
    let url = url.ok_or_else(|| {
        Failure::Trouble(
            "say which bus: --url, or FOURFOLD_EVENTS_URL, or DATABASE_URL as the service has it".to_owned(),
        )
    })?;
    // The outbox alone needs the database, which may be away when the bus is not.
    let outbox = database.filter(|_| matches!(command.command, EventCommand::Lag));
    let events = Events::connect(url, outbox).await.map_err(trouble)?;
    let mut out = Out { format: command.format, screen };
    match &command.command {
        EventCommand::Groups => {
            let groups = events.groups().await.map_err(trouble)?;
            out.say(&groups.iter().map(group_json).collect::<Value>(), |screen| list_groups(&groups, screen));
        }
        EventCommand::Lag => {
            let lag = events.lag().await.map_err(trouble)?;
            let oldest = lag.oldest.map(|oldest| oldest.as_secs_f64());
            out.say(&json!({"waiting": lag.waiting, "oldest_seconds": oldest}), |screen| {
                say_lag(lag, screen);
            });
        }
        EventCommand::Dead { group, limit } => {
            known(&events, group).await?;
            let letters = events.dead_letters(group, *limit).await.map_err(trouble)?;
            let document = letters.iter().map(|letter| letter_json(letter, false)).collect();
            out.say(&Value::Array(document), |screen| list_letters(&letters, screen));
        }
        EventCommand::Show { group, id, data } => {
            known(&events, group).await?;
            let letters = events.dead_letters(group, MOST).await.map_err(trouble)?;
            let letter = letters.iter().find(|letter| letter.id == *id);
            let letter = letter.ok_or_else(|| {
                Failure::Trouble(format!("`{group}` has no dead letter {id}: `dead {group}` lists them"))
            })?;
            out.say(&letter_json(letter, *data), |screen| show(letter, *data, screen));
        }
        EventCommand::Replay { group, ids, all } => {
            known(&events, group).await?;
            let count = if *all { events.replay_all(group).await } else { events.replay(group, ids).await };
            let count = count.map_err(trouble)?;
            let wanted = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            if !*all && count < wanted {
                return Err(Failure::Trouble(format!(
                    "{count} of {wanted} begin anew: the others are no dead letters of `{group}`, which `dead {group}` lists"
                )));
            }
            out.say(&json!({"replayed": count}), |screen| screen.line(&format!("{count} begin anew")));
        }
        EventCommand::Seek { group, to, yes } => {
            known(&events, group).await?;
            meant(*yes, &format!("`{group}` does again what it did of everything from there on"))?;
            events.seek(group, *to).await.map_err(trouble)?;
            let place = said(*to);
            out.say(&json!({"group": group, "begins": place}), |screen| {
                screen.line(&format!("`{group}` begins at {place}"));
            });
        }
        EventCommand::Forget { group, yes } => {
            known(&events, group).await?;
            meant(*yes, &format!("this forgets `{group}`, its place and its dead letters, for good"))?;
            let gone = events.forget(group).await.map_err(trouble)?;
            out.say(&json!({"forgotten": gone}), |screen| screen.line(&format!("`{group}` is forgotten")));
        }
    }
    Ok(())
}

/// Where what is said goes, for people or for programs.
struct Out<'a> {
    format: Format,
    screen: &'a mut Screen,
}

impl Out<'_> {
    fn say(&mut self, document: &Value, people: impl FnOnce(&mut Screen)) {
        match self.format {
            Format::Text => people(self.screen),
            Format::Json => self.screen.line(&format!("{document:#}")),
        }
    }
}

/// Whether there is such a group; a typing error is no empty answer.
async fn known(events: &Events, group: &str) -> Result<(), Failure> {
    let groups = events.groups().await.map_err(trouble)?;
    if groups.iter().any(|known| known.name == group) {
        return Ok(());
    }
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let there =
        if names.is_empty() { "there are none".to_owned() } else { format!("there is {}", names.join(", ")) };
    Err(Failure::Trouble(format!("there is no group `{group}`; {there}")))
}

fn meant(yes: bool, what: &str) -> Result<(), Failure> {
    if yes { Ok(()) } else { Err(Failure::Trouble(format!("{what}: say --yes if that is meant"))) }
}

fn said(start: Start) -> String {
    match start {
        Start::Now => "now".to_owned(),
        Start::Beginning => "the beginning".to_owned(),
        Start::At(moment) => moment.to_rfc3339(),
    }
}

fn group_json(group: &GroupStatus) -> Value {
    json!({
        "group": group.name, "types": group.types, "behind": group.behind, "open": group.open, "dead": group.dead,
    })
}

fn list_groups(groups: &[GroupStatus], screen: &mut Screen) {
    if groups.is_empty() {
        screen.line("no groups");
        return;
    }
    let row = |group: &GroupStatus| {
        let [behind, open, dead] = [group.behind, group.open, group.dead].map(|count| count.to_string());
        [group.name.clone(), behind, open, dead, group.types.join(" ")]
    };
    let rows: Vec<[String; 5]> = groups.iter().map(row).collect();
    let paint = |column, cell: &str| (column == 3 && cell != "0").then_some(Paint::Red);
    running::table(["GROUP", "BEHIND", "OPEN", "DEAD", "TYPES"], &rows, paint, screen);
}

fn say_lag(lag: Lag, screen: &mut Screen) {
    match lag.oldest {
        Some(oldest) => {
            screen.line(&format!(
                "{} wait in the outbox, the oldest for {:.1} s",
                lag.waiting,
                oldest.as_secs_f64()
            ));
        }
        None => screen.line("nothing waits in the outbox"),
    }
}

fn letter_json(letter: &DeadLetter, with_data: bool) -> Value {
    let violations = letter
        .error
        .violations
        .iter()
        .map(|(pointer, code, message)| json!({"pointer": pointer, "code": code, "message": message}));
    let mut document = json!({
        "id": letter.id,
        "attempts": letter.attempts,
        "died_at": letter.died_at.to_rfc3339(),
        "error": {
            "code": letter.error.code,
            "message": letter.error.message,
            "violations": violations.collect::<Value>(),
        },
        "event": null,
    });
    if let Some(event) = &letter.event {
        let attributes = event.attributes().into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
        document["event"] = Value::Object(attributes.collect());
        if with_data {
            match &event.data {
                Data::None => {}
                // It was JSON when the bus took it.
                Data::Json(text) => {
                    document["event"]["data"] = serde_json::from_str(text).unwrap_or_default();
                }
                Data::Bytes(bytes) => document["event"]["data_base64"] = json!(BASE64_STANDARD.encode(bytes)),
            }
        }
    }
    document
}

fn list_letters(letters: &[DeadLetter], screen: &mut Screen) {
    if letters.is_empty() {
        screen.line("no dead letters");
        return;
    }
    let row = |letter: &DeadLetter| {
        let event = letter.event.as_ref();
        [
            letter.id.clone(),
            event.map_or_else(|| "-".to_owned(), |event| event.kind.clone()),
            event.and_then(|event| event.subject.clone()).unwrap_or_else(|| "-".to_owned()),
            letter.attempts.to_string(),
            time(letter.died_at),
            one_line(&format!("{}: {}", letter.error.code, letter.error.message), 60),
        ]
    };
    let rows: Vec<[String; 6]> = letters.iter().map(row).collect();
    running::table(["ID", "TYPE", "SUBJECT", "ATTEMPTS", "GIVEN UP", "REASON"], &rows, |_, _| None, screen);
}

fn show(letter: &DeadLetter, with_data: bool, screen: &mut Screen) {
    let mut line = |name: &str, value: &str| screen.line(&format!("{name:<15} {value}"));
    match &letter.event {
        Some(event) => {
            for (name, value) in event.attributes() {
                line(name, &value);
            }
        }
        None => line("id", &letter.id),
    }
    line("attempts", &letter.attempts.to_string());
    line("given up", &time(letter.died_at));
    line("reason", &format!("{} ({})", letter.error.message, letter.error.code));
    for (pointer, _, message) in &letter.error.violations {
        line("", &format!("{pointer}: {message}"));
    }
    match letter.event.as_ref().filter(|_| with_data).map(|event| &event.data) {
        Some(Data::Json(text)) => line("data", text),
        Some(Data::Bytes(bytes)) => line("data in base64", &BASE64_STANDARD.encode(bytes)),
        Some(Data::None) | None => {}
    }
}
