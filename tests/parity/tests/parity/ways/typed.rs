//! The typed client, over gRPC and over REST.

use std::pin::Pin;

use bytes::Bytes;
use fourfold::client::{CallOptions, RemoteError};
use prost::Message as _;
use prost_reflect::DescriptorPool;

use super::{Request, Target, grpc};
use crate::dynamic;
use crate::outcome::Outcome;

/// Calls the method of a typed client that stands for an rpc: the request's and the answer's message as bytes.
pub(crate) type Typed = fn(fourfold::client::Client, String, Bytes) -> Answer;

type Answer = Pin<Box<dyn Future<Output = Result<Vec<u8>, RemoteError>> + Send>>;

pub(crate) struct Client {
    target: Target,
    pool: DescriptorPool,
    channel: fourfold::client::Client,
}

impl Client {
    pub(crate) fn open(scheme: &str, target: Target) -> Self {
        let client = fourfold::client::Client::connect(&format!("{scheme}://{}", target.address));
        Self { target, pool: dynamic::pool(target.descriptor), channel: client.expect("the URL is one") }
    }

    pub(crate) async fn send(&mut self, request: &Request) -> Outcome {
        let Some((method, message)) = grpc::words(&self.target, &self.pool, request) else {
            return Outcome::Unsayable;
        };
        let mut options = CallOptions::new();
        if let Some(key) = &request.key {
            options = options.request_id(key);
        }
        if let Some(etag) = &request.etag {
            options = options.etag(etag);
        }
        let client = self.channel.with(options);
        match (self.target.typed)(client, method, message.encode_to_vec().into()).await {
            Ok(answer) => grpc::outcome(&self.target, &self.pool, request, answer.into()),
            Err(error) => {
                let violations = error.violations().iter();
                let violations = violations.map(|one| format!("{} {}", place(&one.pointer), one.code));
                Outcome::error(error.kind().http().1.to_owned(), violations.collect())
            }
        }
    }
}

/// A place in a body in words that all ways in share: `items/0/sku` for `/items/0/sku` and for `items[0].sku`.
pub(crate) fn place(said: &str) -> String {
    match said.to_ascii_lowercase().as_str() {
        "idempotency-key" => return "request_id".to_owned(),
        "if-match" => return "etag".to_owned(),
        _ => {}
    }
    let plain = said.replace(['[', '.'], "/").replace([']', '"'], "");
    plain.trim_start_matches('/').to_owned()
}

/// A typed client's methods by the rpc that each stands for.
macro_rules! typed {
    (
        $name:ident: $($module:ident)::+, $client:ident, $resource:ident,
        $get:ident $list:ident $create:ident $update:ident $delete:ident
        $(, $rpc:literal $request:ident $call:ident $($input:ident)?)*
    ) => {
        pub(crate) const $name: Typed = |client, method, request| {
            use fourfold_parity::generated::clients::$($module)::+ as package;
            use fourfold_parity::generated::clients::$($module)::+::*;
            Box::pin(async move {
                let api = package::$client::new(client);
                let (get, list) = (stringify!($get), stringify!($list));
                let (create, update, delete) = (stringify!($create), stringify!($update), stringify!($delete));
                let rpc = format!("{method}Request");
                Ok(match rpc.as_str() {
                    rpc if rpc == get => {
                        api.get(read::<package::$get>(request).id).await?.encode_to_vec()
                    }
                    rpc if rpc == list => {
                        api.list(read::<package::$list>(request)).await?.encode_to_vec()
                    }
                    rpc if rpc == create => {
                        let resource = read::<package::$create>(request).$resource;
                        api.create(resource.expect("a resource")).await?.encode_to_vec()
                    }
                    rpc if rpc == update => {
                        let request = read::<package::$update>(request);
                        let mask = request.update_mask.expect("a mask").paths;
                        let mask: Vec<&str> = mask.iter().map(String::as_str).collect();
                        api.update(request.$resource.expect("a resource"), &mask).await?.encode_to_vec()
                    }
                    rpc if rpc == delete => {
                        api.delete(read::<package::$delete>(request).id).await?.encode_to_vec()
                    }
                    $($rpc => {
                        let request = read::<package::$request>(request);
                        api.$call(request.id $(, request.$input.expect("an input"))?).await?.encode_to_vec()
                    })*
                    other => panic!("{other} has no method"),
                })
            })
        };
    };
}

fn read<M: prost::Message + Default>(message: Bytes) -> M {
    M::decode(message).expect("it is a message")
}

typed!(
    EVERYTHING: fixture::all::v1, EverythingClient, everything,
    GetEverythingRequest ListEverythingRequest CreateEverythingRequest UpdateEverythingRequest DeleteEverythingRequest,
    "TouchEverythingRequest" TouchEverythingRequest touch,
    "AdjustEverythingRequest" AdjustEverythingRequest adjust input
);
typed!(
    COUNTER: fixture::count::v2, CounterClient, counter,
    GetCounterRequest ListCountersRequest CreateCounterRequest UpdateCounterRequest DeleteCounterRequest,
    "AddCounterRequest" AddCounterRequest add input
);
typed!(
    LABEL: fixture::label::v1, LabelClient, label,
    GetLabelRequest ListLabelsRequest CreateLabelRequest UpdateLabelRequest DeleteLabelRequest
);
typed!(
    USER: shop::user::v1, UserClient, user,
    GetUserRequest ListUsersRequest CreateUserRequest UpdateUserRequest DeleteUserRequest
);
typed!(
    ORDER: shop::order::v1, OrderClient, order,
    GetOrderRequest ListOrdersRequest CreateOrderRequest UpdateOrderRequest DeleteOrderRequest,
    "CancelOrderRequest" CancelOrderRequest cancel input
);
