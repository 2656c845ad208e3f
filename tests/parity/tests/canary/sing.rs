//! Requests that carry the canary: good ones, and every kind of bad one.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fourfold_fixture::generated::messages::fixture::vault::v1;
use fourfold_fixture::generated::messages::fixture::vault::v1::vault_service_client::VaultServiceClient;
use serde_json::{Value, json};
use tonic::Status;

use crate::client::{Answer, Client};
use crate::listen::{NUMBER, Silence, TEXT};

fn lock() -> Value {
    json!({"maker": "Yale", "key": TEXT, "pin": NUMBER, "bolt": {"mark": TEXT}})
}

fn vault(code: &str) -> Value {
    json!({
        "owner": "Ada", "code": code, "token": TEXT, "password": TEXT, "number": NUMBER,
        "key": BASE64_STANDARD.encode(TEXT), "notes": {TEXT: [TEXT, NUMBER]}, "hints": [TEXT], "answers": {"a": TEXT},
        "inner": lock(), "door": lock(), "locks": [lock()], "by_name": {"front": lock()},
    })
}

/// The headers never have it. The body of what is refused does not repeat it either; that of what is answered may show
/// its caller what it is allowed to see.
fn look(silence: &Silence, what: &str, answer: &Answer) {
    for (name, value) in &answer.headers {
        silence.must_hold(&format!("{what}: the header {name}"), value.as_bytes());
    }
    if answer.status >= 400 {
        silence.must_hold(what, &answer.body);
    }
}

/// Gives back how many vaults were made.
pub(crate) async fn over_rest(address: SocketAddr, silence: &Silence) -> usize {
    let mut client = Client::connect(address).await;
    let one = client.post("/v1/vaults", vault(&format!("{TEXT}-1"))).await.expect(201);
    let id = one.json()["id"].as_str().expect("an id").to_owned();
    let two = client.post("/v1/vaults", vault(&format!("{TEXT}-2"))).await.expect(201);
    let path = format!("/v1/vaults/{id}");
    let long = TEXT.repeat(9);
    let json = [("content-type", "application/json"), ("idempotency-key", "again")];
    let turn = json!({"with": TEXT}).to_string();
    let later = [("content-type", "application/json"), ("prefer", "respond-async")];
    let answers = [
        ("a create", 201, one),
        ("another", 201, two),
        ("a secret that is taken", 400, client.post("/v1/vaults", vault(&format!("{TEXT}-1"))).await),
        ("a secret that is too long", 400, client.post("/v1/vaults", vault(&long)).await),
        (
            "a secret of another type",
            400,
            client.post("/v1/vaults", json!({"code": [TEXT], "number": TEXT})).await,
        ),
        ("a member that there is not", 400, client.post("/v1/vaults", json!({"codes": TEXT})).await),
        ("no JSON", 400, client.send("POST", "/v1/vaults", &json, format!("{{\"code\": \"{TEXT}")).await),
        ("an update", 200, client.patch(&path, json!({"token": format!("{TEXT}!"), "owner": "Eve"})).await),
        (
            "an update that is wrong",
            400,
            client.patch(&path, json!({"inner": {"bolt": {"mark": long}}})).await,
        ),
        ("a secret set to null", 400, client.patch(&path, json!({"code": null, "notes": null})).await),
        ("a replace", 200, client.put(&path, vault(&format!("{TEXT}-3"))).await),
        ("an operation", 200, client.send("POST", &format!("{path}/turn"), &json, turn.clone()).await),
        ("the same again", 200, client.send("POST", &format!("{path}/turn"), &json, turn.clone()).await),
        (
            "another under the same key",
            400,
            client.send("POST", &format!("{path}/turn"), &json, json!({"with": long}).to_string()).await,
        ),
        ("one that fails", 400, client.post(&format!("{path}/jam"), json!({"with": TEXT})).await),
        ("a list", 200, client.get("/v1/vaults").await),
        (
            "a create for later",
            202,
            client.send("POST", "/v1/vaults", &later, vault(&format!("{TEXT}-4")).to_string()).await,
        ),
        ("one that is taken, for later", 202, {
            client.send("POST", "/v1/vaults", &later, vault(&format!("{TEXT}-3")).to_string()).await
        }),
        ("one that fails, for later", 202, client.send("POST", &format!("{path}/jam"), &later, turn).await),
    ];
    for (what, status, answer) in answers {
        look(silence, what, &answer);
        // How a bad request is refused is held elsewhere.
        let fits = answer.status == status || (status == 400 && (400..500).contains(&answer.status));
        assert!(fits, "{what} is {}: {}", answer.status, answer.text());
    }
    // Nothing else may write it meanwhile.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let gone = client.delete(&path).await;
    look(silence, "a delete", &gone);
    assert_eq!(gone.status, 204, "{}", gone.text());
    3
}

