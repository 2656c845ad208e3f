//! ad hoc
use super::{Postgres, at_a_place};
use crate::cell::Cell;
use crate::store::Unit;
use crate::store::fixtures::{ALL, OWNER, event, insert, owner, record, text, update};
use std::time::{Duration, Instant};

fn p(mut v: Vec<u32>, q: f64) -> f64 {
    v.sort_unstable();
    v.get(((v.len() as f64) * q) as usize).copied().unwrap_or(0) as f64 / 1000.0
}

#[test]
fn figures() {
    at_a_place(async |place| {
        let seconds = Duration::from_millis(3000);
        let writers: Vec<usize> = std::env::var("WRITERS")
            .unwrap_or("1,2,4".into())
            .split(',')
            .map(|x| x.parse().unwrap())
            .collect();
        let mode = std::env::var("MODE").unwrap_or("event".into());
        for w in writers {
            let mut o = place.options();
            o.connections = 4;
            let store = Postgres::open_with(&o, w).await.unwrap();
            store.prepare(&ALL, true).await.unwrap();
            for callers in [1usize, 32, 256] {
                let since = Instant::now();
                let tasks: Vec<_> = (0..callers)
                    .map(|c| {
                        let store = store.clone();
                        let mode = mode.clone();
                        tokio::spawn(async move {
                            let mut lat = Vec::new();
                            let mut n = 0;
                            while since.elapsed() < seconds {
                                let id = uuid::Uuid::now_v7().to_string();
                                let t = Instant::now();
                                let mut unit = insert(&OWNER, owner(&id, &id));
                                if mode != "bare" {
                                    unit.events = vec![event("owner.created")];
                                }
                                if mode == "all" {
                                    unit.record = Some(record(&id));
                                }
                                if mode == "bad" && n % 20 == 0 {
                                    unit = insert(&OWNER, owner("same", &id));
                                }
                                n += 1;
                                let _ = store.commit(unit).await;
                                lat.push(t.elapsed().as_micros() as u32);
                            }
                            let _ = c;
                            lat
                        })
                    })
                    .collect();
                let mut all = Vec::new();
                for t in tasks {
                    all.extend(t.await.unwrap());
                }
                let rate = all.len() as f64 / since.elapsed().as_secs_f64();
                println!(
                    "{mode} writers {w} callers {callers}: {rate:.0}/s p50 {:.2} ms p99 {:.2} ms",
                    p(all.clone(), 0.5),
                    p(all, 0.99)
                );
            }
            store.close().await;
        }
        let mut o = place.options();
        o.connections = 4;
        let store = Postgres::open(&o).await.unwrap();
        for n in 0..1000 {
            store.commit(insert(&OWNER, owner(&format!("r{n}"), &format!("r{n}")))).await.unwrap();
        }
        for callers in [1usize, 32, 256] {
            let since = Instant::now();
            let tasks: Vec<_> = (0..callers)
                .map(|c| {
                    let store = store.clone();
                    tokio::spawn(async move {
                        let mut n = c;
                        let mut lat = Vec::new();
                        while since.elapsed() < seconds {
                            let t = Instant::now();
                            store.get(&OWNER, &text(&format!("r{}", n % 1000))).await.unwrap().unwrap();
                            n += 7;
                            lat.push(t.elapsed().as_micros() as u32);
                        }
                        lat
                    })
                })
                .collect();
            let mut all = Vec::new();
            for t in tasks {
                all.extend(t.await.unwrap());
            }
            println!(
                "reads callers {callers}: {:.0}/s p50 {:.2} p99 {:.2}",
                all.len() as f64 / since.elapsed().as_secs_f64(),
                p(all.clone(), 0.5),
                p(all, 0.99)
            );
        }
        for callers in [32usize, 256] {
            let since = Instant::now();
            let tasks: Vec<_> = (0..callers)
                .map(|c| {
                    let store = store.clone();
                    tokio::spawn(async move {
                        let mut lat = Vec::new();
                        let mut v = 1;
                        let id = format!("r{c}");
                        let mut row = store.get(&OWNER, &text(&id)).await.unwrap().unwrap();
                        v = v.max(OWNER.row_version(&row));
                        while since.elapsed() < seconds {
                            let t = Instant::now();
                            row[3] = Cell::Int(v + 1);
                            store
                                .commit(Unit {
                                    events: vec![event("owner.updated")],
                                    ..update(&OWNER, row.clone(), v)
                                })
                                .await
                                .unwrap();
                            v += 1;
                            lat.push(t.elapsed().as_micros() as u32);
                        }
                        lat
                    })
                })
                .collect();
            let mut all = Vec::new();
            for t in tasks {
                all.extend(t.await.unwrap());
            }
            println!(
                "updates callers {callers}: {:.0}/s p50 {:.2} p99 {:.2}",
                all.len() as f64 / since.elapsed().as_secs_f64(),
                p(all.clone(), 0.5),
                p(all, 0.99)
            );
        }
    });
}
