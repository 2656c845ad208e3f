//! Typed clients of other services, from their committed contracts.
//!
//! For a service `UserService` of the package `shop.user.v1` there will be, in `clients::shop::user::v1`, the messages as
//! prost writes them, the trait `UserApi` and the `UserClient` that implements it over `fourfold::client::Client`.

mod annotation;
mod contracts;
mod emit;
pub mod events;
mod messages;
mod names;
mod service;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;

use self::contracts::Contracts;
use crate::report::{Report, shown};

/// The clients of some services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// The packages that there are clients for, `shop.user.v1`.
    pub packages: Vec<String>,
    /// The files, by the name that [`Clients::module`] includes each by.
    pub files: BTreeMap<String, String>,
    /// The module `clients`.
    pub module: String,
}

/// `#[deprecated]` on what a contract calls so, with the reason that its comment gives.
fn deprecated(is_deprecated: bool, doc: &str) -> Option<TokenStream> {
    let why = doc.rsplit_once("Deprecated: ").and_then(|(_, why)| why.lines().next());
    let note = why.map(|why| quote!((note = #why)));
    is_deprecated.then(|| quote!(#[deprecated #note]))
}

/// A package of another service.
struct Package {
    /// The folder of the contracts that it is from.
    folder: PathBuf,
    /// Its messages, as Rust.
    messages: String,
    /// Its services.
    services: Vec<service::Service>,
}

/// The clients of all services in some folders of contracts, each with a `proto/` below it. The paths begin at `root`.
///
/// # Errors
///
/// All that is wrong, with the file and the line where there is one.
pub fn clients(root: &Path, folders: &[PathBuf]) -> Result<Clients, Vec<Report>> {
    let mut reports = Vec::new();
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    for folder in folders {
        let contracts = match Contracts::read(root, folder) {
            Ok(contracts) => contracts,
            Err(wrong) => {
                reports.extend(wrong);
                continue;
            }
        };
        for (name, package) in contracts.packages() {
            if let Some(before) = packages.get(&name) {
                let (one, other) = (shown(&before.folder), shown(folder));
                reports.push(
                    Report::catalog(format!("the package `{name}` is in `{one}` and in `{other}`")).help(
                        "a package has one client: leave one of the folders out, or one copy of its files",
                    ),
                );
                continue;
            }
            packages.insert(name, package);
        }
    }
    if !reports.is_empty() {
        return Err(reports);
    }
    let mut clients = Clients { module: tree::module(&packages), ..Clients::default() };
    for (name, package) in packages {
        for service in &package.services {
            clients.files.insert(tree::file(&name, service), emit::file(service));
        }
        clients.files.insert(tree::messages(&name), package.messages);
        clients.packages.push(name);
    }
    Ok(clients)
}
