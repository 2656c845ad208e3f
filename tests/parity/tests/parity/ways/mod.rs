//! The ways in.

mod grpc;
mod rest;
pub(crate) mod typed;

use std::fmt;
use std::net::SocketAddr;

use fourfold::descriptor::Descriptor;
use serde_json::Value;

use crate::outcome::Outcome;
use crate::step::Call;

/// A step, ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) call: Call,
    pub(crate) id: Value,
    pub(crate) key: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) page_token: String,
}

/// Where a service is, and what it serves.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) typed: typed::Typed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayName {
    RestJson,
    Grpc,
    ClientOverGrpc,
    ClientOverRest,
}

impl WayName {
    pub(crate) const ALL: [Self; 4] =
        [Self::RestJson, Self::Grpc, Self::ClientOverGrpc, Self::ClientOverRest];
}

impl fmt::Display for WayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RestJson => "REST with JSON",
            Self::Grpc => "gRPC",
            Self::ClientOverGrpc => "the typed client over gRPC",
            Self::ClientOverRest => "the typed client over REST",
        })
    }
}

/// An open way in.
pub(crate) enum Way {
    Rest(rest::Rest),
    Grpc(grpc::Grpc),
    Typed(typed::Client),
}

impl Way {
    pub(crate) async fn open(name: WayName, target: Target) -> Self {
        match name {
            WayName::RestJson => Self::Rest(rest::Rest::open(target).await),
            WayName::Grpc => Self::Grpc(grpc::Grpc::open(target).await),
            WayName::ClientOverGrpc => Self::Typed(typed::Client::open("grpc", target)),
            WayName::ClientOverRest => Self::Typed(typed::Client::open("http", target)),
        }
    }

    pub(crate) async fn send(&mut self, request: &Request) -> Outcome {
        match self {
            Self::Rest(rest) => rest.send(request).await,
            Self::Grpc(grpc) => grpc.send(request).await,
            Self::Typed(client) => client.send(request).await,
        }
    }
}
