//! {{ title }} over the wire.

use fourfold::Resource as _;
use fourfold::tasks::TaskState;
use {{ krate }}::resources::{{ module }}::{{ "{" }}{{ name }}, {{ name }}Event{{ "}" }};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::generated::clients::{{ package }}::{
{%- for import in imports %}
    {{ import }},
{%- endfor %}
};
use crate::{PATIENCE, SCHEMES, client, server, start};

/// Makes {{ doc }}, and whatever it needs.
pub(crate) async fn make(client: &fourfold::client::Client) -> {{ name }}Message {
    let made = {{ name }}Message {
{%- for sample in samples %}
        {{ sample.name }}: {{ sample.rust }},
{%- endfor %}
        ..Default::default()
    };
    let api = {{ name }}Client::new(client.clone());
    api.create(made).await.expect("it is made")
}

#[tokio::test]
async fn rest_and_grpc_do_the_same() {
    for scheme in SCHEMES {
        let service = start(server()).await;
        let client = client(scheme, &service);
        let made = make(&client).await;
        let api = {{ name }}Client::new(client);
        let read = api.get({{ wire_id }}).await.expect("it is there");
        assert_eq!(read, made, "{scheme}");
        let page = api.list({{ list_request }}::default()).await.expect("a page");
        assert_eq!(page.{{ plural }}, [read], "{scheme}");
        api.delete({{ wire_id }}).await.expect("it is deleted");
        let gone = api.get({{ wire_id }}).await.expect_err("it is gone");
        assert!(gone.is_not_found(), "{scheme}: {gone}");
        service.stop().await;
    }
}

#[tokio::test]
async fn a_task_deletes_one() {
    let service = start(server()).await;
    let client = client("grpc", &service);
    let made = make(&client).await;
    let inside = service.service();
    let tasks = inside.tasks().expect("the service has tasks");
{%- if id == "Uuid" %}
    let id = made.id.parse().expect("a UUID");
    let task = {{ name }}::tasks(tasks).delete(id).await.expect("it is enqueued");
{%- else if id == "i64" %}
    let task = {{ name }}::tasks(tasks).delete(made.id).await.expect("it is enqueued");
{%- else %}
    let id = made.id().to_owned();
    let task = {{ name }}::tasks(tasks).delete(id).await.expect("it is enqueued");
{%- endif %}
    let status = tasks.wait(task.id, PATIENCE).await.expect("the tasks are there");
    let status = status.expect("the task is known");
    assert_eq!(status.state, TaskState::Succeeded, "{status:?}");
    let gone = {{ name }}Client::new(client).get({{ wire_id }}).await.expect_err("it is gone");
    assert!(gone.is_not_found(), "{gone}");
    service.stop().await;
}

async fn hear(event: {{ name }}Event, ctx: &fourfold::Context) -> fourfold::Result<()> {
    let heard = ctx.state::<UnboundedSender<{{ name }}Event>>();
    let heard = heard.ok_or_else(|| fourfold::Error::internal("the test gave the server no channel"))?;
    heard.send(event).map_err(|_| fourfold::Error::internal("the test has ended"))
}

#[tokio::test]
async fn an_event_says_that_one_was_made() {
    let (sender, mut heard) = unbounded_channel();
    let service = start(server().state(sender).subscribe("test", hear)).await;
    let made = make(&client("http", &service)).await;
    let event = timeout(PATIENCE, heard.recv()).await.expect("it comes").expect("an event");
    let {{ name }}Event::Created(event) = event else {
        panic!("another event came first");
    };
{%- if id == "Uuid" %}
    assert_eq!(event.{{ singular }}.id.to_string(), made.id);
{%- else if id == "i64" %}
    assert_eq!(event.{{ singular }}.id, made.id);
{%- else %}
    assert_eq!(event.{{ singular }}.id, made.id());
{%- endif %}
    service.stop().await;
}

