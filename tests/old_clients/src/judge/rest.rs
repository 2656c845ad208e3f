//! Old callers over REST.

use fourfold::Role;
use serde_json::Value;

use super::http::{self, Answer};
use super::same;
use super::verdict::Observed;
use super::world::{Served, World, rest};

/// A request, whether it makes something, and the answer.
type Step = (String, bool, Answer);

pub(super) async fn look(world: &World<'_>, observed: &mut Vec<Observed>) -> Result<(), String> {
    let served = world.old(&world.left_behind("rest-old")?, Role::Server).await?;
    let before = script(world, &served).await;
    served.running.stop().await;
    let served = match world.new_one(&world.migrated("rest-new")?, Role::Server).await {
        Ok(served) => served,
        Err(why) => {
            observed.push(Observed::broken("rest", why));
            return Ok(());
        }
    };
    let after = script(world, &served).await;
    served.running.stop().await;
    for ((what, is_new, old), (_, _, new)) in before?.iter().zip(after?) {
        if new.status >= 500 {
            observed.push(Observed::failed("rest", format!("{what}: {} {}", new.status, new.body)));
        }
        if !old.is_good() {
            continue;
        }
        if !new.is_good() {
            observed.push(Observed::broken("rest", format!("{what}: {} {}", new.status, new.body)));
        } else if let Some(why) = same::lost(&old.body, &new.body, *is_new) {
            observed.push(Observed::broken("rest", format!("{what}: {why}")));
        }
    }
    Ok(())
}

/// Everything that the old contract allows, once.
async fn script(world: &World<'_>, served: &Served) -> Result<Vec<Step>, String> {
    let side = &world.plan.before;
    let mut requests: Vec<(&str, String, Option<Value>)> = Vec::new();
    let row = |nth: usize| format!("{}/{}", side.path, world.ids.get(nth).map_or("", String::as_str));
    requests.extend((0..world.ids.len()).map(|nth| ("GET", row(nth), None)));
    requests.push(("GET", side.path.clone(), None));
    requests.extend(
        side.filters
            .iter()
            .map(|filter| ("GET", format!("{}?filter={}", side.path, http::escaped(filter)), None)),
    );
    requests.extend(
        side.orders
            .iter()
            .map(|order| ("GET", format!("{}?order_by={}", side.path, http::escaped(order)), None)),
    );
    requests.extend(side.updates.iter().map(|body| ("PATCH", row(0), Some(rest(body)))));
    requests.extend(side.seeds.get(1).map(|body| ("PUT", row(1), Some(rest(body)))));
    let calls = side.operations.iter();
    requests.extend(
        calls.map(|(operation, input)| ("POST", format!("{}/{operation}", row(2)), input.as_ref().map(rest))),
    );
    requests.push(("DELETE", row(3), None));
    let mut steps = Vec::new();
    for (method, path, body) in requests {
        let answer = http::send(served.address, method, &path, ("", body.as_ref())).await?;
        steps.push((format!("{method} {path} {}", body.unwrap_or_default()), false, answer));
    }
    for body in side.creates.iter().map(rest) {
        let answer = http::send(served.address, "POST", &side.path, ("", Some(&body))).await?;
        steps.push((format!("POST {} {body}", side.path), true, answer));
    }
    Ok(steps)
}
