use super::{ALL, Directory, open, options};
use crate::cell::Cell;
use crate::store::fixtures::{OWNER, insert, owner};
use crate::store::sqlite::Sqlite;

fn refusal(url: String) -> String {
    Sqlite::open(&options(url)).expect_err("refused").to_string()
}

#[test]
fn a_directory_that_is_missing_is_named() {
    let directory = Directory::new();
    let missing = directory.0.join("missing");
    let text = refusal(format!("sqlite:{}", missing.join("test.db").display()));
    assert!(text.contains(&format!("no directory `{}`", missing.display())), "{text}");
}

#[test]
fn a_directory_in_the_place_of_the_file_is_named() {
    let directory = Directory::new();
    let text = refusal(format!("sqlite:{}", directory.0.display()));
    assert!(text.contains("is a directory; name a file"), "{text}");
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let directory = Directory::new();
    let content = "my diary, not a database\n".repeat(1_000);
    std::fs::write(directory.file(), &content).expect("written");
    let text = refusal(format!("sqlite:{}", directory.file().display()));
    assert!(text.contains("is not an SQLite database"), "{text}");
    assert_eq!(std::fs::read_to_string(directory.file()).expect("read"), content);
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_never_a_panic() {
    let directory = Directory::new();
    let store = open(&directory.file());
    store.prepare(&ALL, true).await.expect("tables");
    for number in 0..2_000 {
        let id = number.to_string();
        let _ = store.commit(insert(&OWNER, owner(&id, &id))).await;
    }
    store.close().await;
    drop(store);
    let mut bytes = std::fs::read(directory.file()).expect("read");
    // The first page says what tables there are; the rest is what is in them.
    bytes.iter_mut().skip(4 * 4_096).for_each(|byte| *byte = 0xa5);
    std::fs::write(directory.file(), bytes).expect("written");
    match Sqlite::open(&options(format!("sqlite:{}", directory.file().display()))) {
        Ok(store) => {
            let prepared = store.prepare(&ALL, true).await.map(|_| ());
            let read = store.get(&OWNER, &Cell::Text("7".to_owned())).await;
            let written = store.commit(insert(&OWNER, owner("new", "new"))).await;
            assert!(prepared.is_err() || read.is_err() || written.is_err());
        }
        Err(error) => assert!(error.to_string().contains("is damaged"), "{error}"),
    }
}

#[tokio::test]
async fn a_store_finds_its_rows_again() {
    let directory = Directory::new();
    for round in 0..3 {
        let store = open(&directory.file());
        let done = store.prepare(&ALL, true).await.expect("tables");
        assert_eq!(done.is_empty(), round > 0, "{done:?}");
        let id = round.to_string();
        store.commit(insert(&OWNER, owner(&id, &id))).await.expect("inserted");
        for earlier in 0..=round {
            let row = store.get(&OWNER, &Cell::Text(earlier.to_string())).await.expect("read");
            assert!(row.is_some());
        }
        store.close().await;
    }
}

#[test]
fn many_processes_may_make_one_database_at_once() {
    let directory = Directory::new();
    let threads = (0..8).map(|number| {
        let path = directory.file();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let store = open(&path);
                store.prepare(&ALL, true).await.expect("tables");
                let id = number.to_string();
                store.commit(insert(&OWNER, owner(&id, &id))).await.expect("inserted");
            });
        })
    });
    let threads: Vec<_> = threads.collect();
    for thread in threads {
        thread.join().expect("a thread");
    }
    let store = open(&directory.file());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for number in 0..8 {
        let row = runtime.block_on(store.get(&OWNER, &Cell::Text(number.to_string())));
        assert!(row.expect("read").is_some(), "{number}");
    }
}
