//! What is carried out later: `Prefer: respond-async`, tasks of an operation, tasks of their own, workers elsewhere.

use std::time::Duration;

use fourfold::prelude::*;
use fourfold::tasks::{TaskFilter, TaskState};
use fourfold::{Role, Running, Server, Tasks};
use serde_json::{Value as Any, json};

use crate::client::{Answer, Client};
use crate::engines::{Service, on_every_engine, on_sqlite};
use crate::resources::{Account, AccountCreate, Deposit, all};

/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_secs(20);
const LATER: [(&str, &str); 2] = [("prefer", "respond-async"), ("content-type", "application/json")];

/// An order of parts; every one that is made is confirmed, and one of nothing can't be made.
#[derive(Resource)]
#[resource(
    package = "test.parts.v1",
    path = "part-orders",
    behavior,
    task(queue = "parts", retries = 2, backoff = "5ms")
)]
pub(crate) struct PartOrder {
    #[field(id)]
    pub id: Uuid,
    #[field(unique)]
    pub part: String,
    #[field(output_only, default = 0, filter)]
    pub confirmations: i64,
}

impl Behavior for PartOrder {
    async fn create(self, ctx: &Context) -> Result<Self> {
        ctx.enqueue(ConfirmPart { order: self.id, part: self.part.clone() }).await?;
        Ok(self)
    }
}

/// Confirms an order of parts.
#[derive(Task)]
#[task(name = "part.confirm", queue = "mail", retries = 3, backoff = "5ms")]
pub(crate) struct ConfirmPart {
    pub order: Uuid,
    #[field(validate(length(1..)))]
    pub part: String,
}

impl Handler for ConfirmPart {
    type Output = String;

    async fn run(self, ctx: &Context) -> Result<String> {
        let attempt = ctx.attempt().expect("a worker runs it").number;
        if self.part == "fails twice" && attempt < 3 {
            return Err(Error::unavailable("the printer is away"));
        }
        if self.part == "fails" {
            return Err(Error::failed_precondition("there is no such part"));
        }
        let sql = "UPDATE part_orders SET confirmations = confirmations + 1 WHERE part = ";
        let place = if ctx.service_is_on_sqlite() { "?1" } else { "$1" };
        ctx.execute(fourfold::Statement::new(format!("{sql}{place}")).bind(self.part.clone()));
        Ok(format!("confirmed {}", self.part))
    }
}

trait Engine {
    fn service_is_on_sqlite(&self) -> bool;
}

impl Engine for Context {
    fn service_is_on_sqlite(&self) -> bool {
        *self.state::<OnSqlite>().map_or(&true, |OnSqlite(yes)| yes)
    }
}

struct OnSqlite(bool);

fn later(server: Server) -> Server {
    let mut sqlite = true;
    let server = all(server).mount::<PartOrder>().task::<ConfirmPart>();
    let server = server.configure(|config| sqlite = config.database_url.0.starts_with("sqlite"));
    server.state(OnSqlite(sqlite))
}

