//! Starts the user and the order service on embedded SQLite, walks through what they can do with real requests, and
//! keeps serving until Ctrl-C. With `--once` it ends after the walk.

mod http;
mod walk;

use std::path::Path;
use std::process::ExitCode;

use fourfold::{Config, Result, Running, Server};
use order::generated::clients::shop::user::v1::UserClient;

#[tokio::main]
async fn main() -> ExitCode {
    let once = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--once") => true,
        Some(other) => {
            eprintln!("shop: {other} is not an option; the only one is --once (end after the walk)");
            return ExitCode::from(2);
        }
    };
    match shop(once).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("shop: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything was as expected.
async fn shop(once: bool) -> Result<bool> {
    let folder = std::env::temp_dir().join(format!("fourfold-shop-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let users = start(user_service(), &folder, "users", 8081).await?;
    let address = users.address();
    let client = UserClient::connect(&format!("grpc://{address}"))?;
    let orders = Server::new(Config::default()).state(client);
    let orders = orders.mount::<order::Order>().migrations(order::MIGRATIONS).task::<order::ConfirmOrder>();
    let orders = orders.subscribe("orders", order::cancel_orders);
    let orders = start(orders, &folder, "orders", 8082).await?;
    let client = |running: &Running| http::Client { address: running.address() };
    let mut walk = walk::Walk::new(client(&users), client(&orders));
    let user = walk.run().await?;
    walk.later(&user, orders.service().tasks()?).await?;
    users.stop().await;
    walk.without_users(&user).await?;
    let users = start(user_service(), &folder, "users", address.port()).await?;
    walk.users_again(&user).await?;
    walk.departure(&user).await?;

    if walk.surprises.is_empty() {
        println!("All {} steps went as expected.", walk.steps());
    } else {
        println!("Not as expected:\n  {}", walk.surprises.join("\n  "));
    }
    if !once {
        println!("The services keep serving; try them:");
        println!("  curl -i http://{}/v1/users", users.address());
        println!("  curl -i http://{}/v1/orders", orders.address());
        println!("  http://{}/docs  in a browser", orders.address());
        println!(
            "  npx @bufbuild/buf curl --protocol grpc --http2-prior-knowledge -d '{{\"page_size\": 2}}' \\"
        );
        println!("      http://{}/shop.user.v1.UserService/ListUsers", users.address());
        println!("Ctrl-C ends them.");
        tokio::signal::ctrl_c().await?;
    }
    users.stop().await;
    orders.stop().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(walk.surprises.is_empty())
}

fn user_service() -> Server {
    Server::new(Config::default()).mount::<user::User>().migrations(user::MIGRATIONS)
}

/// Starts a service on a database of its own; on another port if the usual one is taken.
async fn start(server: Server, folder: &Path, name: &str, port: u16) -> Result<Running> {
    let free = std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let database = folder.join(name).with_extension("db");
    let running = server
        .configure(|config| {
            config.listen.set_port(if free { port } else { 0 });
            config.database_url = format!("sqlite:{}", database.display()).into();
            // What happens in one service is heard in the other.
            config.events_url = Some(format!("sqlite:{}", folder.join("events.db").display()).into());
        })
        .start()
        .await?;
    println!("{name}: http://{}  ({})", running.address(), database.display());
    Ok(running)
}
