//! Hands what old parties have to what serves the new definition, and compares what they see with what `check` said.

mod caller;
mod events;
mod grpc;
mod http;
mod json;
mod rest;
mod same;
mod sql;
mod tasks;
mod verdict;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fourfold::Server;
use fourfold::client::Client;
use prost_reflect::DescriptorPool;

use crate::plan::Plan;
use verdict::{Observed, Sum};
use world::World;

pub use caller::{Call, Called, Caller};
#[doc(hidden)]
pub use fourfold::client::{RemoteError, prost};

/// How many pairs are judged at once.
const AT_ONCE: usize = 4;

/// A definition before and after an edit, as it was compiled.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Serves the old one.
    pub before: fn(Server) -> Server,
    /// Serves the new one.
    pub after: fn(Server) -> Server,
    /// Has a group listen with the old types.
    pub old_listens: fn(Server, &str) -> Server,
    /// Has a group listen with the new types.
    pub new_listens: fn(Server, &str) -> Server,
    /// The typed client of the old contract.
    pub caller: fn(Client) -> Box<dyn Caller>,
}

/// Judges pairs whose plans are in the file that the first argument names, with room for their databases in the folder that the
/// second one names.
#[must_use]
pub fn run(pairs: &[Pair], before: &[u8], after: &[u8]) -> ExitCode {
    let said: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [plans, folder] = &said[..] else {
        eprintln!("usage: old-judge <plans.json> <folder>");
        return ExitCode::from(2);
    };
    match judge(pairs, plans, folder, [before, after]) {
        Ok(sum) => sum.print(),
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

fn judge(pairs: &[Pair], plans: &Path, folder: &Path, descriptors: [&[u8]; 2]) -> Result<Sum, String> {
    let text = std::fs::read_to_string(plans).map_err(|error| format!("{}: {error}", plans.display()))?;
    let plans: Vec<Plan> = serde_json::from_str(&text).map_err(|error| format!("the plans: {error}"))?;
    let pool = |bytes: &[u8]| DescriptorPool::decode(bytes).map_err(|error| format!("descriptors: {error}"));
    let pools = [pool(descriptors[0])?, pool(descriptors[1])?];
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut sum = Sum::default();
        let mut running = tokio::task::JoinSet::new();
        let mut left = pairs.iter().copied().zip(plans);
        loop {
            while running.len() < AT_ONCE
                && let Some((pair, plan)) = left.next()
            {
                let (folder, pools) = (folder.join(plan.nth.to_string()), pools.clone());
                running.spawn(async move {
                    let observed = one(pair, &plan, &folder, &pools).await;
                    let _ = std::fs::remove_dir_all(&folder);
                    (plan, observed)
                });
            }
            let Some(done) = running.join_next().await else { return Ok(sum) };
            let (plan, observed) = done.map_err(|error| error.to_string())?;
            match observed {
                Ok(observed) => sum.add(&plan, &observed),
                Err(why) => sum.fail(&plan, &why),
            }
        }
    })
}

async fn one(
    pair: Pair,
    plan: &Plan,
    folder: &Path,
    pools: &[DescriptorPool; 2],
) -> Result<Vec<Observed>, String> {
    let world = World::new(pair, plan, folder, pools).await?;
    let mut observed = Vec::new();
    rest::look(&world, &mut observed).await?;
    let answers = grpc::look(&world, &mut observed).await?;
    json::look(&world, &answers, &mut observed)?;
    tasks::look(&world, &mut observed).await?;
    events::look(&world, &mut observed).await?;
    sql::look(&world, &mut observed).await?;
    Ok(observed)
}
