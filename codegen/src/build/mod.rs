//! The build.rs door: reads the resources, gives them their numbers, and writes what the compiler needs to `OUT_DIR`.

#[cfg(feature = "client")]
mod clients;
mod contracts;
#[cfg(feature = "client")]
mod heard;
mod migrations;
mod numbers;
mod out;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::report::{self, Report};
use crate::source::{self, cfg::BuildCfg};
use out::Out;

pub use numbers::placed;

/// Reads the resources in a file or a folder of this crate, and writes what the derive macros, gRPC and
/// `/openapi.json` need of them.
///
/// It is [`Build`] with its defaults; call it in build.rs:
///
/// ```no_run
/// fourfold_codegen::build("src/resources");
/// ```
///
/// Where something is wrong that the compiler would not find, it says what and ends the build.
pub fn build(path: impl AsRef<Path>) {
    Build::new().resources(path).run();
}

/// What a build script does, for those who need more than [`build()`].
///
/// ```no_run
/// fourfold_codegen::Build::new()
///     .resources("src/orders")
///     .resources("src/shared.rs")
///     .lock("proto/fourfold.lock")
///     .run();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until `run`"]
pub struct Build {
    paths: Vec<PathBuf>,
    lock: Option<PathBuf>,
    #[cfg(feature = "client")]
    clients: Vec<PathBuf>,
    #[cfg(feature = "client")]
    events: Vec<PathBuf>,
    #[cfg(feature = "messages")]
    messages: bool,
}

/// What a build script is told from outside.
struct Environment<'a> {
    /// The folder of Cargo.toml.
    root: PathBuf,
    /// Where it may write.
    out: PathBuf,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Environment<'a> {
    fn of(variable: &'a dyn Fn(&str) -> Option<String>) -> Result<Self, Report> {
        let path = |name: &str| {
            variable(name).map(PathBuf::from).ok_or_else(|| {
                Report::catalog(format!("`{name}` is not set, so this is no build script"))
                    .help("call `fourfold_codegen::build` in build.rs, which cargo runs; elsewhere use `cargo fourfold`")
            })
        };
        Ok(Self { root: path("CARGO_MANIFEST_DIR")?, out: path("OUT_DIR")?, variable })
    }

    /// Whether every number has to be committed: on a machine that nobody looks at, or where somebody says so.
    fn is_locked(&self) -> bool {
        ["CI", "FOURFOLD_LOCKED"].iter().filter_map(|name| (self.variable)(name)).any(|value| {
            !matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off")
        })
    }
}

/// What a build says to cargo, a line each.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said(Vec<String>);

impl Said {
    fn rerun_if_changed(&mut self, path: &Path) {
        self.0.push(format!("cargo::rerun-if-changed={}", report::shown(path)));
    }

    fn warning(&mut self, text: &str) {
        self.0.push(format!("cargo::warning={}", text.replace('\n', " ")));
    }
}

impl Build {
    /// A build that reads nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads this file, or all `.rs` files in this folder and those in it, as well. The path begins at the folder of
    /// Cargo.toml.
    ///
    /// A field's values and choices have to be in what is read, and so has everything else with `#[derive(Resource)]`
    /// that is to be served over gRPC.
    pub fn resources(mut self, path: impl AsRef<Path>) -> Self {
        self.paths.push(path.as_ref().to_owned());
        self
    }

    /// Takes the proto numbers from this file; without it they are in `contracts/fourfold.lock`. The path begins at the
    /// folder of Cargo.toml.
    pub fn lock(mut self, path: impl AsRef<Path>) -> Self {
        self.lock = Some(path.as_ref().to_owned());
        self
    }

    /// Writes typed clients of another service, from its folder of committed contracts, `../user/contracts`. The path
    /// begins at the folder of Cargo.toml; the clients are in `generated::clients`, by package.
    #[cfg(feature = "client")]
    pub fn client(mut self, contracts: impl AsRef<Path>) -> Self {
        self.clients.push(contracts.as_ref().to_owned());
        self
    }

