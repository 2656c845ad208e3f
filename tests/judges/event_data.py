"""What the example services publish in protobuf, as Python's cloudevents reads the envelope and its protobuf the data, by the
committed contracts; and what the order service makes of an event that Python has written. Usage: event_data.py <the bus>."""

import base64
import json
import sqlite3
import sys
import time
import uuid

from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from google.protobuf import message_factory, symbol_database, unknown_fields

from shop.order.v1 import order_pb2  # noqa: F401
from shop.user.v1 import user_pb2

BUS = sys.argv[1]
SECRET = b"correct horse"


def rows(query, *values):
    with sqlite3.connect(BUS, timeout=10) as bus:
        return bus.execute(query, values).fetchall()


def told():
    """The events on the bus: their attributes, and their data as messages."""
    pool = symbol_database.Default().pool
    out = []
    for (text,) in rows("SELECT event FROM fourfold_events ORDER BY seq"):
        headers = {"content-type": "application/cloudevents+json"}
        event = from_http_event(HTTPMessage(headers=headers, body=text.encode()))
        assert event.get_datacontenttype() == "application/protobuf", text
        host, _, name = event.get_dataschema().rpartition("/")
        assert host == "https://type.googleapis.com", text
        message = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()
        data = event.get_data()
        message.ParseFromString(data)
        assert len(unknown_fields.UnknownFieldSet(message)) == 0, (name, data)
        assert SECRET not in data, name
        out.append((event, message))
    return out


def wait(what, holds):
    for _ in range(200):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come to pass")


TYPES = {f"shop.user.v1.user.{what}" for what in ["created", "updated", "deleted"]} | {"shop.order.v1.order.created"}
wait("an event of each type", lambda: TYPES <= {event.get_type() for event, _ in told()})
seen = told()
for event, message in seen:
    if event.get_type().startswith("shop.user"):
        assert message.user.id == event.get_subject() and message.user.email, message
        assert not message.user.HasField("password") and message.user.etag == "", message
    if event.get_type() == "shop.user.v1.user.updated":
        assert "updated_at" in message.changed.paths and message.before.id == message.user.id, message
    if event.get_type() == "shop.order.v1.order.created":
        assert message.order.items[0].price and message.order.status == order_pb2.ORDER_STATUS_PLACED, message

# The order service listens to users who leave; this one has never been, and is of a later version.
left = user_pb2.UserDeleted(user=user_pb2.User(id=str(uuid.uuid4()), role=99))
event = {
    "specversion": "1.0", "id": str(uuid.uuid4()), "source": "/python", "type": "shop.user.v1.user.deleted",
    "datacontenttype": "application/protobuf",
}
event["data_base64"] = base64.b64encode(left.SerializeToString() + b"\x9a\x06\x02hi").decode()
with sqlite3.connect(BUS, timeout=10) as bus:
    bus.execute(
        "INSERT INTO fourfold_events (source, id, type, key, published_at, event) VALUES (?, ?, ?, NULL, ?, ?)",
        (event["source"], event["id"], event["type"], time.time_ns() // 1000, json.dumps(event)),
    )
    (last,) = bus.execute("SELECT max(seq) FROM fourfold_events").fetchone()
wait(
    "that it is dealt with",
    lambda: rows("SELECT 1 FROM fourfold_event_groups WHERE name = 'orders' AND position >= ?", last)
    and not rows("SELECT 1 FROM fourfold_event_open"),
)
assert rows("SELECT error FROM fourfold_event_dead") == [], rows("SELECT error FROM fourfold_event_dead")
print(f"{len(seen)} events in protobuf: as expected")
