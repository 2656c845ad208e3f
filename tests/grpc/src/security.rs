//! Who calls and what they may do: asked as over REST.

use fourfold::descriptor::{BoxFuture, Descriptor};
use fourfold::{
    Authenticator, Context, Credentials, Error, ErrorKind, OperationKind, Policy, Principal, Result, RowView,
};
use tonic::{Code, Request};

use crate::caller::{CREATE, Caller, GET, Told as _, UPDATE, an_order, header};
use crate::engines::{on_every_engine, on_sqlite};
use crate::order;
use crate::resources::all;

/// The metadata `x-key` names the caller.
struct Keys;

impl Authenticator for Keys {
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Principal>> {
        Box::pin(async move {
            let id = credentials.header("x-key");
            id.map(Principal::new).ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "send an x-key"))
        })
    }

    fn challenge(&self) -> &'static str {
        "Key"
    }
}

/// `reader` may read, `updater` may update and not replace; nobody but `writer` sees cancelled orders.
struct Roles;

impl Policy for Roles {
    fn may<'a>(
        &'a self,
        ctx: &'a Context,
        _resource: &'static Descriptor,
        operation: OperationKind,
    ) -> BoxFuture<'a, Result<bool>> {
        let id = ctx.principal().id().unwrap_or_default();
        let may = match operation {
            OperationKind::Get | OperationKind::List => true,
            OperationKind::Update => id != "reader",
            _ => id == "writer",
        };
        Box::pin(async move { Ok(may) })
    }

    fn may_row<'a>(
        &'a self,
        ctx: &'a Context,
        _operation: OperationKind,
        row: RowView<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        let hidden = row.get::<String>("number").is_some_and(|number| number == "hidden");
        let id = ctx.principal().id().unwrap_or_default();
        Box::pin(async move { Ok(!hidden || id == "writer") })
    }
}

fn guarded(server: fourfold::Server) -> fourfold::Server {
    all(server).authenticator(Keys).policy(Roles)
}

fn by<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-key", key.parse().unwrap());
    request
}

fn create(number: &str) -> order::CreateOrderRequest {
    order::CreateOrderRequest { order: Some(an_order(number)), request_id: String::new() }
}

#[tokio::test]
async fn a_stranger_is_unauthenticated_before_anything_is_read() {
    let service = on_sqlite(guarded).await;
    let mut caller = Caller::of(&service).await;
    let error = caller.create(an_order("A-1")).await.unwrap_err();
    assert_eq!(error.why(), (Code::Unauthenticated, "UNAUTHENTICATED".to_owned()));
    assert_eq!(header(error.metadata(), "www-authenticate"), "Key");
    error.request_id();
    let error = caller.send_bytes(CREATE, b"\xff").await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthenticated);
    service.stop().await;
}

#[tokio::test]
async fn who_may_not_is_denied_and_what_is_hidden_is_not_found() {
    for service in on_every_engine(guarded).await {
        let mut caller = Caller::of(&service).await;
        let denied = (Code::PermissionDenied, "PERMISSION_DENIED".to_owned());
        let error =
            caller.send_request::<_, order::Order>(CREATE, by("reader", create("A-1"))).await.unwrap_err();
        assert_eq!(error.why(), denied);
        let made: order::Order =
            caller.send_request(CREATE, by("writer", create("hidden"))).await.unwrap().into_inner();
        let get = order::GetOrderRequest { id: made.id.clone() };
        let hidden =
            caller.send_request::<_, order::Order>(GET, by("reader", get.clone())).await.unwrap_err();
        assert_eq!(hidden.code(), Code::NotFound);
        assert!(caller.send_request::<_, order::Order>(GET, by("writer", get)).await.is_ok());

        let made: order::Order =
            caller.send_request(CREATE, by("writer", create("A-2"))).await.unwrap().into_inner();
        let update = |paths: &[&str]| order::UpdateOrderRequest {
            order: Some(order::Order { id: made.id.clone(), total: Some(2), ..an_order("A-2") }),
            update_mask: Some(prost_types::FieldMask {
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            }),
            request_id: String::new(),
        };
        assert!(
            caller.send_request::<_, order::Order>(UPDATE, by("updater", update(&["total"]))).await.is_ok()
        );
        let error =
            caller.send_request::<_, order::Order>(UPDATE, by("updater", update(&["*"]))).await.unwrap_err();
        assert_eq!(error.why(), denied);
        service.stop().await;
    }
}
