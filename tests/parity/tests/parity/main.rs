//! One table of scenarios, run over every way in: same row, same error code, same violations.
//!
//! A scenario is a list of steps, written once, as REST with JSON would say them, with what is expected. Each way in says
//! a step in its own words and translates the answer back. The translation (`dynamic.rs`) knows the descriptor tables and
//! protobuf's reflection, and nothing of the codec that the service uses.

#![allow(missing_docs, reason = "tests say what they mean by their names")]
#![recursion_limit = "256"]

mod cases;
mod dynamic;
mod outcome;
mod run;
mod step;
mod ways;

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::run::Service;

static CASES: AtomicUsize = AtomicUsize::new(0);

/// Runs a service's scenarios on every way in, and says how many cases that were.
async fn hold(service: Service) {
    let ran = run::all(&service).await;
    let all = CASES.fetch_add(ran.cases, Ordering::Relaxed) + ran.cases;
    // Past the harness, which would keep it to itself.
    let _ = writeln!(
        std::io::stderr(),
        "parity: {} ran {} cases over {} ways in ({} more can't be said on one of them); {all} so far",
        service.name,
        ran.cases,
        ran.ways,
        ran.unsayable
    );
    assert!(ran.cases > 50, "{}: only {} cases ran", service.name, ran.cases);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_on_every_way_in() {
    hold(cases::everything::service()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_made_by_the_database_and_deletions_that_keep_the_row() {
    hold(cases::counter::service()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_given_by_callers() {
    hold(cases::label::service()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_service() {
    hold(cases::user::service()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_service() {
    hold(cases::order::service()).await;
}