    /// Writes the events of another service as structs that can be listened to, from its folder of committed contracts,
    /// `../user/contracts`: they are in `generated::events`, by package. A struct of one's own with `#[derive(Event)]` that
    /// names a type of that service learns from the same folder how to read it where it is published as protobuf.
    #[cfg(feature = "client")]
    pub fn events(mut self, contracts: impl AsRef<Path>) -> Self {
        self.events.push(contracts.as_ref().to_owned());
        self
    }

    /// Writes the resources' messages as Rust too, with tonic's clients and servers: `generated::messages`, for those
    /// who speak gRPC by hand. Between a resource's struct and its message there is `TryFrom`, both ways, for which the
    /// struct has to be visible in the whole crate: `pub` or `pub(crate)`, its modules too.
    ///
    /// The crate needs fourfold's feature `client`, and [`include_generated!`] where the module is to be.
    ///
    /// [`include_generated!`]: https://docs.rs/fourfold/latest/fourfold/macro.include_generated.html
    #[cfg(feature = "messages")]
    pub fn messages(mut self, yes: bool) -> Self {
        self.messages = yes;
        self
    }

    /// Does it. Where something is wrong, it prints what, as the compiler would, and ends the program.
    pub fn run(self) {
        let variable = |name: &str| std::env::var(name).ok();
        let mut said = Said::default();
        let result = Environment::of(&variable)
            .map_err(|report| vec![report])
            .and_then(|environment| self.generate(&environment, &mut said));
        if let Err(reports) = result {
            let _ = write!(io::stderr(), "{}", report::render(&reports, false));
            std::process::exit(1);
        }
        let mut stdout = io::stdout().lock();
        for line in &said.0 {
            // Where cargo does not listen any more, nobody needs the line.
            let _ = writeln!(stdout, "{line}");
        }
    }

    fn generate(&self, environment: &Environment<'_>, said: &mut Said) -> Result<(), Vec<Report>> {
        let Environment { root, out, variable } = environment;
        for name in ["CI", "FOURFOLD_LOCKED"] {
            said.0.push(format!("cargo::rerun-if-env-changed={name}"));
        }
        // A path that is not there would make cargo run this every time.
        for path in self.paths.iter().filter(|path| root.join(path).exists()) {
            said.rerun_if_changed(path);
        }
        let lock = self.lock.clone().unwrap_or_else(|| PathBuf::from("contracts/fourfold.lock"));
        numbers::watch(root, &lock, said);

        let source = source::read(root, &self.paths, &BuildCfg::new(variable));
        let mut reports: Vec<Report> = source.catalog_reports().cloned().collect();
        if source.catalog.packages.is_empty() && source.reports.is_empty() && self.reads_resources() {
            said.warning(&format!(
                "no struct with `#[derive(Resource)]` was found in {}",
                self.shown_paths()
            ));
        }
        let lock = numbers::lock(&lock, environment, &source, said, &mut reports);
        if !reports.is_empty() {
            return Err(reports);
        }
        let mut written = Out::default();
        contracts::write(&source, &lock, &mut written);
        migrations::write(root, said, &mut written).map_err(|report| vec![report])?;
        #[cfg(feature = "client")]
        clients::write(root, &self.clients, said, &mut written)?;
        #[cfg(feature = "client")]
        heard::write(root, &self.events, &source.catalog, said, &mut written)?;
        #[cfg(feature = "messages")]
        if self.messages {
            contracts::messages(&source, &lock, &mut written)?;
        }
        written.commit(&out.join("fourfold")).map_err(|report| vec![report])
    }

    /// Whether it is for more than clients of others.
    #[cfg_attr(
        not(feature = "client"),
        allow(clippy::unused_self, reason = "there are no clients to ask about")
    )]
    fn reads_resources(&self) -> bool {
        #[cfg(feature = "client")]
        if self.paths.is_empty() && !(self.clients.is_empty() && self.events.is_empty()) {
            return false;
        }
        true
    }

    fn shown_paths(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|path| format!("`{}`", report::shown(path))).collect();
        if paths.is_empty() {
            "no file: name one with `.resources(\"src/resources\")`".to_owned()
        } else {
            paths.join(", ")
        }
    }
}
