"""The other side of cloudevents.sh: reads and writes CloudEvents on NATS with other people's libraries."""

import asyncio
import sys
from datetime import datetime, timezone

import nats
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_http_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent

SERVER, PREFIX, STEP = sys.argv[1:]
TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
BYTES = b"\x00\xff%"


def events(source):
    """What both sides know; Rust has the same."""
    same = {"source": f"/{source}", "type": "judge.made", "specversion": "1.0", "time": TIME}
    whole = {
        **same,
        "id": '1 "%" Zoë',
        "subject": "Zoë's \"key\" 100%\U0001f98a",
        "datacontenttype": "application/json",
        "dataschema": "https://example.com/schema",
        "partitionkey": "key",
        "tenant": "a b",
    }
    return [
        CloudEvent(whole, {"note": "Zoë 100%"}),
        CloudEvent({**same, "id": "2", "datacontenttype": "application/octet-stream"}, BYTES),
        CloudEvent({**same, "id": "3"}),
    ]


async def read(stream):
    expected = {event.get_id(): event for event in events("fourfold")}
    expected["4"] = CloudEvent({**expected["3"].get_attributes(), "id": "4"}, BYTES)
    found = {}
    subscription = await stream.subscribe(f"{PREFIX}.events.judge.made", ordered_consumer=True)
    while len(found) < len(expected):
        message = await subscription.next_msg(timeout=5)
        headers = {name.lower(): value for name, value in message.headers.items()}
        # The binding of NATS says the type of the data in an attribute, that of HTTP in the content type.
        stated = headers.pop("ce-datacontenttype", None)
        assert stated is None or headers.get("content-type") == stated, headers
        event = from_http_event(HTTPMessage(headers=headers, body=message.data))
        found[event.get_id()] = event
    for name, event in expected.items():
        attributes = {key: value for key, value in found[name].get_attributes().items() if value is not None}
        assert attributes == event.get_attributes(), (attributes, event.get_attributes())
        data = found[name].get_data() or None
        data = data.encode() if isinstance(data, str) else data
        assert data == event.get_data(), (data, event.get_data())
    print(f"{len(found)} events of the bus read")


async def write(stream):
    count = 0
    await stream.purge_stream(f"{PREFIX}-events")
    for form, convert in [("binary", to_binary_event), ("structured", to_structured_event)]:
        for event in events(form):
            message = convert(event)
            await stream.publish(f"{PREFIX}.events.judge.made", message.body, headers=message.headers)
            count += 1
    await stream.publish(f"{PREFIX}.events.judge.made", b"no event")
    print(f"{count} events written for the bus, and something that is none")


async def main():
    client = await nats.connect(SERVER, connect_timeout=5, allow_reconnect=False)
    stream = client.jetstream()
    if STEP == "there":
        await stream.account_info()
    elif STEP == "read":
        await read(stream)
    elif STEP == "write":
        await write(stream)
    elif STEP == "clean":
        for of in ["events", "groups", "dead"]:
            try:
                await stream.delete_stream(f"{PREFIX}-{of}")
            except nats.js.errors.NotFoundError:
                pass
    await client.close()


asyncio.run(main())