/// The task at a place, once it has ended.
pub(crate) async fn ended(client: &mut Client, place: &str) -> Any {
    let end = tokio::time::Instant::now() + HANGS;
    loop {
        let task = client.send("GET", place, &[], "").await.expect(200).json();
        let state = TaskState::from_name(task["state"].as_str().expect("a state")).expect("a known state");
        if state.is_final() {
            return task;
        }
        assert!(tokio::time::Instant::now() < end, "it hangs: {task}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn accepted(client: &mut Client, method: &str, path: &str, body: &str) -> String {
    let answer: Answer = client.send(method, path, &LATER, body.to_owned()).await.expect(202);
    assert_eq!(answer.header("preference-applied"), "respond-async");
    assert_eq!(answer.json()["state"], "waiting");
    answer.header("location").to_owned()
}

const ADA: &str = r#"{"email":"ada@b.example","nick":"ada","pin":"1234","country":"GB"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn any_write_can_be_carried_out_later() {
    for service in on_every_engine(later).await {
        let mut client = service.client().await;
        let place = accepted(&mut client, "POST", "/v1/accounts", ADA).await;
        let made = ended(&mut client, &place).await;
        assert_eq!((&made["state"], &made["name"]), (&json!("succeeded"), &json!("account.create")));
        assert!(made["result"].get("pin").is_none(), "a result shows what a caller may see: {made}");
        let account = format!("/v1/accounts/{}", made["result"]["id"]);
        let now = client.send("GET", &account, &[], "").await.expect(200);
        assert_eq!(now.json(), made["result"]);

        let patch = accepted(&mut client, "PATCH", &account, r#"{"nick":"lady","site":null}"#).await;
        assert_eq!(ended(&mut client, &patch).await["result"]["nick"], "lady");
        let deposit = accepted(&mut client, "POST", &format!("{account}/deposit"), r#"{"amount":5}"#).await;
        assert_eq!(ended(&mut client, &deposit).await["result"]["balance"], 5);
        let stale = [LATER[0], LATER[1], ("if-match", "\"1\"")];
        let stale = client.send("PATCH", &account, &stale, r#"{"nick":"late"}"#).await.expect(202);
        let stale = ended(&mut client, stale.header("location")).await;
        assert_eq!(
            (&stale["state"], &stale["error"]["code"]),
            (&json!("failed"), &json!("version_mismatch"))
        );
        let gone = accepted(&mut client, "DELETE", &account, "").await;
        assert_eq!(ended(&mut client, &gone).await["state"], "succeeded");
        client.send("GET", &account, &[], "").await.expect(404);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_request_is_said_now_and_not_later() {
    for service in on_every_engine(later).await {
        let mut client = service.client().await;
        let bad = r#"{"email":"no","nick":"a","pin":"1","colour":"red"}"#;
        let refused = client.send("POST", "/v1/accounts", &LATER, bad).await.expect(400);
        assert!(refused.violations().len() >= 5, "{}", refused.text());
        let place = accepted(&mut client, "POST", "/v1/accounts", ADA).await;
        ended(&mut client, &place).await;
        // Only the store knows that the address is taken.
        let twin = accepted(&mut client, "POST", "/v1/accounts", ADA).await;
        let twin = ended(&mut client, &twin).await;
        assert_eq!((&twin["attempts"], &twin["error"]["code"]), (&json!(1), &json!("already_exists")));
        assert_eq!(twin["error"]["errors"][0]["pointer"], "/data/email", "{twin}");
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_one_key_whether_it_is_carried_out_now_or_later() {
    for service in on_every_engine(later).await {
        let mut client = service.client().await;
        let keyed = [LATER[0], LATER[1], ("idempotency-key", "k")];
        let first = client.send("POST", "/v1/accounts", &keyed, ADA).await.expect(202);
        let made = ended(&mut client, first.header("location")).await;
        let again = client.send("POST", "/v1/accounts", &keyed, ADA).await.expect(202);
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.header("idempotency-replayed"), "true");
        let now = client.send("POST", "/v1/accounts", &keyed[1..], ADA).await.expect(201);
        assert_eq!(now.json(), made["result"], "the first answer");
        let other = ADA.replace("\"ada\"", "\"eve\"");
        client.send("POST", "/v1/accounts", &keyed, other).await.expect(422);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_an_operation_is_enqueued_with_what_the_operation_writes_or_not_at_all() {
    for service in on_every_engine(later).await {
        let mut client = service.client().await;
        let json = [("content-type", "application/json")];
        let made = client.send("POST", "/v1/part-orders", &json, r#"{"part":"bolt"}"#).await.expect(201);
        // The row is refused, and with it what was enqueued.
        client.send("POST", "/v1/part-orders", &json, r#"{"part":"bolt"}"#).await.expect(409);
        let confirmed = async {
            while client.send("GET", made.header("location"), &[], "").await.expect(200).json()["confirmations"]
                == 0
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(HANGS, confirmed).await.expect("it is confirmed");
        let tasks = service.running.service().tasks().expect("there are tasks").clone();
        let found = tasks.list(&TaskFilter::default()).await.expect("a list");
        let confirms: Vec<_> = found.iter().filter(|task| task.name == "part.confirm").collect();
        assert_eq!(confirms.len(), 1, "{confirms:?}");
        let status = tasks.wait(confirms[0].id, HANGS).await.expect("a status").expect("a task");
        assert_eq!((status.queue.as_str(), status.result), ("mail", Some(json!("confirmed bolt"))));
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_tried_again_or_given_up_as_its_error_says() {
    for service in on_every_engine(later).await {
        let tasks = service.running.service().tasks().expect("there are tasks").clone();
        let order = Uuid::now_v7();
        let task = |part: &str| ConfirmPart { order, part: part.to_owned() };
        let twice = tasks.enqueue(task("fails twice")).await.expect("taken");
        let fails = tasks.enqueue(task("fails")).await.expect("taken");
        let empty = tasks.enqueue(task("")).await.expect("taken");
        let stranger = tasks.send("part.unknown", &json!({})).await.expect("taken");
        let mut seen = Vec::new();
        for enqueued in [twice, fails, empty, stranger] {
            let status = tasks.wait(enqueued.id, HANGS).await.expect("a status").expect("a task");
            let code = status.error.map(|error| error.code).unwrap_or_default();
            seen.push((status.state.name(), status.attempts, code));
        }
        let wanted = [
            ("succeeded", 3, ""),
            ("failed", 1, "failed_precondition"),
            ("failed", 1, "invalid_argument"),
            ("failed", 1, "unknown_task"),
        ];
        assert_eq!(seen, wanted.map(|(state, attempts, code)| (state, attempts, code.to_owned())));
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_producers_enqueue_what_the_service_would_do() {
    for service in on_every_engine(later).await {
        let tasks: Tasks = service.running.service().tasks().expect("there are tasks").clone();
        let create = AccountCreate {
            email: "typed@b.example".to_owned(),
            nick: "typed".to_owned(),
            site: None,
            pin: "1234".to_owned(),
            country: "GB".to_owned(),
            tax_id: None,
            lucky: None,
        };
        let made = Account::tasks(&tasks).create(create).await.expect("taken");
        let made = tasks.wait(made.id, HANGS).await.expect("a status").expect("a task");
        let id = made.result.expect("a row")["id"].as_i64().expect("an id");
        let paid = Account::tasks(&tasks).deposit(id, Deposit { amount: 7 }).after(Duration::from_millis(50));
        let paid = paid.await.expect("taken");
        let paid = tasks.wait(paid.id, HANGS).await.expect("a status").expect("a task");
        assert_eq!(paid.result.expect("a row")["balance"], 7);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_begun_can_be_cancelled_and_begin_anew() {
    for service in on_every_engine(later).await {
        let mut client = service.client().await;
        let tasks = service.running.service().tasks().expect("there are tasks").clone();
        let hour = Duration::from_hours(1);
        let task = tasks.enqueue(ConfirmPart { order: Uuid::now_v7(), part: "nut".to_owned() }).after(hour);
        let id = task.await.expect("taken").id;
        let place = format!("/v1/tasks/{id}");
        assert_eq!(client.send("GET", &place, &[], "").await.expect(200).json()["state"], "waiting");
        let cancel = format!("{place}/cancel");
        assert_eq!(client.send("POST", &cancel, &[], "").await.expect(200).json()["state"], "cancelled");
        client.send("POST", &cancel, &[], "").await.expect(409);
        client.send("PUT", &place, &[], "").await.expect(405);
        client.send("GET", "/v1/tasks/0198c0de-0000-7000-8000-000000000000", &[], "").await.expect(404);
        tasks.requeue(id).await.expect("it begins anew");
        let status = tasks.wait(id, HANGS).await.expect("a status").expect("a task");
        assert_eq!(status.state, TaskState::Succeeded);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_may_be_elsewhere() {
    let service: Service =
        on_sqlite(|server| later(server).configure(|config| config.role = Role::Server)).await;
    let mut client = service.client().await;
    let place = accepted(&mut client, "POST", "/v1/accounts", ADA).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(client.send("GET", &place, &[], "").await.expect(200).json()["state"], "waiting");
    let mut config = fourfold::Config::default();
    config.role = Role::Worker;
    config.database_url = service.url.as_str().into();
    let worker: Running = later(Server::new(config)).start().await.expect("it starts");
    assert_eq!(ended(&mut client, &place).await["state"], "succeeded");
    worker.stop().await;
    service.stop().await;
}
