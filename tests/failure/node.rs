//! A PostgreSQL of the test's own, which it may kill.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fourfold::Uuid;

pub(crate) struct Node {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Node {
    /// `None` where there are no binaries, or they do not work here; in CI the latter is a failure.
    pub(crate) fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            println!("left out: no binaries of PostgreSQL to start a server with");
            return None;
        };
        let folder = std::env::temp_dir().join(format!("fourfold-node-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(&folder).status();
            assert!(owned.expect("chown").success(), "postgres gets its folder");
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let node = Self { binaries, folder, port };
        let data = node.data();
        let made = node.run("initdb", &["--no-sync", "--auth=trust", "--username=test", "--pgdata", &data]);
        if !made || !node.start_again() {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL can't be started and must be tested here");
            println!("left out: PostgreSQL can't be started here");
            return None;
        }
        Some(node)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://test@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn start_again(&self) -> bool {
        // It refuses while one of those that were killed still has its memory.
        let tries = 20;
        (0..tries).any(|again| {
            if again > 0 {
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            self.try_start()
        })
    }

    fn try_start(&self) -> bool {
        let folder = self.folder.display();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off",
            self.port
        );
        let log = self.folder.join("log").display().to_string();
        self.run("pg_ctl", &["start", "-w", "--pgdata", &self.data(), "-l", &log, "-o", &options])
    }

    /// SIGKILL to every process of it.
    pub(crate) fn kill(&self) {
        self.signal("-KILL");
    }

    /// Every process of it stands still, or goes on.
    pub(crate) fn freeze(&self, still: bool) {
        self.signal(if still { "-STOP" } else { "-CONT" });
    }

    fn signal(&self, signal: &str) {
        let processes = self.processes();
        if !processes.is_empty() {
            let _ = Command::new("kill").arg(signal).args(processes).stderr(Stdio::null()).status();
        }
    }

    /// The first process and its children.
    fn processes(&self) -> Vec<String> {
        let file = Path::new(&self.data()).join("postmaster.pid");
        let Ok(text) = std::fs::read_to_string(file) else { return Vec::new() };
        let Some(first) = text.lines().next().map(str::to_owned) else { return Vec::new() };
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &first]).output().expect("ps").stdout;
        let children = String::from_utf8_lossy(&children).into_owned();
        std::iter::once(first).chain(children.split_whitespace().map(str::to_owned)).collect()
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.binaries.join(program);
        // PostgreSQL refuses to run as root.
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let status = command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Those of the newest version.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.flatten().map(|entry| entry.path()).max_by_key(number)?;
    Some(newest.join("bin")).filter(|folder| folder.join("initdb").exists())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id").stdout;
    id.trim_ascii() == b"0"
}
