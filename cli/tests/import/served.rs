//! The structs that were written, compiled here with all lints, and served on the database that they are of.

use fourfold::{Config, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

macro_rules! structs {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[allow(dead_code, unreachable_pub, reason = "they are those of a crate of its own")]
            mod $name {
                include!(concat!("goldens/", $file));
            }
        )*
    };
}

structs! {
    django: "django.sqlite.rs",
    flask_postgres: "flask.postgres.rs",
    flask_sqlite: "flask.sqlite.rs",
    nasty_postgres: "nasty.postgres.rs",
    nasty_sqlite: "nasty.sqlite.rs",
    rails: "rails.postgres.rs",
    types_postgres: "types.postgres.rs",
    types_sqlite: "types.sqlite.rs",
    protos_library: "library.proto.rs",
    protos_old: "old.proto.rs",
    protos_greeter: "greeter.proto.rs",
}

async fn call(server: &fourfold::Running, method: &str, path: &str, body: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.expect("it listens");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it takes it");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("it answers");
    text
}

fn config(url: &str) -> Config {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = url.into();
    config
}

/// A service reads and writes what Django wrote.
pub(crate) async fn of_django(url: &str) {
    let server = Server::new(config(url))
        .mount::<django::shop_category::ShopCategory>()
        .mount::<django::shop_product::ShopProduct>()
        .start()
        .await
        .expect("it starts");
    let path = "/v1/shop-products/01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e";
    let answer = call(&server, "GET", path, "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for part in [
        "\"price\":\"19.9\"",
        "\"created\":\"2024-01-02T03:04:05.678901Z\"",
        "\"in_stock\":true",
        "\"released\":\"2024-02-29\"",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    let answer = call(&server, "PATCH", path, "{\"stock\": 9}").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"stock\":9"), "{answer}");
    let answer = call(&server, "PATCH", path, "{\"stock\": -1}").await;
    assert!(answer.starts_with("HTTP/1.1 422") || answer.starts_with("HTTP/1.1 400"), "{answer}");
    let answer =
        call(&server, "POST", "/v1/shop-categories", "{\"name\": \"Maps\", \"slug\": \"maps\"}").await;
    assert!(answer.starts_with("HTTP/1.1 201") && answer.contains("\"id\":3"), "{answer}");
    server.stop().await;
}
