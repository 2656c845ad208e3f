//! Field types and field behaviour: what goes in comes out, and nothing else.

use fourfold::{Resource, Uuid};
use serde_json::{Value, json};

use crate::engines::on_every_engine;
use crate::resources::{Point, all};

pub fn sample() -> Value {
    json!({
        "text": "Zoë \u{1F600} \" \\ \n", "flag": true, "small": -2_147_483_648, "big": 9_223_372_036_854_775_807_i64,
        "small_count": 4_294_967_295_u32, "big_count": 18_446_744_073_709_551_615_u64, "ratio": 0.1,
        "number": 5e-324, "key": "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e", "moment": "2026-11-22T08:30:00.123456Z",
        "day": "0001-01-01", "span": "3.000001s", "price": "19.90", "bytes": "AP8=",
        "json": {"a": [1, -0.0, 1e19, null, {"b": "\u{0}"}]}, "color": "deep_blue",
        "point": {"x": -0.0, "y": 2.0, "label": null, "secret": "s"}, "texts": ["", "b"],
        "counts": [18_446_744_073_709_551_615_u64, 0], "prices": {"a b": "0.10", "": "1"},
        "points": [{"x": 1e300, "y": 1.5, "label": "l", "secret": null}],
        "places": {"home": {"x": 1.0, "y": 1.5, "label": null, "secret": null}},
        "maybe_text": null, "maybe_flag": false, "maybe_big": 9_223_372_036_854_775_808_u64, "maybe_moment": null,
        "maybe_bytes": "", "maybe_json": [1], "maybe_color": "red", "maybe_point": null, "maybe_texts": [],
        "maybe_map": {"k": -1}, "type": "raw",
    })
}

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let made = client.post("/v1/samples", sample()).await.expect(201);
        let read = client.get(made.header("location")).await.expect(200);
        assert_eq!(read.body, made.body, "{}", service.engine);
        let mut shown = read.json();
        assert!(shown.as_object_mut().unwrap().remove("id").is_some());
        assert_eq!(shown, sample(), "{}", service.engine);
        for (name, text) in [("number", "5e-324"), ("ratio", "0.1"), ("price", "\"19.90\""), ("y", "2.0")] {
            assert!(read.text().contains(&format!("\"{name}\":{text}")), "{name}: {}", read.text());
        }
        let list = client.get("/v1/samples").await.expect(200).json();
        assert_eq!(list["samples"][0], read.json());
        service.stop().await;
    }
}

#[tokio::test]
async fn every_field_of_the_wrong_type_is_named() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let wrong: Value =
            sample().as_object().unwrap().keys().map(|key| (key.clone(), json!([[true]]))).collect();
        let refused = client.post("/v1/samples", wrong).await.expect(400);
        let said = refused.violations().join("\n");
        for (name, _) in sample().as_object().unwrap() {
            let any = ["json", "maybe_json"].contains(&name.as_str());
            assert_eq!(said.contains(&format!("/{name}")), !any, "{name}: {said}");
        }
        for (name, bad) in [
            ("moment", json!("2026-11-22")),
            ("moment", json!("2026-11-22 08:30:00Z")),
            ("moment", json!("10000-01-01T00:00:00Z")),
            ("day", json!("2026-02-30")),
            ("span", json!("-1s")),
            ("span", json!("1")),
            ("price", json!(19.9)),
            ("price", json!("1e3")),
            ("price", json!("0.00000000000000000000000000001")),
            ("bytes", json!("A")),
            ("key", json!("01932C07209C7A4B8D1E5F6A7B8C9D0E")),
            ("big_count", json!(-1)),
            ("ratio", json!(1e39)),
            ("color", json!("blue")),
            ("color", Value::Null),
            ("counts", json!([1, null])),
            ("point", json!({"x": 1, "z": 2})),
        ] {
            let mut body = sample();
            body[name] = bad.clone();
            let refused = client.post("/v1/samples", body).await.expect(400);
            assert!(
                refused.violations()[0].starts_with(&format!("/{name}")),
                "{name} {bad}: {}",
                refused.text()
            );
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn a_patch_is_tri_state_all_the_way_down() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let made = client.post("/v1/samples", sample()).await.expect(201);
        let place = made.header("location").to_owned();
        let patch = json!({
            "point": {"y": 9.0, "secret": null},
            "places": {"home": {"label": "h"}, "work": {"x": 2}},
            "prices": {"": null, "c": "2"},
            "json": {"a": null, "b": {"c": 1}},
            "maybe_point": {"x": 3},
            "maybe_flag": null,
            "texts": ["only"],
        });
        let shown = client.patch(&place, patch).await.expect(200).json();
        assert_eq!(shown["point"], json!({"x": -0.0, "y": 9.0, "label": null, "secret": null}));
        assert_eq!(shown["places"]["home"], json!({"x": 1.0, "y": 1.5, "label": "h", "secret": null}));
        assert_eq!(shown["places"]["work"], json!({"x": 2.0, "y": 1.5, "label": null, "secret": null}));
        assert_eq!(shown["prices"], json!({"a b": "0.10", "c": "2"}));
        assert_eq!(shown["json"], json!({"b": {"c": 1}}));
        assert_eq!(shown["maybe_point"], json!({"x": 3.0, "y": 1.5, "label": null, "secret": null}));
        assert_eq!(
            (&shown["maybe_flag"], &shown["texts"], &shown["small"]),
            (&Value::Null, &json!(["only"]), &json!(-2_147_483_648))
        );
        let refused =
            client.patch(&place, json!({"text": null, "places": {"new": {"y": 1}}})).await.expect(400);
        assert_eq!(refused.violations(), ["/text null"]);
        let refused = client.patch(&place, json!({"places": {"new": {"y": 1}}})).await.expect(400);
        assert_eq!(refused.violations(), ["/places/new/x required"]);
        service.stop().await;
    }
}

