//! All methods, and what they refuse.

use fourfold::ErrorKind;
use fourfold::client::{CallOptions, RemoteError};
use order::generated::clients::shop::user::v1::{ListUsersRequest, Role, User, UserApi, UserClient};

use crate::{SCHEMES, ada, client, serve};

/// What every implementation does, whatever is below it.
async fn everything(users: &impl UserApi) {
    let made = users.create(ada()).await.expect("a user is made");
    assert_eq!(made.name(), "Ada Lovelace");
    assert_eq!(made.role(), Role::Admin);
    assert_eq!(made.password, None, "what is hashed is not shown");
    assert!(made.created_at.is_some());

    let read = users.get(&made.id).await.expect("it is there");
    assert_eq!(read, made);

    let renamed = User { name: Some("Countess of Lovelace".to_owned()), ..read.clone() };
    let renamed = users.update(renamed, &["name"]).await.expect("its name changes");
    assert_eq!(renamed.name(), "Countess of Lovelace");
    assert_eq!(renamed.email(), "ada@example.com");
    assert_ne!(renamed.etag, made.etag);

    let moved = User { address: None, etag: String::new(), ..renamed.clone() };
    let moved =
        users.update(moved, &["address"]).await.expect("a field that is named and absent is null then");
    assert_eq!(moved.address, None);

    let late = users.update(read, &["name"]).await.expect_err("it has changed since it was read");
    assert_eq!(late.kind(), ErrorKind::VersionMismatch);

    for number in 0..5 {
        let email = Some(format!("{number}@example.com"));
        users.create(User { email, role: None, ..ada() }).await.expect("more users");
    }
    let admins = ListUsersRequest { filter: "role=admin".to_owned(), ..ListUsersRequest::default() };
    let page = users.list(admins).await.expect("a list");
    assert_eq!(page.users.len(), 1);
    let small = ListUsersRequest { page_size: 2, order_by: "name".to_owned(), ..ListUsersRequest::default() };
    assert_eq!(users.list(small.clone()).await.expect("a page").users.len(), 2);
    assert_eq!(users.list_all(small.clone(), 100).await.expect("all pages").len(), 6);
    assert_eq!(users.list_all(small, 3).await.expect("not more than that").len(), 3);

    users.delete(&made.id).await.expect("it goes");
    let gone = users.get(&made.id).await.expect_err("it is gone");
    assert!(gone.is_not_found(), "{gone}");
}

#[tokio::test]
async fn all_methods_work_over_both_transports() {
    for scheme in SCHEMES {
        let service = serve(0).await;
        everything(&client(scheme, service.address())).await;
        service.stop().await;
    }
}

/// Everything that a caller may look at.
fn seen(error: &RemoteError) -> (ErrorKind, String, Vec<(String, String, String)>) {
    let violations = error.violations().iter();
    let mut violations: Vec<_> = violations
        .map(|violation| (violation.pointer.clone(), violation.code.clone(), violation.message.clone()))
        .collect();
    violations.sort();
    (error.kind(), error.message().to_owned(), violations)
}

/// What is refused, one error after the other.
async fn mistakes(users: &UserClient) -> Vec<RemoteError> {
    let mut errors = Vec::new();
    let bad = User {
        email: Some("not an address".to_owned()),
        name: Some(String::new()),
        password: Some("short".to_owned()),
        ..User::default()
    };
    errors.push(users.create(bad).await.expect_err("bad fields"));
    let mut far = ada();
    far.address.get_or_insert_default().country = Some("England".to_owned());
    errors.push(users.create(far).await.expect_err("a bad field within another"));
    errors.push(users.create(User::default()).await.expect_err("nothing that is needed"));
    let made = users.create(ada()).await.expect("a user");
    errors.push(users.create(ada()).await.expect_err("an address that is taken"));
    errors.push(users.get("0198c0de-0000-7000-8000-000000000000").await.expect_err("nobody"));
    errors.push(users.get("nobody").await.expect_err("no UUID"));
    errors.push(users.delete("").await.expect_err("no id"));
    let other_version = users.with(CallOptions::new().etag("\"99\""));
    errors.push(other_version.delete(&made.id).await.expect_err("another version"));
    let same_key = users.with(CallOptions::new().request_id("one-key"));
    let grace = User { email: Some("grace@example.com".to_owned()), ..ada() };
    same_key.create(grace.clone()).await.expect("the first use of the key");
    let other = User { name: Some("Somebody else".to_owned()), ..grace };
    errors.push(same_key.create(other).await.expect_err("the key again, for something else"));
    let filter = ListUsersRequest { filter: "password = 1".to_owned(), ..ListUsersRequest::default() };
    errors.push(users.list(filter).await.expect_err("a filter by what is not for it"));
    errors
}

#[tokio::test]
async fn both_transports_give_the_same_errors() {
    let mut by_transport = Vec::new();
    for scheme in SCHEMES {
        let service = serve(0).await;
        by_transport.push(mistakes(&client(scheme, service.address())).await);
        service.stop().await;
    }
    let [grpc, rest] = by_transport.try_into().expect("two");
    for (grpc, rest) in grpc.iter().zip(&rest) {
        let ((kind, _, violations), (same, _, alike)) = (seen(grpc), seen(rest));
        assert_eq!((kind, violations), (same, alike), "\n{grpc}\n{rest}");
    }
    let kinds: Vec<_> = grpc.iter().map(RemoteError::kind).collect();
    assert_eq!(
        kinds,
        [
            ErrorKind::InvalidArgument,
            ErrorKind::InvalidArgument,
            ErrorKind::InvalidArgument,
            ErrorKind::AlreadyExists,
            ErrorKind::NotFound,
            kinds[5],
            ErrorKind::InvalidArgument,
            ErrorKind::VersionMismatch,
            ErrorKind::KeyReused,
            ErrorKind::InvalidArgument,
        ]
    );
    let pointers = |error: &RemoteError| seen(error).2.into_iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(pointers(&grpc[0]), ["/email", "/name", "/password"]);
    assert_eq!(pointers(&grpc[1]), ["/address/country"]);
    assert!(grpc.iter().all(|error| error.attempts() <= 1), "none of them is repeated");
}

#[tokio::test]
async fn the_same_request_id_gets_the_first_answer() {
    for scheme in SCHEMES {
        let service = serve(0).await;
        let users = client(scheme, service.address());
        let once = users.with(CallOptions::new().request_id("signup-1"));
        let first = once.create(ada()).await.expect("a user");
        assert_eq!(once.create(ada()).await.expect("the same user"), first, "{scheme}");
        let all = users.list(ListUsersRequest::default()).await.expect("a list");
        assert_eq!(all.users.len(), 1, "{scheme}");
        service.stop().await;
    }
}

#[test]
fn nobody_sees_the_password_in_a_log() {
    let shown = format!("{:?}", ada());
    assert!(shown.contains("Ada Lovelace"), "{shown}");
    assert!(!shown.contains("correct horse"), "{shown}");
}
