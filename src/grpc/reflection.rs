//! Reflection, v1 and v1alpha: the files that the build wrote, and those that they import.

use axum::Router;
use prost::encoding::{WireType, encode_key, encode_varint};
use tonic::codec::CompressionEncoding::Gzip;
use tonic_reflection::server::Builder;

use crate::descriptor::Descriptor;
use crate::error::{Error, Result};

/// A `FileDescriptorSet` of what contracts import.
const GOOGLE: &[u8] = include_bytes!("google.binpb");
/// A `FileDescriptorSet` of the services that carry things out later.
const LATER: &[u8] = include_bytes!("later.binpb");

/// Adds the two services to the routes.
pub(super) fn mount(
    routes: Router,
    resources: &[&'static Descriptor],
    services: impl Iterator<Item = String>,
) -> Result<Router> {
    let ours = files(resources);
    let builder = || {
        Builder::configure()
            .register_encoded_file_descriptor_set(&ours)
            .register_encoded_file_descriptor_set(GOOGLE)
            .register_encoded_file_descriptor_set(LATER)
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Each knows its own file, and is to know the other's: tools ask the newer one about all that is served.
    let mut v1 =
        builder().register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET);
    let mut v1alpha =
        builder().register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET);
    for service in services {
        v1 = v1.with_service_name(service.clone());
        v1alpha = v1alpha.with_service_name(service);
    }
    let wrong = |error| Error::internal(format!("gRPC reflection can't be made: {error}"));
    let v1 = v1.build_v1().map_err(wrong)?.accept_compressed(Gzip).send_compressed(Gzip);
    let v1alpha = v1alpha.build_v1alpha().map_err(wrong)?.accept_compressed(Gzip).send_compressed(Gzip);
    Ok(routes
        .route_service("/grpc.reflection.v1.ServerReflection/{*method}", v1)
        .route_service("/grpc.reflection.v1alpha.ServerReflection/{*method}", v1alpha))
}

/// A `FileDescriptorSet` of the files of all packages. Put together as bytes: what is decoded loses annotations.
fn files(resources: &[&'static Descriptor]) -> Vec<u8> {
    let mut files: Vec<&[u8]> = resources
        .iter()
        .filter_map(|descriptor| descriptor.contract)
        .map(|contract| contract.proto)
        .collect();
    files.sort_unstable();
    files.dedup();
    let mut set = Vec::with_capacity(files.iter().map(|file| file.len() + 8).sum());
    for file in files {
        encode_key(1, WireType::LengthDelimited, &mut set);
        encode_varint(file.len() as u64, &mut set);
        set.extend_from_slice(file);
    }
    set
}
