//! `cargo fourfold events`: who listens, what they gave up, and what can be done about it.

#![cfg(feature = "events")]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use fourfold::prelude::*;
use fourfold::{Config, Principal, Server};
use serde_json::Value as Document;

/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_secs(30);

/// Somebody knocks.
#[derive(Event)]
#[event(type = "test.door.v1.door.knocked", subject = "door")]
struct Knocked {
    door: String,
    times: u32,
}

async fn never(_: Knocked, _: &Context) -> Result<()> {
    Err(Error::failed_precondition("nobody is at home"))
}

struct Place {
    folder: PathBuf,
    url: String,
}

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-cli-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let url = format!("sqlite:{}", folder.join("events.db").display());
        Self { folder, url }
    }

    /// What the command says, and with which code it ends.
    fn run(&self, words: &[&str]) -> (String, i32) {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_cargo-fourfold"))
            .args(["fourfold", "events"])
            .args(words)
            .env("DATABASE_URL", &self.url)
            .env_remove("FOURFOLD_EVENTS_URL")
            .output()
            .expect("the command runs");
        let said = [output.stdout, output.stderr].concat();
        (String::from_utf8_lossy(&said).into_owned(), output.status.code().unwrap_or(-1))
    }

    fn json(&self, words: &[&str]) -> Document {
        let (said, code) = self.run(&[words, &["--format", "json"]].concat());
        assert_eq!(code, 0, "{said}");
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("no JSON: {said}"))
    }

    /// A service runs until its subscriber has given up so many events.
    fn knock(&self, count: u32) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut config = Config::default();
            config.listen.set_port(0);
            config.database_url = self.url.as_str().into();
            let running = Server::new(config).subscribe("porters", never).start().await.expect("it starts");
            let (service, ctx) = (running.service(), running.service().context(Principal::new("tester")));
            for times in 0..count {
                let knocked = Knocked { door: "front".to_owned(), times };
                service.publish(&ctx, knocked).await.expect("published");
            }
            let events = service.events().expect("a bus");
            let all = async {
                while events.dead_letters("porters", 100).await.expect("letters").len() < count as usize {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(HANGS, all).await.expect("they are given up");
            running.stop().await;
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn groups_and_dead_letters_can_be_looked_at_replayed_set_back_and_forgotten() {
    let place = Place::new();
    place.knock(2);

    let (said, code) = place.run(&["groups"]);
    assert!(code == 0 && said.contains("porters") && said.contains("test.door.v1.door.knocked"), "{said}");
    assert_eq!(place.json(&["groups"])[0]["dead"], 2);
    let (said, code) = place.run(&["lag"]);
    assert!(code == 0 && said.contains("nothing waits"), "{said}");
    assert_eq!(place.json(&["lag"])["waiting"], 0);

    let (said, code) = place.run(&["dead", "porters"]);
    assert!(code == 0 && said.matches("nobody is at home").count() == 2, "{said}");
    let letters = place.json(&["dead", "porters", "--limit", "1"]);
    let [letter] = letters.as_array().expect("a list").as_slice() else { panic!("{letters}") };
    assert_eq!(
        (&letter["event"]["subject"], &letter["error"]["code"]),
        (&"front".into(), &"failed_precondition".into())
    );
    assert!(letter["event"]["data"].is_null(), "data is shown where it is asked for: {letter}");
    let id = letter["id"].as_str().expect("an id");

    let (said, code) = place.run(&["show", "porters", id]);
    assert!(code == 0 && said.contains("nobody is at home (failed_precondition)"), "{said}");
    assert!(!said.contains("times"), "{said}");
    let (said, _) = place.run(&["show", "porters", id, "--data"]);
    assert!(said.contains("\"times\":0"), "{said}");
    assert_eq!(place.json(&["show", "porters", id, "--data"])["event"]["data"]["door"], "front");

    assert_eq!(place.json(&["replay", "porters", id])["replayed"], 1);
    let (said, code) = place.run(&["replay", "porters", id, "no-such-id"]);
    assert!(code == 2 && said.contains("0 of 2"), "{said}");
    let (said, code) = place.run(&["replay", "porters", "--all"]);
    assert!(code == 0 && said.contains("1 begin anew"), "{said}");

    for words in [&["seek", "porters", "--to", "beginning"][..], &["forget", "porters"]] {
        let (said, code) = place.run(words);
        assert!(code == 2 && said.contains("--yes"), "{said}");
        let (said, code) = place.run(&[words, &["--yes"]].concat());
        assert_eq!(code, 0, "{said}");
    }
    let (said, code) = place.run(&["groups"]);
    assert!(code == 0 && said.contains("no groups"), "{said}");
}

#[test]
fn what_is_wrong_is_said() {
    let place = Place::new();
    place.knock(1);
    for words in
        [&["dead", "porter"][..], &["replay", "porter", "--all"], &["seek", "porter", "--to", "now", "--yes"]]
    {
        let (said, code) = place.run(words);
        assert!(code == 2 && said.contains("no group `porter`; there is porters"), "{said}");
    }
    let (said, code) = place.run(&["show", "porters", "seven"]);
    assert!(code == 2 && said.contains("no dead letter seven"), "{said}");
    let (said, code) = place.run(&["seek", "porters", "--to", "yesterday"]);
    assert!(code == 2 && said.contains("2026-01-02T03:04:05Z"), "{said}");
    let (said, code) = place.run(&["replay", "porters"]);
    assert_eq!(code, 2, "{said}");
    let (said, code) = place.run(&["groups", "--url", "kafka://user:s3cret@host"]);
    assert!(code == 2 && said.contains("sqlite:") && !said.contains("s3cret"), "{said}");
}
