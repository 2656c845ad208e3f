//! What happens to users, heard by the typed client while their service comes and goes.

use std::path::PathBuf;

use fourfold::{Config, ErrorKind, Running, Server, Uuid};
use order::generated::clients::shop::user::v1::{User, UserApi, WatchUsersRequest};

use crate::{ada, client};

/// A database that survives its service.
struct Kept {
    folder: PathBuf,
}

impl Kept {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-test-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self { folder }
    }

    async fn serve(&self, port: u16) -> Running {
        let url = format!("sqlite:{}", self.folder.join("users.db").display());
        let server = Server::new(Config::default()).mount::<user::User>().configure(|config| {
            config.listen.set_port(port);
            config.database_url = url.into();
        });
        server.start().await.expect("the user service starts")
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn user(number: u32) -> User {
    User { email: Some(format!("{number}@example.com")), ..ada() }
}

#[tokio::test]
async fn a_watch_goes_on_by_itself_when_the_service_is_back() {
    let kept = Kept::new();
    let mut service = kept.serve(0).await;
    let address = service.address();
    let users = client("grpc", address);
    let from_the_beginning = WatchUsersRequest { from_beginning: true, ..WatchUsersRequest::default() };
    let mut changes = users.watch(from_the_beginning);
    let mut made = Vec::new();
    for number in 0..6 {
        made.push(users.create(user(number)).await.expect("made").id);
        if number % 2 == 0 {
            let change = changes.next().await.expect("a change");
            assert_eq!((change.happened.as_str(), change.user.unwrap().id), ("created", made.remove(0)));
            assert!(!changes.resume_token().is_empty());
        } else {
            service.stop().await;
            service = kept.serve(address.port()).await;
        }
    }
    // By another client, from where this one was.
    let resume_token = changes.resume_token().to_owned();
    let mut others =
        client("grpc", address).watch(WatchUsersRequest { resume_token, ..WatchUsersRequest::default() });
    let mut last = String::new();
    for id in made {
        let change = changes.next().await.expect("a change");
        let user = change.user.clone().unwrap();
        assert_eq!((user.id, user.password), (id, None));
        last.clone_from(&change.resume_token);
        assert_eq!(others.next().await.expect("the same"), change);
    }
    assert_eq!(changes.resume_token(), last);
    drop((changes, others));
    service.stop().await;
}

#[tokio::test]
async fn what_waiting_does_not_mend_is_an_error() {
    let kept = Kept::new();
    let service = kept.serve(0).await;
    let users = client("grpc", service.address());
    let nonsense = WatchUsersRequest { resume_token: "nonsense".to_owned(), ..WatchUsersRequest::default() };
    let error = users.watch(nonsense).next().await.expect_err("it is no token");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert_eq!(error.violations()[0].pointer, "/resume_token");
    let over_rest = client("http", service.address());
    let error = over_rest.watch(WatchUsersRequest::default()).next().await.expect_err("REST does not stream");
    assert!(error.message().contains("needs grpc://"), "{error}");
    drop((users, over_rest));
    service.stop().await;
}
