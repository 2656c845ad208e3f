//! The walk: what the two services can do, request by request.

use std::time::Duration;

use fourfold::tasks::{TaskFilter, TaskState};
use fourfold::{Result, Tasks};
use serde_json::{Value, json};

use crate::http::{Answer, Call, Client};

/// The two services, and what was not as expected.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) users: Client,
    pub(crate) orders: Client,
    pub(crate) surprises: Vec<String>,
    steps: usize,
}

impl Walk {
    pub(crate) const fn new(users: Client, orders: Client) -> Self {
        Self { users, orders, surprises: Vec::new(), steps: 0 }
    }

    /// How many steps were taken.
    pub(crate) const fn steps(&self) -> usize {
        self.steps
    }

    /// The walk with both services there; the id of a user who stays.
    pub(crate) async fn run(&mut self) -> Result<String> {
        let user = self.people().await?;
        self.orders(&user).await?;
        self.many().await
    }

    /// The user service has stopped: orders can still be read, and new ones have to wait.
    pub(crate) async fn without_users(&mut self, user: &str) -> Result<()> {
        let orders = self.orders;
        self.step(
            "The user service stops; orders can still be read",
            orders,
            Call::new("GET", "/v1/orders"),
            200,
        )
        .await?;
        let away = self
            .step(
                "A new order can't be taken now, and says why",
                orders,
                tea(user).header("idempotency-key", "tea-2"),
                503,
            )
            .await?;
        let sentence = away.json()["detail"].as_str().unwrap_or_default().to_owned();
        let clear = sentence.contains("shop.user.v1.UserService") && !away.header("retry-after").is_empty();
        self.expect("Why a new order can't be taken", clear, || sentence);
        Ok(())
    }

    /// The user service is back: the same request works now, and once.
    pub(crate) async fn users_again(&mut self, user: &str) -> Result<()> {
        let orders = self.orders;
        let about = "The user service is back, and the same request goes through";
        self.step(about, orders, tea(user).header("idempotency-key", "tea-2"), 201).await?;
        Ok(())
    }

    /// What is carried out later: an order that is placed as a task, and the confirmation of every order.
    pub(crate) async fn later(&mut self, user: &str, tasks: &Tasks) -> Result<()> {
        let orders = self.orders;
        let about = "An order to be carried out later is taken at once (Prefer: respond-async)";
        let taken = self.step(about, orders, tea(user).header("prefer", "respond-async"), 202).await?;
        let place = taken.header("location").to_owned();
        let id = taken.json()["id"].as_str().unwrap_or_default().parse()?;
        let placed = tasks.wait(id, PATIENCE).await?;
        let about = "What became of it can be looked at";
        let task = self.step(about, orders, Call::new("GET", place), 200).await?.json();
        let total = task["result"]["total"] == "4.50";
        self.expect(about, task["state"] == "succeeded" && total, || format!("{placed:?}"));

        self.steps += 1;
        let about = "Every order is confirmed, by a task that was enqueued in the order's own transaction";
        println!("{}. {about}", self.steps);
        let order = task["result"]["id"].as_str().unwrap_or_default().to_owned();
        let letter = confirmation(tasks, &order).await?;
        println!("   {letter}");
        self.expect(about, letter.contains("4.50"), || format!("there is none of {order}"));
        Ok(())
    }

    /// What one service says is heard by the other: a user leaves, and what she has ordered is cancelled.
    pub(crate) async fn departure(&mut self, user: &str) -> Result<()> {
        let users = self.users;
        let open = Call::new("GET", format!("/v1/orders?user_id={user}&status=placed"));
        let before = self.orders.quietly(&open).await?.json();
        let some = before["orders"].as_array().is_some_and(|orders| !orders.is_empty());
        self.expect("Open orders", some, || "there are none".to_owned());
        let leave = Call::new("DELETE", format!("/v1/users/{user}"));
        self.step("Another user leaves, and has open orders", users, leave, 204).await?;

        self.steps += 1;
        let about = "The order service hears of it (shop.user.v1.user.deleted), and cancels them";
        println!("{}. {about}", self.steps);
        let mut left = before;
        for _ in 0..100 {
            left = self.orders.quietly(&open).await?.json();
            if left["orders"].as_array().is_some_and(Vec::is_empty) {
                break;
            }
            tokio::time::sleep(PATIENCE / 100).await;
        }
        let orders = left["orders"].as_array().map_or(0, Vec::len);
        println!("   {orders} orders are open");
        self.expect(about, orders == 0, || format!("{orders} are open still"));
        Ok(())
    }

