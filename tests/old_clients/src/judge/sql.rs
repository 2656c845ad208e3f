//! The rows that are there, and the release before on the same database.

use fourfold::Role;

use super::http;
use super::verdict::Observed;
use super::world::{self, World, key, rest};

pub(super) async fn look(world: &World<'_>, observed: &mut Vec<Observed>) -> Result<(), String> {
    let sql = match &world.plan.migration {
        Ok(sql) => sql,
        Err(refused) => {
            observed.push(Observed::broken("sql", refused.join("; ")));
            return Ok(());
        }
    };
    let database = world.left_behind("sql")?;
    let old = world.old(&database, Role::Server).await?;
    let migrated = world::migrate(&database, sql);
    if let Err(why) = &migrated {
        observed.push(Observed::broken("sql", format!("the migration fails: {why}")));
    }
    match world.new_one(&database, Role::Server).await {
        _ if migrated.is_err() => {}
        Err(why) => observed.push(Observed::broken("sql", why)),
        Ok(new) => {
            let beside = side_by_side(world, &old, &new, observed).await;
            new.running.stop().await;
            beside?;
        }
    }
    old.running.stop().await;
    Ok(())
}

async fn side_by_side(
    world: &World<'_>,
    old: &world::Served,
    new: &world::Served,
    observed: &mut Vec<Observed>,
) -> Result<(), String> {
    let (before, after) = (&world.plan.before, &world.plan.after);
    let mut broken = |what: String| observed.push(Observed::broken("sql", what));
    if before.name == after.name {
        for id in &world.ids {
            let path = format!("{}/{id}", after.path);
            let read = http::send(new.address, "GET", &path, ("", None)).await?;
            if !read.is_good() {
                broken(format!("a row that is there: {} {}", read.status, read.body));
            }
        }
    }
    let mut made = world.ids.clone();
    for body in &after.creates {
        let answer = http::send(new.address, "POST", &after.path, ("", Some(&rest(body)))).await?;
        if answer.is_good() && before.name == after.name {
            made.push(key(&answer.body["id"]));
        }
    }
    for id in &made {
        let path = format!("{}/{id}", before.path);
        let read = http::send(old.address, "GET", &path, ("", None)).await?;
        if !read.is_good() {
            broken(format!("the release before reads {path}: {} {}", read.status, read.body));
        }
    }
    for body in &before.later {
        let answer = http::send(old.address, "POST", &before.path, ("", Some(&rest(body)))).await?;
        if !answer.is_good() {
            broken(format!("the release before writes {}: {} {}", rest(body), answer.status, answer.body));
        }
    }
    if let Some(first) = world.ids.first() {
        for body in &before.updates {
            let path = format!("{}/{first}", before.path);
            let answer = http::send(old.address, "PATCH", &path, ("", Some(&rest(body)))).await?;
            if !answer.is_good() {
                broken(format!(
                    "the release before changes a row {}: {} {}",
                    rest(body),
                    answer.status,
                    answer.body
                ));
            }
        }
    }
    Ok(())
}
