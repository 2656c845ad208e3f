//! What `tests/judges/webhooks.sh` asks for.

use super::*;
use crate::webhooks::Verifier;

fn said(name: &str) -> String {
    std::env::var(format!("FOURFOLD_JUDGE_WEBHOOKS_{name}")).expect("a judge says it")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a judge"]
async fn it_sends_what_others_take() {
    let (url, secret) = (said("URL"), said("SECRET"));
    let other = crate::webhooks::generate_secret().expect("a secret");
    let endpoint = |path: &str| Endpoint::new(format!("{url}{path}"), &*secret);
    let both = Endpoint::new(format!("{url}both"), other).also_signed_with(&*secret);
    let book = Book::of([endpoint(""), endpoint("path?and=query"), both]);
    let webhooks = Webhooks::new("partners", in_book::<Rang>).allow_private().retries([]);
    let house = House::new(webhooks, &book).await;
    house.ring("l\u{fc}t \"loud\" \u{1f514}").await;
    until(async || {
        let deliveries = house.deliveries().await;
        let ended = deliveries.iter().filter(|it| it.state.is_final());
        ended.inspect(|it| assert_eq!(it.state, TaskState::Succeeded, "{:?}", it.error)).count() == 3
    })
    .await;
}

#[test]
#[ignore = "needs a judge"]
fn it_takes_what_others_sign() {
    let signed: Json = serde_json::from_str(&said("SIGNED")).expect("JSON");
    let text = |name: &str| signed[name].as_str().expect("text").to_owned();
    let headers = ["id", "timestamp", "signature"].map(|name| {
        let header: http::HeaderName = format!("webhook-{name}").parse().expect("a name");
        (header, text(name).parse().expect("a value"))
    });
    let headers = http::HeaderMap::from_iter(headers);
    let verifier = Verifier::new(&said("SECRET")).expect("a secret");
    let taken = verifier.verify(&headers, text("body").as_bytes()).expect("signed");
    assert_eq!(taken.id, text("id"));
    verifier.verify(&headers, b"{}").expect_err("not what was signed");
}
