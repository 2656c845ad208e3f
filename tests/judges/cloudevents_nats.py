"""The other side of cloudevents.sh: reads and writes CloudEvents on NATS with other people's libraries."""

import asyncio
import sys

import nats
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_http_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents_known import compare, events, expected

SERVER, PREFIX, STEP = sys.argv[1:]


async def read(stream):
    found = {}
    subscription = await stream.subscribe(f"{PREFIX}.events.judge.made", ordered_consumer=True)
    while len(found) < len(expected()):
        message = await subscription.next_msg(timeout=5)
        headers = {name.lower(): value for name, value in message.headers.items()}
        # The binding of NATS says the type of the data in an attribute, that of HTTP in the content type.
        stated = headers.pop("ce-datacontenttype", None)
        assert stated is None or headers.get("content-type") == stated, headers
        event = from_http_event(HTTPMessage(headers=headers, body=message.data))
        found[event.get_id()] = event
    compare(found)


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
