//! Events of other services, by the types that a build writes from their committed contracts: read from JSON and from protobuf,
//! also where the other service is of a later version.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

use std::sync::{Arc, Mutex};

use fourfold::events::{CloudEvent, Data, PROTOBUF};
use fourfold::prelude::*;
use fourfold::{Config, EventsFormat, Principal, Server};
use fourfold_parity::generated::clients::shop::user::v1 as messages;
use fourfold_parity::generated::events::shop::order::v1::OrderEvent;
use fourfold_parity::generated::events::shop::user::v1::{Role, UserCreated, UserEvent, UserUpdated};
use prost::Message as _;
use user::resources::user::{Address, User, UserCreate, UserUpdate};

/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_secs(20);

type Heard = Arc<Mutex<Vec<UserEvent>>>;

async fn on_user(event: UserEvent, ctx: &Context) -> Result<()> {
    ctx.state::<Heard>().expect("a place for it").lock().expect("no panic").push(event);
    Ok(())
}

/// What the user service tells of a life.
async fn heard(format: EventsFormat) -> Vec<UserEvent> {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = "sqlite::memory:".into();
    config.events_url = Some("memory:".into());
    config.events_format = format;
    let heard = Heard::default();
    let server = Server::new(config).state(Arc::clone(&heard)).mount::<User>();
    let running = server.subscribe("others", on_user).start().await.expect("it starts");
    let (service, ctx) = (running.service(), running.service().context(Principal::new("tester")));
    let create = UserCreate {
        email: "zoe@example.com".to_owned(),
        name: "Zoë".to_owned(),
        role: None,
        password: "correct horse".to_owned(),
        address: Some(Address {
            street: "1 Street".to_owned(),
            city: "City".to_owned(),
            country: "NL".to_owned(),
        }),
        labels: BTreeMap::from([("vip".to_owned(), "yes".to_owned())]),
    };
    let user: User = service.create(&ctx, create).await.expect("a user");
    let update = UserUpdate { name: Patch::Set("Zoe".to_owned()), ..UserUpdate::default() };
    service.update::<User>(&ctx, user.id, update).await.expect("a change");
    service.delete::<User>(&ctx, user.id).await.expect("an end");
    let all = async {
        while heard.lock().expect("no panic").len() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(HANGS, all).await.expect("events arrive");
    running.stop().await;
    heard.lock().expect("no panic").clone()
}

#[tokio::test]
async fn what_happens_to_a_user_is_told_in_both_formats() {
    for format in [EventsFormat::Json, EventsFormat::Protobuf] {
        let heard = heard(format).await;
        let [UserEvent::Created(created), UserEvent::Updated(updated), UserEvent::Deleted(deleted)] =
            &heard[..]
        else {
            panic!("{heard:?}");
        };
        assert_eq!(created.user.email, "zoe@example.com");
        assert_eq!((created.user.role(), created.user.role.as_str()), (Some(Role::Customer), "customer"));
        assert_eq!(created.user.address.as_ref().map(|address| address.country.as_str()), Some("NL"));
        assert_eq!(created.user.labels["vip"], "yes");
        assert_eq!((updated.before.name.as_str(), updated.user.name.as_str()), ("Zoë", "Zoe"));
        assert_eq!(updated.changed, ["name", "updated_at", "version"]);
        assert_eq!(updated.before, created.user);
        assert_eq!((deleted.user.id, deleted.user.version), (updated.user.id, updated.user.version + 1));
    }
}

fn told(kind: &str, data: Data) -> CloudEvent {
    let mut event = CloudEvent::new("1", "/shop.user.v1", kind);
    event.data_content_type = matches!(data, Data::Bytes(_)).then(|| PROTOBUF.to_owned());
    event.data = data;
    event
}

fn later_user() -> messages::User {
    messages::User {
        id: Uuid::nil().to_string(),
        email: Some("a@example.com".to_owned()),
        name: Some("Ada".to_owned()),
        role: Some(99),
        created_at: Some(prost_types()),
        updated_at: Some(prost_types()),
        version: 1,
        ..messages::User::default()
    }
}

fn prost_types() -> fourfold::generated_messages::prost_types::Timestamp {
    fourfold::generated_messages::prost_types::Timestamp { seconds: 1, nanos: 0 }
}

#[test]
fn a_value_that_the_contract_does_not_know_is_read_all_the_same() {
    let json = r#"{"user": {"id": "00000000-0000-0000-0000-000000000000", "email": "a@example.com", "name": "Ada",
        "role": "owner", "created_at": "1970-01-01T00:00:01Z", "updated_at": "1970-01-01T00:00:01Z", "version": 1,
        "of_tomorrow": [1]}, "why": "because"}"#;
    let message = messages::UserCreated { user: Some(later_user()) };
    let mut bytes = message.encode_to_vec();
    // Field 99, a text.
    bytes.extend([0x9a, 0x06, 2, b'h', b'i']);
    for (data, role) in [(Data::Json(json.to_owned()), "owner"), (Data::Bytes(bytes.into()), "99")] {
        let event = UserCreated::read(&told("shop.user.v1.user.created", data)).expect("an event");
        assert_eq!((event.user.role(), event.user.role.as_str()), (None, role));
        assert_eq!((event.user.address, event.user.labels.len()), (None, 0));
    }
}

#[test]
fn what_can_not_be_read_says_what_is_missing() {
    let data = Data::Json(r#"{"user": {}}"#.to_owned());
    let error = UserUpdated::read(&told("shop.user.v1.user.updated", data)).expect_err("no user");
    let missing: Vec<&str> = error.violations().iter().map(|violation| violation.pointer.as_str()).collect();
    assert!(missing.contains(&"/user/id") && missing.contains(&"/before"), "{missing:?}");
}

#[test]
fn an_enum_knows_all_types_of_its_resource() {
    use fourfold::Event;
    let types =
        ["cancelled", "created", "deleted", "updated"].map(|event| format!("shop.order.v1.order.{event}"));
    assert_eq!(OrderEvent::TYPES, types);
    let Err(error) = OrderEvent::read(&told("shop.order.v1.order.lost", Data::None)) else {
        panic!("unknown")
    };
    assert!(error.to_string().contains("shop.order.v1.order.lost"), "{error}");
}
