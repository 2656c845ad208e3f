//! How streams end.

use std::time::{Duration, Instant};

use fourfold::Server;

use crate::engines::on_every_engine;
use crate::resources::{all, boat};
use crate::soon;
use crate::sse::{resume, watch};

fn patient(server: Server) -> Server {
    all(server).configure(|config| config.shutdown_grace = Duration::from_mins(10))
}

#[tokio::test]
async fn a_server_that_stops_ends_them_at_once_with_a_hint_to_come_again() {
    for service in on_every_engine(patient).await {
        let mut client = service.client().await;
        let mut streams = Vec::new();
        for _ in 0..20 {
            streams.push(watch(service.address(), "/v1/boats:watch", &[]).await);
        }
        client.post("/v1/boats", boat("last")).await.expect(201);
        let last = streams[0].next().await;
        drop(client);
        // It would wait for ten minutes.
        let since = Instant::now();
        soon(service.stop()).await;
        println!("20 streams ended with the server after {:.1?}", since.elapsed());
        for mut stream in streams {
            while let Some(event) = soon(stream.try_next()).await.expect("it ends in good order") {
                assert_eq!(event, last);
            }
            assert_eq!(stream.last_id, last.id);
            assert!(stream.raw.ends_with("come again from the last id\n\n"), "{}", stream.raw);
            assert!(stream.retry.is_some_and(|retry| (500..5000).contains(&retry)));
        }
    }
}

fn brief(server: Server) -> Server {
    all(server).configure(|config| config.watch_lifetime = Duration::from_millis(300))
}

#[tokio::test]
async fn a_stream_lasts_no_longer_than_it_may_and_goes_on_as_another() {
    for service in on_every_engine(brief).await {
        let mut client = service.client().await;
        let mut stream = watch(service.address(), "/v1/boats:watch", &[]).await;
        client.post("/v1/boats", boat("one")).await.expect(201);
        assert_eq!(stream.next().await.row("boat")["id"], "one");
        assert_eq!(soon(stream.try_next()).await.expect("in good order"), None);
        client.post("/v1/boats", boat("two")).await.expect(201);
        let mut stream = resume(service.address(), "/v1/boats:watch", &stream.last_id).await;
        assert_eq!(stream.next().await.row("boat")["id"], "two");
        drop(stream);
        service.stop().await;
    }
}
