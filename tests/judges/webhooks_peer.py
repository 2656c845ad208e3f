"""The other end of webhooks, in Python: a receiver that takes what is signed, and a sender whose signatures are to be taken.

Usage: webhooks_peer.py serve <secret> <file for the port> | sign <secret>
"""

import datetime
import http.server
import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            event = Webhook(sys.argv[2]).verify(body, headers)
            tampered(body, headers)
            status = 204 if set(event) == {"type", "timestamp", "data"} else 422
        except WebhookVerificationError as error:
            print(f"not taken: {error}", file=sys.stderr)
            status = 401
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def tampered(body, headers):
    """A judge that takes everything would be none."""
    try:
        Webhook(sys.argv[2]).verify(body + b" ", headers)
    except WebhookVerificationError:
        return
    raise WebhookVerificationError("it takes what was changed on the way")


if sys.argv[1] == "serve":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        file.write(str(server.server_port))
    server.serve_forever()
else:
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    body = '{"type": "from.python", "data": "\u00fc"}'
    signature = Webhook(sys.argv[2]).sign("msg_python", now, body)
    print(json.dumps({"id": "msg_python", "timestamp": str(int(now.timestamp())), "signature": signature, "body": body}))
