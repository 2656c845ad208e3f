//! Where a service is: the URL of a client.

use std::fmt;

use http::Uri;
use http::uri::Authority;

use crate::error::{Error, Result};

/// A transport, and the host and port that it goes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Grpc(Authority),
    Rest(Authority),
}

impl Target {
    /// Reads `grpc://host:port` or `http://host:port`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let wrong = |why: &str| {
            // The URL may hold a password: it is not repeated.
            let sentence = format!("the URL of a client {why}; write grpc://host:port or http://host:port");
            Err(Error::internal(sentence))
        };
        let Ok(uri) = url.trim().parse::<Uri>() else { return wrong("can't be read") };
        let Some(authority) = uri.authority() else { return wrong("names no host") };
        if authority.as_str().contains('@') {
            return wrong("can't hold a user; give a token with `bearer`");
        }
        if authority.port_u16().is_none() {
            return wrong("needs a port");
        }
        if uri.path_and_query().is_some_and(|rest| rest.as_str() != "/") {
            return wrong("can't have a path");
        }
        match uri.scheme_str() {
            Some("grpc") => Ok(Self::Grpc(authority.clone())),
            Some("http") => Ok(Self::Rest(authority.clone())),
            Some(tls @ ("https" | "grpcs")) => {
                wrong(&format!("says {tls}, and clients do not speak TLS: let a mesh or a local proxy do it"))
            }
            _ => wrong("begins with a scheme that is not known"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grpc(authority) => write!(f, "grpc://{authority}"),
            Self::Rest(authority) => write!(f, "http://{authority}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_transport() {
        assert!(matches!(Target::parse("grpc://users:8081"), Ok(Target::Grpc(_))));
        assert!(matches!(Target::parse("http://[::1]:8081/"), Ok(Target::Rest(_))));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_a_way_out() {
        for (url, why) in [
            ("https://users:443", "TLS"),
            ("grpcs://users:443", "TLS"),
            ("users:8081", "scheme"),
            ("ftp://users:21", "scheme"),
            ("grpc://users", "port"),
            ("http://users:80/api", "path"),
            ("http://me:s3cret@users:80", "token"),
            ("", "read"),
            ("grpc://", "read"),
        ] {
            let error = Target::parse(url).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains("grpc://host:port"), "{url}: {error}");
            assert!(error.contains(why) || url == "users:8081", "{url}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
