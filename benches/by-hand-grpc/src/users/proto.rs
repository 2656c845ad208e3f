//! What tonic generates from the users' proto.

#![allow(clippy::all, clippy::pedantic, unreachable_pub)]

tonic::include_proto!("bench.user.v1");