#[tokio::test]
async fn nobody_writes_or_sees_what_is_not_theirs() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let account =
            json!({"email": "a@b.example", "nick": "nick", "pin": "1234", "country": "GB", "tax_id": "T1"});
        let forbidden = json!({
            "id": 99, "balance": 1000, "state": "closed", "made": "2020-01-01T00:00:00Z",
            "changed": "2020-01-01T00:00:00Z", "gone": "2020-01-01T00:00:00Z",
        });
        for (name, value) in forbidden.as_object().unwrap() {
            let mut body = account.clone();
            body[name] = value.clone();
            let refused = client.post("/v1/accounts", body).await.expect(400);
            assert_eq!(refused.violations(), [format!("/{name} output_only")]);
        }
        let made = client.post("/v1/accounts", account.clone()).await.expect(201);
        let place = made.header("location").to_owned();
        assert!(!made.text().contains("pin") && !made.text().contains("1234"), "{}", made.text());
        assert_eq!((made.json()["lucky"].clone(), made.json()["balance"].clone()), (json!(7), json!(0)));

        for method in ["PATCH", "PUT"] {
            for (name, value) in
                forbidden.as_object().unwrap().iter().chain([(&"country".to_owned(), &json!("FR"))])
            {
                let mut body = if method == "PUT" { account.clone() } else { json!({}) };
                body[name] = value.clone();
                let headers = [("content-type", "application/json")];
                let refused = client.send(method, &place, &headers, body.to_string()).await.expect(400);
                let code =
                    if ["id", "country"].contains(&name.as_str()) { "immutable" } else { "output_only" };
                assert_eq!(refused.violations(), [format!("/{name} {code}")], "{method}");
            }
        }
        // What a caller was shown it may send back.
        let shown = client.get(&place).await.expect(200).json();
        let mut whole = shown.clone();
        whole["nick"] = json!("other");
        let replaced = client.put(&place, whole).await.expect(200).json();
        assert_eq!(
            (&replaced["nick"], &replaced["made"], &replaced["country"]),
            (&json!("other"), &shown["made"], &json!("GB"))
        );
        assert!(replaced.get("pin").is_none());
        let refused = client.get("/v1/accounts?filter=pin%3D1234").await.expect(400);
        assert_eq!(refused.violations().len(), 1);
        service.stop().await;
    }
}

#[tokio::test]
async fn all_broken_rules_are_said_at_once_without_the_values() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let body = json!({"email": "nobody", "nick": "UPPER-CASE-LONG", "site": "not a url", "pin": "s3", "country": "GB", "lucky": 8});
        let refused = client.post("/v1/accounts", body).await.expect(400);
        assert_eq!(
            refused.violations(),
            ["/email email", "/nick length", "/nick pattern", "/site url", "/pin length", "/lucky custom"]
        );
        assert!(!refused.text().contains("s3\""), "{}", refused.text());
        let unknown = client.post("/v1/accounts", json!({"emial": 1, "nick": 2})).await.expect(400);
        assert_eq!(
            unknown.violations(),
            ["/emial unknown", "/nick type", "/email required", "/pin required", "/country required"]
        );
        assert!(unknown.text().contains("did you mean email?"), "{}", unknown.text());
        service.stop().await;
    }
}

/// A resource with a secret that is given once.
#[derive(Resource)]
#[resource(package = "test.locker.v1", path = "lockers")]
struct Locker {
    #[field(id)]
    id: Uuid,
    #[field(immutable, input_only)]
    code: String,
    #[field(output_only)]
    place: Option<Point>,
}

#[tokio::test]
async fn a_secret_that_is_given_once_is_not_found_out_by_guessing() {
    for service in on_every_engine(|server| server.mount::<Locker>()).await {
        let mut client = service.client().await;
        let id = client.post("/v1/lockers", json!({"code": "1234"})).await.expect(201).json()["id"].clone();
        let path = format!("/v1/lockers/{}", id.as_str().unwrap_or_default());
        let (right, wrong) = (json!({"code": "1234"}), json!({"code": "9999"}));
        for guess in [right, wrong] {
            for answer in [client.patch(&path, guess.clone()).await, client.put(&path, guess).await] {
                assert_eq!(answer.expect(400).violations(), ["/code immutable"], "{}", service.engine);
            }
        }
        client.put(&path, json!({})).await.expect(200);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_patch_inside_of_what_nobody_may_change_is_one_mistake() {
    for service in on_every_engine(|server| server.mount::<Locker>()).await {
        let mut client = service.client().await;
        let id = client.post("/v1/lockers", json!({"code": "1234"})).await.expect(201).json()["id"].clone();
        let path = format!("/v1/lockers/{}", id.as_str().unwrap_or_default());
        let answer = client.patch(&path, json!({"place": {"label": "x"}})).await.expect(400);
        assert_eq!(answer.violations(), ["/place output_only"], "{}", service.engine);
        service.stop().await;
    }
}
