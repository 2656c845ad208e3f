// AsyncAPI documents before the parser of AsyncAPI, JSON Schemas and example events before ajv.
// Usage: node asyncapi.mjs <folder of node modules> <events.jsonl or -> <contracts>..
import { createRequire } from "node:module";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const [modules, events, ...contracts] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "here.js"));
const { Parser } = require("@asyncapi/parser");
const { default: Ajv } = require("ajv/dist/2020.js");
const { default: Draft7 } = require("ajv");
const { default: formats } = require("ajv-formats");

// What a service's owner decides, and the advice to write a later version of AsyncAPI.
const LEFT_TO_OWNERS = ["asyncapi-id", "asyncapi-info-contact", "asyncapi-info-license", "asyncapi-latest-version",
  "asyncapi3-tags", "asyncapi-defaultContentType"];
// Names of ours for what has a pattern besides, and OpenAPI's for what has bounds.
const FORMATS = ["decimal", "duration", "uint32", "uint64", "int32", "int64", "float", "double"];

let found = 0;
const say = (place, text) => { found += 1; console.log(`${place}: ${text}`); };
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/* What checks a schema's own examples, at any depth. */
function examples(ajv, schema, at, place) {
  if (schema === null || typeof schema !== "object") return;
  if (Array.isArray(schema.examples) && !at.endsWith("/properties")) {
    const { examples: own } = schema;
    const check = ajv.getSchema(`${place}#${at}`);
    for (const example of own) if (!check(example)) say(place, `${at}: ${ajv.errorsText(check.errors)}`);
    counts.examples += own.length;
  }
  for (const [name, inner] of Object.entries(schema)) {
    if (name !== "examples") examples(ajv, inner, `${at}/${encodeURIComponent(name.replace(/~/g, "~0").replace(/\//g, "~1"))}`, place);
  }
}

/* The schema of an event that says nothing but what the schema knows: what is published here and now. */
const closed = (schema) => JSON.parse(JSON.stringify(schema), (_, part) =>
  part?.properties && part.type === "object" && !part.additionalProperties ? { ...part, additionalProperties: false } : part);

const counts = { documents: 0, messages: 0, schemas: 0, examples: 0, events: 0 };
const parser = new Parser();
const checks = new Map();

for (const folder of contracts) {
  const path = join(folder, "asyncapi.json");
  const { document, diagnostics } = await parser.parse(readFileSync(path, "utf8"), { source: path });
  counts.documents += 1;
  for (const { severity, code, message, path: at } of diagnostics) {
    if (severity < 2 && !LEFT_TO_OWNERS.includes(code)) say(path, `${code} at ${at.join("/")}: ${message}`);
  }
  if (!document) { say(path, "the parser makes no document of it"); continue; }
  counts.messages += document.allMessages().all().length;

  // The parser does not look into examples whose schemas refer to others.
  const own = json(path);
  const draft = new Draft7({ strict: false, allErrors: true });
  formats(draft);
  for (const name of FORMATS) draft.addFormat(name, true);
  draft.addSchema({ $id: "document.json", components: own.components });
  for (const [name, message] of Object.entries(own.components.messages)) {
    if (!message.examples?.length) say(path, `${name} has no example`);
    for (const [part, values] of ["headers", "payload"].map((part) => [part, message.examples?.map((one) => one[part]) ?? []])) {
      const check = draft.getSchema(`document.json#/components/messages/${name}/${part}`);
      for (const value of values) if (!check(value)) say(path, `${name}: ${part}: ${draft.errorsText(check.errors)}`);
    }
  }

  const schemas = join(folder, "schemas");
  const sent = new Set(Object.values(own.operations).filter((one) => one.action === "send")
    .map((one) => one.channel.$ref.split("/").pop()));
  const files = existsSync(schemas) ? readdirSync(schemas) : [];
  for (const file of files) {
    const schema = json(join(schemas, file));
    const ajv = new Ajv({ strict: true, strictTypes: false, allowUnionTypes: true, allErrors: true, coerceTypes: false });
    formats(ajv);
    for (const name of FORMATS) ajv.addFormat(name, true);
    if (schema.$id !== file) say(file, `its $id is ${schema.$id}`);
    try {
      checks.set(schema.title, { ajv, check: ajv.compile(closed(schema)) });
      ajv.removeSchema(schema.$id);
      ajv.addSchema(schema);
      examples(ajv, schema, "", schema.$id);
    } catch (error) {
      say(file, error.message);
    }
    counts.schemas += 1;
    if (!sent.delete(file.slice(0, -".json".length))) say(file, "nothing is published of this type");
  }
  for (const type of sent) say(folder, `there is no schema of ${type}`);
}

if (events !== "-") {
  const seen = new Map();
  for (const line of readFileSync(events, "utf8").split("\n").filter(Boolean)) {
    const { type, data } = JSON.parse(line);
    const known = checks.get(type);
    seen.set(type, (seen.get(type) ?? 0) + 1);
    counts.events += 1;
    if (!known) say(type, "was published, and no contract says so");
    else if (!known.check(data)) say(type, known.ajv.errorsText(known.check.errors));
  }
  console.log([...seen].map(([type, count]) => `  ${type}: ${count}`).sort().join("\n"));
  if (!counts.events) say(events, "no event was published");
}
console.log(Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(", "));
process.exit(found ? 1 : 0);
