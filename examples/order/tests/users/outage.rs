//! Answers that are lost, and a service that goes and comes back.

use std::sync::atomic::Ordering;

use fourfold::client::RemoteError;
use fourfold::{Error, ErrorKind};
use order::generated::clients::shop::user::v1::{ListUsersRequest, UserApi};

use crate::{SCHEMES, ada, client, proxy, serve};

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_repeated_and_happens_once() {
    for scheme in SCHEMES {
        let service = serve(0).await;
        let proxy = proxy::before(service.address(), scheme).await;
        let users = client(scheme, proxy.address);
        proxy.lose.store(2, Ordering::SeqCst);
        let made = users.create(ada()).await.unwrap_or_else(|error| panic!("{scheme}: {error}"));
        assert_eq!(proxy.lose.load(Ordering::SeqCst), 0, "{scheme}: two answers were lost");
        let all = users.list(ListUsersRequest::default()).await.expect("a list");
        assert_eq!(all.users, [made], "{scheme}");
        service.stop().await;
    }
}

#[tokio::test]
async fn when_all_answers_are_lost_the_error_says_so() {
    for scheme in SCHEMES {
        let service = serve(0).await;
        let proxy = proxy::before(service.address(), scheme).await;
        let users = client(scheme, proxy.address);
        proxy.lose.store(usize::MAX, Ordering::SeqCst);
        let error = users.create(ada()).await.expect_err("no answer");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 3), "{scheme}: {error}");
        service.stop().await;
    }
}

fn is_away(error: &RemoteError) {
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.is_passing());
    let passed_on = Error::from(error.clone());
    assert_eq!(passed_on.kind(), ErrorKind::Unavailable);
    assert_eq!(passed_on.message(), "shop.user.v1.UserService is not available at the moment; try again");
}

#[tokio::test]
async fn a_service_that_is_away_is_missed_and_one_that_is_back_is_found() {
    for scheme in SCHEMES {
        let service = serve(0).await;
        let address = service.address();
        let users = client(scheme, address);
        users.create(ada()).await.expect("it is there");
        service.stop().await;

        is_away(&users.list(ListUsersRequest::default()).await.expect_err("it is away"));
        is_away(&users.create(ada()).await.expect_err("it is away for writes too"));

        let service = serve(address.port()).await;
        users.create(ada()).await.unwrap_or_else(|error| panic!("{scheme}: it is back: {error}"));
        service.stop().await;
    }
}
