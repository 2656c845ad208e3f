//! `cargo fourfold tasks`: what waits in a broker, and what can be done about it.

#![cfg(feature = "tasks")]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use fourfold::Tasks;
use fourfold::tasks::Enqueued;

struct Place {
    folder: PathBuf,
    url: String,
}

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-cli-{}", fourfold::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let url = format!("sqlite:{}", folder.join("tasks.db").display());
        Self { folder, url }
    }

    /// What the command says, and with which code it ends.
    fn run(&self, words: &[&str]) -> (String, i32) {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_cargo-fourfold"))
            .arg("fourfold")
            .arg("tasks")
            .args(words)
            .env("FOURFOLD_TASKS_URL", &self.url)
            .env_remove("DATABASE_URL")
            .output()
            .expect("the command runs");
        let said = [output.stdout, output.stderr].concat();
        (String::from_utf8_lossy(&said).into_owned(), output.status.code().unwrap_or(-1))
    }

    fn enqueue(&self, count: u32) -> Vec<Enqueued> {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let tasks = Tasks::connect(&self.url).await.expect("a broker");
            let mut taken = Vec::new();
            for _ in 0..count {
                let task = tasks.send("mail.send", &serde_json::json!({"to": "secret@example.com"}));
                taken.push(task.queue("mail").after(Duration::from_hours(1)).await.expect("taken"));
            }
            taken
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn tasks_can_be_listed_shown_cancelled_requeued_and_drained() {
    let place = Place::new();
    let taken = place.enqueue(3);
    let id = taken[0].id.to_string();

    let (said, code) = place.run(&["list"]);
    assert_eq!((code, said.matches("mail.send").count()), (0, 3), "{said}");
    assert!(said.contains("waiting") && said.contains("0/6"), "{said}");
    let (said, _) = place.run(&["list", "--queue", "other"]);
    assert!(said.contains("no tasks"), "{said}");

    let (said, code) = place.run(&["show", &id]);
    assert!(code == 0 && said.contains("mail.send") && said.contains("not before"), "{said}");
    assert!(!said.contains("secret"), "a payload is not shown: {said}");

    assert_eq!(place.run(&["cancel", &id]).1, 0);
    let (said, code) = place.run(&["cancel", &id]);
    assert!(code == 2 && said.contains("can't be cancelled"), "{said}");
    let (said, _) = place.run(&["list", "--state", "cancelled"]);
    assert_eq!(said.matches("mail.send").count(), 1, "{said}");
    assert_eq!(place.run(&["requeue", &id]).1, 0);

    let (said, code) = place.run(&["drain", "mail"]);
    assert!(code == 2 && said.contains("--yes"), "{said}");
    let (said, code) = place.run(&["drain", "mail", "--yes"]);
    assert!(code == 0 && said.contains("3 tasks"), "{said}");
}

#[test]
fn what_is_wrong_is_said() {
    let place = Place::new();
    let (said, code) = place.run(&["show", "0198c0de-0000-7000-8000-000000000000"]);
    assert!(code == 2 && said.contains("there is no task"), "{said}");
    let (said, code) = place.run(&["show", "seven"]);
    assert!(code == 2 && said.contains("seven"), "{said}");
    let (said, code) = place.run(&["list", "--url", "kafka://user:s3cret@host"]);
    assert!(code == 2 && said.contains("sqlite:") && !said.contains("s3cret"), "{said}");
}