    async fn step(&mut self, about: &str, client: Client, call: Call, status: u16) -> Result<Answer> {
        self.steps += 1;
        println!("{}. {about}", self.steps);
        let answer = client.send(call).await?;
        self.expect(about, answer.status == status, || {
            format!("status {} instead of {status}", answer.status)
        });
        Ok(answer)
    }

    fn expect(&mut self, about: &str, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.surprises.push(format!("{about}: {}", otherwise()));
        }
    }

    /// The user service: create, read, conditions, patches, refusals.
    async fn people(&mut self) -> Result<String> {
        let ada = json!({
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "password": "correct horse",
            "address": {"street": "12 St James's Square", "city": "London", "country": "GB"},
            "labels": {"channel": "web"},
        });
        let create = Call::new("POST", "/v1/users").header("idempotency-key", "signup-1").json(ada);
        let users = self.users;
        let made = self.step("A user signs up", users, create.clone(), 201).await?;
        let user = made.json();
        self.expect("A user signs up", user.get("password").is_none(), || "the password is shown".to_owned());
        let place = made.header("location").to_owned();

        let again = self.step("The same request again, with the same key", users, create, 201).await?;
        self.expect("The same request again", again.json() == user, || "it made a second user".to_owned());

        let bad = json!({"email": "not an address", "name": "", "pasword": "x", "role": "king"});
        let refused = self
            .step(
                "Everything that is wrong is said at once",
                users,
                Call::new("POST", "/v1/users").json(bad),
                400,
            )
            .await?;
        let errors = refused.json()["errors"].as_array().map_or(0, Vec::len);
        self.expect("Everything that is wrong", errors >= 4, || format!("only {errors} violations"));

        let twin = json!({"email": "ada@example.com", "name": "Another Ada", "password": "battery staple"});
        self.step(
            "An email address can't be taken twice",
            users,
            Call::new("POST", "/v1/users").json(twin),
            409,
        )
        .await?;

        let fresh = Call::new("GET", &*place).header("if-none-match", made.header("etag"));
        self.step("Unchanged since we last looked", users, fresh, 304).await?;

        let patch = json!({"address": {"city": "Marylebone"}, "labels": {"channel": null, "vip": "yes"}});
        let moved = Call::new("PATCH", &*place).header("if-match", made.header("etag")).json(patch);
        let moved =
            self.step("A patch changes what it names and nothing else", users, moved, 200).await?.json();
        let kept = moved["address"]["country"] == "GB" && moved["labels"] == json!({"vip": "yes"});
        self.expect("A patch", kept, || "it did not merge".to_owned());

        let late = Call::new("PATCH", &*place)
            .header("if-match", made.header("etag"))
            .json(json!({"name": "Countess of Lovelace"}));
        self.step("Somebody who saw the old version is too late", users, late, 412).await?;

        let xml = Call::new("GET", &*place).header("accept", "application/xml");
        let xml = self.step("The same user, as XML", users, xml, 200).await?;
        self.expect("As XML", xml.text.contains("<email>ada@example.com</email>"), || "no email".to_owned());
        Ok(user["id"].as_str().unwrap_or_default().to_owned())
    }

    /// The order service: nested values, money, a custom operation.
    async fn orders(&mut self, user: &str) -> Result<()> {
        let orders = self.orders;
        let order = json!({
            "user_id": user,
            "items": [{"sku": "TEA-1", "quantity": 2, "price": "4.50"}, {"sku": "CUP-7", "price": "12.25"}],
        });
        let made = self
            .step("She orders tea and a cup", orders, Call::new("POST", "/v1/orders").json(order), 201)
            .await?;
        let body = made.json();
        self.expect("She orders", body["total"] == "21.25", || format!("the total is {}", body["total"]));
        let place = made.header("location").to_owned();

        let cheat = json!({"user_id": user, "items": [{"sku": "TEA-1", "price": "1"}], "total": "0.01"});
        self.step(
            "Nobody sets the total themselves",
            orders,
            Call::new("POST", "/v1/orders").json(cheat),
            400,
        )
        .await?;

        let about = "Nobody orders for a user whom the user service does not know";
        let stranger =
            self.step(about, orders, tea("0198c0de-0000-7000-8000-000000000000"), 409).await?.json();
        let pointer = &stranger["errors"][0]["pointer"];
        self.expect(about, pointer == "/user_id", || format!("it is about {pointer}"));

        let cancel = Call::new("POST", format!("{place}/cancel"))
            .json(json!({"reason": "She found a teapot at home"}));
        let cancelled =
            self.step("An operation of its own: cancel", orders, cancel.clone(), 200).await?.json();
        self.expect("Cancel", cancelled["status"] == "cancelled", || "it is not cancelled".to_owned());
        self.step("It can't be cancelled twice", orders, cancel, 409).await?;
        Ok(())
    }

    /// Lists: filters, orders, pages.
    async fn many(&mut self) -> Result<String> {
        for (name, role) in
            [("Grace Hopper", "admin"), ("Edsger Dijkstra", "support"), ("Alan Turing", "admin")]
        {
            let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
            let user = json!({"email": email, "name": name, "role": role, "password": "keep it safe"});
            let made = self.users.quietly(&Call::new("POST", "/v1/users").json(user)).await?;
            self.expect("More users", made.status == 201, || format!("status {}", made.status));
        }
        let users = self.users;
        let list = Call::new("GET", "/v1/users?filter=role%3Dadmin&order_by=name%20desc&page_size=1");
        let first =
            self.step("Admins by name, one to a page (filter=role=admin)", users, list, 200).await?.json();
        let token = first["next_page_token"].as_str().unwrap_or_default();
        let next =
            format!("/v1/users?filter=role%3Dadmin&order_by=name%20desc&page_size=1&page_token={token}");
        let second = self.step("The next page", users, Call::new("GET", next), 200).await?.json();
        let names = [&first["users"][0]["name"], &second["users"][0]["name"]];
        self.expect("Pages", names == [&Value::from("Grace Hopper"), &Value::from("Alan Turing")], || {
            format!("{names:?}")
        });

        let ada = Call::new("GET", "/v1/users?email=ada@example.com");
        let found = self.users.quietly(&ada).await?.json();
        let place = format!("/v1/users/{}", found["users"][0]["id"].as_str().unwrap_or_default());
        self.step("A user leaves", users, Call::new("DELETE", &*place), 204).await?;
        self.step("And is gone", users, Call::new("GET", place), 404).await?;
        Ok(first["users"][0]["id"].as_str().unwrap_or_default().to_owned())
    }
}

/// Longer than a task takes here, unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the customer was told about an order.
async fn confirmation(tasks: &Tasks, order: &str) -> Result<String> {
    let mut filter = TaskFilter::default();
    filter.name = Some("order.confirm".to_owned());
    filter.state = Some(TaskState::Succeeded);
    for _ in 0..100 {
        let found = tasks.list(&filter).await?;
        let letters = found.iter().filter_map(|task| task.result.as_ref()?.as_str());
        if let Some(letter) = letters.into_iter().find(|letter| letter.contains(order)) {
            return Ok(letter.to_owned());
        }
        tokio::time::sleep(PATIENCE / 100).await;
    }
    Ok(String::new())
}

/// An order for tea.
fn tea(user: &str) -> Call {
    let order = json!({"user_id": user, "items": [{"sku": "TEA-1", "price": "4.50"}]});
    Call::new("POST", "/v1/orders").json(order)
}
