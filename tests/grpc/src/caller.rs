//! A gRPC caller: typed messages, or bytes as a test says.

use std::net::SocketAddr;

use bytes::{Buf, BufMut, Bytes};
use prost::Message;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorInfo, StatusExt as _};

use crate::engines::Service;
use crate::order;

pub(crate) const CREATE: &str = "/test.order.v1.OrderService/CreateOrder";
pub(crate) const GET: &str = "/test.order.v1.OrderService/GetOrder";
pub(crate) const LIST: &str = "/test.order.v1.OrderService/ListOrders";
pub(crate) const WATCH: &str = "/test.order.v1.OrderService/WatchOrders";
pub(crate) const UPDATE: &str = "/test.order.v1.OrderService/UpdateOrder";
pub(crate) const DELETE: &str = "/test.order.v1.OrderService/DeleteOrder";
pub(crate) const CANCEL: &str = "/test.order.v1.OrderService/CancelOrder";

/// A connection.
#[derive(Clone)]
pub(crate) struct Caller {
    grpc: tonic::client::Grpc<Channel>,
}

impl Caller {
    pub(crate) async fn of(service: &Service) -> Self {
        Self { grpc: tonic::client::Grpc::new(channel(service.address()).await) }
    }

    /// Sends compressed messages and takes them.
    pub(crate) fn with_gzip(self) -> Self {
        let grpc = self.grpc.send_compressed(CompressionEncoding::Gzip);
        Self { grpc: grpc.accept_compressed(CompressionEncoding::Gzip) }
    }

    pub(crate) async fn send<Q, A>(&mut self, path: &'static str, message: Q) -> Result<Response<A>, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.send_request(path, Request::new(message)).await
    }

    /// As `send`, with metadata.
    pub(crate) async fn send_request<Q, A>(
        &mut self,
        path: &'static str,
        request: Request<Q>,
    ) -> Result<Response<A>, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.grpc.ready().await.expect("the server listens");
        let path = http::uri::PathAndQuery::from_static(path);
        self.grpc.unary(request, path, tonic_prost::ProstCodec::<Q, A>::default()).await
    }

    /// Sends what may be no message at all.
    pub(crate) async fn send_bytes(
        &mut self,
        path: &'static str,
        bytes: &[u8],
    ) -> Result<Response<Bytes>, Status> {
        self.grpc.ready().await.expect("the server listens");
        let path = http::uri::PathAndQuery::from_static(path);
        self.grpc.unary(Request::new(Bytes::copy_from_slice(bytes)), path, Raw).await
    }

    /// Begins a stream.
    pub(crate) async fn stream<Q, A>(
        &mut self,
        path: &'static str,
        request: Request<Q>,
    ) -> Result<tonic::Streaming<A>, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.grpc.ready().await.expect("the server listens");
        let path = http::uri::PathAndQuery::from_static(path);
        let codec = tonic_prost::ProstCodec::<Q, A>::default();
        self.grpc.server_streaming(request, path, codec).await.map(Response::into_inner)
    }

    pub(crate) async fn create(&mut self, order: order::Order) -> Result<order::Order, Status> {
        let request = order::CreateOrderRequest { order: Some(order), request_id: String::new() };
        self.send(CREATE, request).await.map(Response::into_inner)
    }

    pub(crate) async fn get(&mut self, id: &str) -> Result<order::Order, Status> {
        self.send(GET, order::GetOrderRequest { id: id.to_owned() }).await.map(Response::into_inner)
    }

    pub(crate) async fn update(
        &mut self,
        order: order::Order,
        mask: &[&str],
    ) -> Result<order::Order, Status> {
        let paths: Vec<_> = mask.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = (!paths.is_empty()).then_some(prost_types::FieldMask { paths });
        let request =
            order::UpdateOrderRequest { order: Some(order), update_mask, request_id: String::new() };
        self.send(UPDATE, request).await.map(Response::into_inner)
    }

    pub(crate) async fn list(
        &mut self,
        request: order::ListOrdersRequest,
    ) -> Result<order::ListOrdersResponse, Status> {
        self.send(LIST, request).await.map(Response::into_inner)
    }
}

pub(crate) async fn channel(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    endpoint.connect().await.expect("the server listens")
}

/// An order that is as it should be.
pub(crate) fn an_order(number: &str) -> order::Order {
    order::Order {
        number: Some(number.to_owned()),
        items: vec![order::Item { sku: Some("tea".to_owned()), count: Some(2) }],
        ..order::Order::default()
    }
}

/// An order with a word for the behavior.
pub(crate) fn an_order_that(note: &str) -> order::Order {
    order::Order { note: Some(note.to_owned()), ..an_order(note) }
}

/// What a status says in its details.
pub(crate) trait Told {
    /// Code and reason.
    fn why(&self) -> (Code, String);
    /// `field REASON`, in the order they came.
    fn violations(&self) -> Vec<String>;
    /// The request id, which has to be the same wherever it is said.
    fn request_id(&self) -> String;
}

impl Told for Status {
    fn why(&self) -> (Code, String) {
        let ErrorInfo { reason, domain, .. } = self.get_details_error_info().expect("there is an ErrorInfo");
        assert_eq!(domain, "fourfold");
        (self.code(), reason)
    }

    fn violations(&self) -> Vec<String> {
        let list = self.get_details_bad_request().map(|told| told.field_violations).unwrap_or_default();
        list.into_iter().map(|one| format!("{} {}", one.field, one.reason)).collect()
    }

    fn request_id(&self) -> String {
        let id = header(self.metadata(), "x-request-id");
        assert_eq!(self.get_details_request_info().expect("there is a RequestInfo").request_id, id);
        assert_eq!(self.get_details_error_info().expect("there is an ErrorInfo").metadata["request_id"], id);
        id
    }
}

pub(crate) fn header(metadata: &MetadataMap, name: &str) -> String {
    metadata.get(name).map_or_else(String::new, |value| value.to_str().expect("text").to_owned())
}

#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
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

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, bytes: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put_slice(&bytes);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}
