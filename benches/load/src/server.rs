//! The two services as programs: built, started and stopped.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::client;
use crate::database::Engine;
use crate::workload::Protocol;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    ByHand,
    Generated,
}

impl Side {
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::ByHand, Self::Generated].into_iter().find(|side| side.name() == word)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::Generated => "generated",
        }
    }
}

/// A side's program for an engine.
pub(crate) struct Program {
    pub(crate) side: Side,
    protocol: Protocol,
    executable: PathBuf,
    log: PathBuf,
}

impl Program {
    /// Builds it as a release, with cargo's own settings, and sets the file aside.
    pub(crate) fn build(
        side: Side,
        protocol: Protocol,
        engine: Engine,
        target: &Path,
        directory: &Path,
    ) -> Result<Self> {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("benches/ is gone")?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["build", "--release", "--message-format=json-render-diagnostics", "--manifest-path"]);
        let package = match (side, protocol) {
            (Side::ByHand, Protocol::Grpc) => "by-hand-grpc",
            _ => side.name(),
        };
        command.arg(benches.join(package).join("Cargo.toml"));
        command.arg("--target-dir").arg(target);
        if side == Side::ByHand {
            command.args(["--no-default-features", "--features", engine.name()]);
        }
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{} does not build", side.name()).into());
        }
        let built =
            executable(&String::from_utf8_lossy(&output.stdout)).ok_or("cargo named no executable")?;
        let stem = format!("{}-{}", side.name(), engine.name());
        let (executable, log) = (directory.join(&stem), directory.join(format!("{stem}.log")));
        // A program that still runs can't be written to, only replaced.
        let _ = fs::remove_file(&executable);
        fs::copy(built, &executable)?;
        let _ = fs::remove_file(&log);
        Ok(Self { side, protocol, executable, log })
    }
}

/// The path in the last `"executable":".."` of cargo's messages.
fn executable(messages: &str) -> Option<PathBuf> {
    let (_, rest) = messages.rsplit_once("\"executable\":\"")?;
    Some(rest.split_once('"')?.0.into())
}

/// A program that runs.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(crate) async fn start(program: &Program, database_url: &str) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = File::options().create(true).append(true).open(&program.log)?;
        let child = Command::new(&program.executable)
            .env("DATABASE_URL", database_url)
            .env("LISTEN", address.to_string())
            .env("FOURFOLD_LISTEN", address.to_string())
            .env("FOURFOLD_MIGRATE", "on")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self { address, child };
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("{} ended: {status}\n{}", program.side.name(), tail(&program.log)).into());
            }
            if TcpStream::connect(address).is_ok() && client::answers(program.protocol, address).await {
                return Ok(server);
            }
            if Instant::now() > patience {
                return Err(format!("{} does not answer\n{}", program.side.name(), tail(&program.log)).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The processor time that it has used.
    pub(crate) fn processor_time(&self) -> Duration {
        processor_time(&self.child.id().to_string()).unwrap_or_default()
    }

    /// The most memory that it has held, in MiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kibibytes.unwrap_or_default() / 1024
    }

    /// Asks it to end, and ends it where it does not.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().is_ok();
        let patience = Instant::now() + Duration::from_secs(10);
        while asked && Instant::now() < patience {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processor time of a process, where there is a `/proc`; Linux counts it in hundredths of a second.
pub(crate) fn processor_time(process: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = |index: usize| fields.split_whitespace().nth(index)?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// The processor time of PostgreSQL's processes, where they run on this machine.
pub(crate) fn postgres_time() -> Duration {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let postgres = names.filter(|process| {
        process.bytes().all(|byte| byte.is_ascii_digit())
            && fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim() == "postgres")
    });
    postgres.filter_map(|process| processor_time(&process)).sum()
}

/// The processor time of everything on this machine, and what it could have been.
pub(crate) fn machine_time() -> (Duration, Duration) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    // user nice system idle iowait irq softirq steal; what follows is in these already.
    let ticks: Vec<u64> =
        line.split_whitespace().skip(1).take(8).filter_map(|word| word.parse().ok()).collect();
    let all: u64 = ticks.iter().sum();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    (Duration::from_millis((all - idle) * 10), Duration::from_millis(all * 10))
}

/// Waits until the machine, on which nothing of ours runs now, is busy with no more than a share.
pub(crate) async fn quiet(share: f64) {
    if share >= 1.0 {
        return;
    }
    loop {
        let before = machine_time();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let after = machine_time();
        let (busy, all) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
        if busy.as_secs_f64() <= share * all.as_secs_f64() {
            return;
        }
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
