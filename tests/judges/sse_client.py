"""The user service as a reader of server-sent events sees it, by the rules of the standard and nothing of ours.
Usage: sse_client.py <address of user>."""

import http.client
import json
import sys


class EventSource:
    """What a browser does with a stream: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

    def __init__(self, address, path, last_event_id=""):
        self.connection = http.client.HTTPConnection(address, timeout=60)
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        self.last_event_id = last_event_id
        self.reconnection_time = None

    def events(self):
        name, data, last_id = "", [], self.last_event_id
        while line := self.answer.readline():
            line = line.decode().rstrip("\n").rstrip("\r")
            if line == "":
                self.last_event_id = last_id
                if data:
                    yield name or "message", "\n".join(data)
                name, data = "", []
                continue
            field, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id" and "\0" not in value:
                last_id = value
            elif field == "retry" and value.isdigit():
                self.reconnection_time = int(value)

    def close(self):
        self.connection.close()


def call(address, method, path, body=None):
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 300, (answer.status, text)
    return json.loads(text) if text else None


def main():
    address = sys.argv[1]
    source = EventSource(address, "/v1/users:watch")
    assert source.answer.status == 200, source.answer.read()
    assert source.answer.headers["Content-Type"] == "text/event-stream", source.answer.headers
    user = {"email": "heard@example.com", "name": "Heard", "password": "correct horse"}
    made = call(address, "POST", "/v1/users", user)
    call(address, "PATCH", f"/v1/users/{made['id']}", {"name": "Seen"})
    events = source.events()
    name, data = next(events)
    assert name == "created" and json.loads(data)["user"] == made, (name, data)
    name, data = next(events)
    told = json.loads(data)
    assert name == "updated" and told["before"]["name"] == "Heard" and told["user"]["name"] == "Seen", data
    assert source.reconnection_time and source.last_event_id, vars(source)
    assert "correct horse" not in data and "password" not in data, data
    source.close()

    call(address, "DELETE", f"/v1/users/{made['id']}")
    source = EventSource(address, "/v1/users:watch", source.last_event_id)
    name, data = next(source.events())
    assert name == "deleted" and json.loads(data)["user"]["id"] == made["id"], (name, data)
    source.close()

    for token, status in [("nonsense", 400)]:
        refused = EventSource(address, f"/v1/users:watch?resume_token={token}")
        assert refused.answer.status == status, refused.answer.status
        refused.close()
    print("server-sent events: as expected")


if __name__ == "__main__":
    main()