fn lock_message() -> v1::Lock {
    v1::Lock {
        maker: Some("Yale".to_owned()),
        key: Some(TEXT.to_owned()),
        pin: Some(NUMBER),
        bolt: Some(v1::Bolt { mark: Some(TEXT.to_owned()) }),
    }
}

fn vault_message(code: &str) -> v1::Vault {
    v1::Vault {
        owner: Some("Ada".to_owned()),
        code: Some(code.to_owned()),
        token: Some(TEXT.to_owned()),
        password: Some(TEXT.to_owned()),
        number: Some(NUMBER),
        key: Some(TEXT.as_bytes().to_vec()),
        notes: Some(json!([TEXT]).to_string().into_bytes()),
        hints: vec![TEXT.to_owned()],
        answers: [("a".to_owned(), TEXT.to_owned())].into(),
        inner: Some(lock_message()),
        door: Some(lock_message()),
        locks: vec![lock_message()],
        by_name: [("front".to_owned(), lock_message())].into(),
        ..v1::Vault::default()
    }
}

/// What is said of a failure, all of it; it is one.
fn refused<T>(silence: &Silence, what: &str, answer: Result<tonic::Response<T>, Status>) {
    let Err(status) = answer else { panic!("{what} was taken") };
    silence.must_hold(what, format!("{status:?} {:?}", status.metadata()).as_bytes());
    silence.must_hold(what, status.details());
}

/// What is said beside a good answer.
fn taken<T>(silence: &Silence, what: &str, answer: Result<tonic::Response<T>, Status>) -> T {
    let answer = answer.unwrap_or_else(|status| panic!("{what}: {status}"));
    silence.must_hold(what, format!("{:?}", answer.metadata()).as_bytes());
    answer.into_inner()
}

/// Gives back how many vaults were made.
pub(crate) async fn over_grpc(address: SocketAddr, silence: &Silence) -> usize {
    let mut client = VaultServiceClient::connect(format!("http://{address}")).await.expect("it listens");
    let create =
        |code: &str| v1::CreateVaultRequest { vault: Some(vault_message(code)), request_id: String::new() };
    let code = format!("{TEXT}-g1");
    let made = taken(silence, "a create", client.create_vault(create(&code)).await);
    taken(silence, "another", client.create_vault(create(&format!("{TEXT}-g2"))).await);
    let turn = |with: &str| v1::TurnVaultRequest {
        id: made.id.clone(),
        input: Some(v1::Turn { with: Some(with.to_owned()) }),
        ..v1::TurnVaultRequest::default()
    };
    let list = |filter: String| v1::ListVaultsRequest { filter, ..v1::ListVaultsRequest::default() };
    refused(silence, "a secret that is taken", client.create_vault(create(&code)).await);
    refused(silence, "a secret that is too long", client.create_vault(create(&TEXT.repeat(9))).await);
    taken(silence, "an operation", client.turn_vault(turn(TEXT)).await);
    refused(silence, "one that is wrong", client.turn_vault(turn(&TEXT.repeat(9))).await);
    let jam = v1::JamVaultRequest {
        id: made.id.clone(),
        input: Some(v1::Turn { with: Some(TEXT.to_owned()) }),
        ..v1::JamVaultRequest::default()
    };
    refused(silence, "one that fails", client.jam_vault(jam).await);
    taken(silence, "a filter", client.list_vaults(list(format!("code = \"{TEXT}-g1\""))).await);
    refused(
        silence,
        "a filter that is none",
        client.list_vaults(list(format!("owner = = \"{}\"", "x"))).await,
    );
    let vault = v1::Vault { id: made.id.clone(), token: Some(format!("{TEXT}?")), ..v1::Vault::default() };
    let update = v1::UpdateVaultRequest { vault: Some(vault), ..v1::UpdateVaultRequest::default() };
    taken(silence, "an update", client.update_vault(update).await);
    let delete = v1::DeleteVaultRequest { id: made.id.clone(), ..v1::DeleteVaultRequest::default() };
    taken(silence, "a delete", client.delete_vault(delete).await);
    2
}
