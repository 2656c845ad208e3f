"""The CloudEvents that both sides of cloudevents.sh know; Rust has the same."""

from datetime import datetime, timezone

from cloudevents.core.v1.event import CloudEvent

TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
BYTES = b"\x00\xff%"


def events(source):
    """What a side publishes."""
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


def expected():
    """What the bus publishes, by id."""
    known = {event.get_id(): event for event in events("fourfold")}
    known["4"] = CloudEvent({**known["3"].get_attributes(), "id": "4"}, BYTES)
    return known


def compare(found):
    """What was read of the bus is what it published."""
    for name, event in expected().items():
        attributes = {key: value for key, value in found[name].get_attributes().items() if value is not None}
        assert attributes == event.get_attributes(), (attributes, event.get_attributes())
        data = found[name].get_data() or None
        data = data.encode() if isinstance(data, str) else data
        assert data == event.get_data(), (data, event.get_data())
    print(f"{len(found)} events of the bus read")
