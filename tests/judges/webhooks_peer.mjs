// The other end of webhooks, in JavaScript: a receiver that takes what is signed, and a sender whose signatures are to be taken.
// Usage: webhooks_peer.mjs serve <secret> <file for the port> | sign <secret>

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";

// From where the judges' tools are kept.
const { Webhook } = createRequire(process.env.FOURFOLD_NODE_MODULES + "/")("standardwebhooks");
const [, , what, secret, file] = process.argv;

function takes(body, headers) {
  try {
    return new Webhook(secret).verify(body, headers);
  } catch {
    return undefined;
  }
}

if (what === "serve") {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const event = takes(body, request.headers);
      // A judge that takes everything would be none.
      const judges = takes(body + " ", request.headers) === undefined;
      const whole = Object.keys(event ?? {}).sort().join() === "data,timestamp,type";
      response.statusCode = event && judges && whole ? 204 : 401;
      response.end();
    });
  });
  server.listen(0, "127.0.0.1", () => writeFileSync(file, String(server.address().port)));
} else {
  const now = new Date();
  const body = '{"type": "from.javascript", "data": "\u00fc"}';
  const signature = new Webhook(secret).sign("msg_javascript", now, body);
  const timestamp = String(Math.floor(now.getTime() / 1000));
  console.log(JSON.stringify({ id: "msg_javascript", timestamp, signature, body }));
}
