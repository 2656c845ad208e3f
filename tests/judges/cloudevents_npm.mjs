// The other side of cloudevents_npm.sh: reads and writes CloudEvents on NATS and Redis with other people's libraries.
// Usage: node cloudevents_npm.mjs <folder of node modules> <nats or redis> <server> <prefix> <there, read, write or clean>
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, bus, server, prefix, step] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "here.js"));
const { CloudEvent, HTTP } = require("cloudevents");

const TIME = "2026-01-02T03:04:05.678901Z";
const BYTES = Buffer.from([0x00, 0xff, 0x25]);

/* What both sides know; Rust has the same. */
function events(source) {
  const same = { source: `/${source}`, type: "judge.made", specversion: "1.0", time: TIME };
  return [
    { ...same, id: '1 "%" Zoë', subject: "Zoë's \"key\" 100%\u{1f98a}", datacontenttype: "application/json",
      dataschema: "https://example.com/schema", partitionkey: "key", tenant: "a b", data: { note: "Zoë 100%" } },
    { ...same, id: "2", datacontenttype: "application/octet-stream", data: BYTES },
    { ...same, id: "3" },
  ].map((all) => new CloudEvent(all));
}

const attributes = (event) => {
  const { data, data_base64, ...rest } = event.toJSON();
  return JSON.parse(JSON.stringify(rest));
};

/* What a message says by the binding of HTTP, in which the type of the data is the content type. */
function toEvent({ headers, body }) {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const { "ce-datacontenttype": stated, ...rest } = lower;
  if (stated) {
    assert.ok(!rest["content-type"] || rest["content-type"] === stated, JSON.stringify(headers));
    rest["content-type"] = stated;
  }
  const text = /json/.test(rest["content-type"] ?? "json");
  return HTTP.toEvent({ headers: rest, body: body.length === 0 ? undefined : text ? body.toString("utf8") : body });
}

/* The messages that the bus is to read: attributes, and a body. */
function* written() {
  for (const [form, convert] of [["binary", HTTP.binary], ["structured", HTTP.structured]]) {
    for (const event of events(form)) {
      const { headers, body } = convert(event);
      // The SDK says JSON where there is neither data nor a type of it.
      if (form === "binary" && event.data === undefined) delete headers["content-type"];
      // JavaScript's dates know milliseconds, and the SDK makes one of the time when it writes: both sides know the whole of it.
      if (form === "binary") headers["ce-time"] = TIME;
      const whole = form === "binary" ? body : body.replace(new Date(TIME).toISOString(), TIME);
      yield { headers, body: Buffer.isBuffer(whole) ? whole : Buffer.from(whole ?? "") };
    }
  }
}

/* What an event says. Bytes of a structured one are 32-bit numbers to the SDK, a byte each. */
const said = ({ data }) => (ArrayBuffer.isView(data) ? Buffer.from(Array.from(data)) : data ?? undefined);

function judge(found) {
  const expected = events("fourfold");
  expected.push(new CloudEvent({ ...attributes(expected[2]), id: "4", data: BYTES }));
  for (const event of expected) {
    const other = found.find((one) => one.id === event.id);
    assert.ok(other, `${event.id} is missing`);
    assert.deepEqual(attributes(other), attributes(event));
    assert.deepEqual(said(other), said(event));
  }
  assert.equal(found.length, expected.length);
  console.log(`${bus}: ${found.length} events of the bus read`);
}

const percent = (text) => Array.from(Buffer.from(text), (byte) =>
  byte > 0x20 && byte < 0x7f && !'"%'.includes(String.fromCharCode(byte)) ? String.fromCharCode(byte)
    : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");

const buses = {
  async nats() {
    const { connect, headers: newHeaders, AckPolicy, DeliverPolicy } = require("nats");
    const client = await connect({ servers: server, reconnect: false, timeout: 5000 });
    const manager = await client.jetstreamManager();
    const subject = `${prefix}.events.judge.made`;
    return {
      there: () => manager.getAccountInfo(),
      async read() {
        const stream = client.jetstream();
        const options = { ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All, filter_subject: subject };
        const { name } = await manager.consumers.add(`${prefix}-events`, options);
        const consumer = await stream.consumers.get(`${prefix}-events`, name);
        const all = [];
        for await (const message of await consumer.fetch({ max_messages: 10, expires: 2000 })) {
          const headers = Object.fromEntries(message.headers.keys().filter((name) => !name.startsWith("Nats-"))
            .map((name) => [name, decodeURIComponent(message.headers.get(name))]));
          all.push({ headers, body: Buffer.from(message.data) });
        }
        return all;
      },
      async write(messages) {
        await manager.streams.purge(`${prefix}-events`);
        for (const { headers, body } of messages) {
          const own = newHeaders();
          for (const [name, value] of Object.entries(headers)) own.set(name, percent(String(value)));
          await client.jetstream().publish(subject, body, { headers: own });
        }
      },
      async clean() {
        for (const of of ["events", "groups", "dead"]) await manager.streams.delete(`${prefix}-${of}`).catch(() => {});
      },
      close: () => client.drain(),
    };
  },
  async redis() {
    const { createClient, RESP_TYPES } = require("redis");
    const client = createClient({ url: server, socket: { reconnectStrategy: false } });
    client.on("error", () => {});
    await client.connect();
    const log = `{${prefix}}:events`;
    return {
      there: () => client.ping(),
      async read() {
        const bytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
        const entries = await client.sendCommand(["XRANGE", log, "-", "+"], bytes);
        return entries.map(([, fields]) => {
          const headers = {};
          let body = Buffer.alloc(0);
          for (let at = 0; at < fields.length; at += 2) {
            const name = fields[at].toString("utf8");
            if (name === "data") body = fields[at + 1];
            else headers[name] = fields[at + 1].toString("utf8");
          }
          return { headers, body };
        });
      },
      async write(messages) {
        await client.sendCommand(["XTRIM", log, "MAXLEN", "0"]);
        for (const { headers, body } of messages) {
          const fields = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
          await client.sendCommand(["XADD", log, "*", ...fields, "data", body]);
        }
      },
      async clean() {
        const keys = await client.keys(`{${prefix}}:*`);
        if (keys.length) await client.del(keys);
      },
      close: () => client.close(),
    };
  },
};

const here = await buses[bus]().catch((error) => { console.error(error.message); process.exit(1); });
if (step === "read") judge((await here.read()).map(toEvent));
else if (step === "write") {
  const all = [...written(), { headers: {}, body: Buffer.from("no event") }];
  await here.write(all);
  console.log(`${bus}: ${all.length - 1} events written for the bus, and something that is none`);
} else await here[step]();
await here.close();
