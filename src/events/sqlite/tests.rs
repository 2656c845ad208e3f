//! What is particular to SQLite; what all engines promise is in the suite.

use super::*;
use crate::events::conformance::{self, Abilities};

struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-events-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self(folder)
    }

    fn options(&self) -> BusOptions {
        let url = format!("sqlite:{}", self.0.join("events.db").display());
        BusOptions { migrate: false, ..BusOptions::at(url) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises() {
    let folder = Folder::new();
    let options = folder.options();
    let make = move || {
        let options = options.clone();
        Box::pin(async move { open(&options).await.expect("it opens") }) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ONE_BY_ONE).await;
}
