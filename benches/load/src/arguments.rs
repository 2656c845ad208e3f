//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::Result;
use crate::database::Engine;
use crate::server::Side;
use crate::workload::{Protocol, Workload};

const HELP: &str = "\
Measures the generated service against the same service written by hand.

cargo run --release -p load -- [options]

  --protocol  rest                               rest or grpc
  --databases sqlite,postgres                    which engines
  --clients   1,32,256                           how many connections, each with one request at a time
  --workloads read,list,create,keyed,patch,mixed what the clients do
  --sides     by-hand,generated                  which services
  --seconds   5                                  how long a window is
  --warmup    1                                  how long a window runs before it counts
  --rounds    3                                  how many windows each side has in a cell, in turns
  --others    100                                how many percent of the machine other programs may take: waits
                                                 until it is so, and measures a window again in which it was not
  --rows      10000                              how many rows there are before
  --directory <target>/bench-data                where programs, SQLite files and logs go, each run in a
                                                 directory of its own; it should be on a disk that syncs

PostgreSQL is at BENCH_POSTGRES_URL, by default postgres://root@127.0.0.1:5432; databases called fourfold_bench_*
are created and dropped there.";

pub(crate) struct Arguments {
    pub(crate) protocol: Protocol,
    pub(crate) engines: Vec<Engine>,
    pub(crate) clients: Vec<usize>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) sides: Vec<Side>,
    pub(crate) window: Duration,
    pub(crate) warmup: Duration,
    pub(crate) rounds: usize,
    /// A share.
    pub(crate) others: f64,
    pub(crate) rows: u64,
    /// Where cargo has put this program, and puts the services.
    pub(crate) target: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) postgres: String,
}

impl Arguments {
    pub(crate) fn read() -> Result<Self> {
        let target = std::env::current_exe()?;
        let target = target.ancestors().nth(2).ok_or("the program is in no target directory")?;
        let postgres = std::env::var("BENCH_POSTGRES_URL");
        let mut it = Self {
            protocol: Protocol::Rest,
            engines: vec![Engine::Sqlite, Engine::Postgres],
            clients: vec![1, 32, 256],
            workloads: Workload::ALL.to_vec(),
            sides: vec![Side::ByHand, Side::Generated],
            window: Duration::from_secs(5),
            warmup: Duration::from_secs(1),
            rounds: 3,
            others: 1.0,
            rows: 10_000,
            target: target.to_owned(),
            directory: target.join("bench-data"),
            postgres: postgres.unwrap_or_else(|_| "postgres://root@127.0.0.1:5432".to_owned()),
        };
        let mut words = std::env::args().skip(1);
        while let Some(option) = words.next() {
            if option == "--help" {
                println!("{HELP}");
                std::process::exit(0);
            }
            let value =
                words.next().ok_or_else(|| format!("{option} needs a value; --help lists the options"))?;
            let unknown = || format!("{option} can't be {value}; --help lists the options");
            match option.as_str() {
                "--protocol" => it.protocol = Protocol::of(&value).ok_or_else(unknown)?,
                "--databases" => it.engines = all(&value, Engine::of).ok_or_else(unknown)?,
                "--clients" => it.clients = all(&value, |word| word.parse().ok()).ok_or_else(unknown)?,
                "--workloads" => it.workloads = all(&value, Workload::of).ok_or_else(unknown)?,
                "--sides" => it.sides = all(&value, Side::of).ok_or_else(unknown)?,
                "--seconds" => it.window = Duration::try_from_secs_f64(value.parse()?)?,
                "--warmup" => it.warmup = Duration::try_from_secs_f64(value.parse()?)?,
                "--rounds" => it.rounds = value.parse()?,
                "--others" => it.others = value.parse::<f64>()? / 100.0,
                "--rows" => it.rows = value.parse()?,
                "--directory" => it.directory = value.into(),
                _ => return Err(format!("there is no option {option}; --help lists them").into()),
            }
        }
        it.directory = it.directory.join(std::process::id().to_string());
        std::fs::create_dir_all(&it.directory)?;
        it.directory = it.directory.canonicalize()?;
        Ok(it)
    }
}

fn all<T>(list: &str, of: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    list.split(',').map(of).collect()
}
