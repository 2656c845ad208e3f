//! Calls over gRPC, by tonic's channel.

use std::str::FromStr;
use std::sync::OnceLock;

use bytes::{Buf, BufMut, Bytes};
use futures_util::TryStreamExt as _;
use http::uri::{Authority, PathAndQuery};
use tonic::client::Grpc as TonicClient;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use super::call::{Attempt, Messages, Transport};
use super::error::RemoteError;
use super::settings::Settings;
use super::status;
use crate::descriptor::BoxFuture;
use crate::error::{Error, ErrorKind, Result};

/// A channel to one service. It is made by the first call, because making it needs a running tokio.
pub(super) struct Grpc {
    endpoint: Endpoint,
    channel: OnceLock<Channel>,
    max_request: usize,
    max_answer: usize,
}

impl Grpc {
    pub(super) fn new(authority: &Authority, settings: &Settings) -> Result<Self> {
        /// How often an open connection is asked whether it still is one, and how long it has to say so.
        const ALIVE: (std::time::Duration, std::time::Duration) =
            (std::time::Duration::from_secs(20), std::time::Duration::from_secs(5));
        let endpoint = Endpoint::from_shared(format!("http://{authority}"))
            .map_err(|error| Error::internal(format!("the URL of a client can't be used: {error}")))?
            .connect_timeout(settings.connect_timeout)
            .http2_keep_alive_interval(ALIVE.0)
            .keep_alive_timeout(ALIVE.1);
        Ok(Self {
            endpoint,
            channel: OnceLock::new(),
            max_request: settings.max_request_bytes,
            max_answer: settings.max_answer_bytes,
        })
    }

    async fn unary(&self, attempt: Attempt<'_>) -> Result<Bytes, RemoteError> {
        let mut request = Self::request(&attempt)?;
        request.set_timeout(attempt.timeout);
        let path = PathAndQuery::from_static(attempt.call.rpc());
        let answer = self.ready().await?.unary(request, path, Plain).await;
        answer.map(tonic::Response::into_inner).map_err(|status| status::error(&status))
    }

    /// The timeout would be that of all of the stream, and so is not told.
    async fn streaming(&self, attempt: Attempt<'_>) -> Result<Messages, RemoteError> {
        let request = Self::request(&attempt)?;
        let path = PathAndQuery::from_static(attempt.call.rpc());
        let answer = self.ready().await?.server_streaming(request, path, Plain).await;
        let messages = answer.map_err(|status| status::error(&status))?.into_inner();
        Ok(Box::pin(messages.map_err(|status| status::error(&status))))
    }

    async fn ready(&self) -> Result<TonicClient<Channel>, RemoteError> {
        let channel = self.channel.get_or_init(|| self.endpoint.connect_lazy()).clone();
        let mut client = TonicClient::new(channel)
            .max_encoding_message_size(self.max_request)
            .max_decoding_message_size(self.max_answer)
            .accept_compressed(CompressionEncoding::Gzip);
        client.ready().await.map_err(|error| {
            RemoteError::new(ErrorKind::Unavailable, "the connection failed").caused_by(error)
        })?;
        Ok(client)
    }

    fn request(attempt: &Attempt<'_>) -> Result<Request<Bytes>, RemoteError> {
        let mut request = Request::new(attempt.call.request());
        for (name, value) in attempt.headers() {
            let (Ok(name), Ok(value)) =
                (AsciiMetadataKey::from_str(name), AsciiMetadataValue::try_from(value))
            else {
                return Err(unfit(name));
            };
            request.metadata_mut().insert(name, value);
        }
        Ok(request)
    }
}

/// A header that can't be sent.
pub(super) fn unfit(name: &str) -> RemoteError {
    RemoteError::new(
        ErrorKind::InvalidArgument,
        format!("what is to be sent as `{name}` holds characters that a header can't"),
    )
}

impl Transport for Grpc {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Bytes, RemoteError>> {
        Box::pin(self.unary(attempt))
    }

    fn stream<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Messages, RemoteError>> {
        Box::pin(self.streaming(attempt))
    }
}

/// Messages as they are: who calls has encoded them, and decodes the answer.
#[derive(Clone, Copy, Debug)]
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
