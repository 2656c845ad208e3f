//! A service beside Celery's workers: `fleet work` works off what Python's producers send, `fleet call <count>` calls Python's
//! workers and says what came of it, a line a finding.

mod calls;
mod tasks;

use fourfold::{Result, Server};

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let server = tasks::all(Server::from_env()?);
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("work") => server.run().await,
        Some("call") => {
            let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(100);
            let running = server.start().await?;
            let service = running.service();
            let wrong = calls::all(service.tasks()?, count).await?;
            running.stop().await;
            if wrong > 0 {
                std::process::exit(1);
            }
            Ok(())
        }
        _ => {
            eprintln!("say `work`, or `call` and how often");
            std::process::exit(2);
        }
    }
}
