#!/usr/bin/env bash
# The AsyncAPI documents before the parser of AsyncAPI: no error and no warning but those that are a service's owner's affair.
# The JSON Schemas before ajv, with their examples, and with the events that the example services publish on the walk of
# `shop`. Usage: tests/judges/asyncapi.sh [<contracts>..]; without folders, those of the examples and of tests/fixture.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
need cargo "install Rust"
need python3 "install Python 3.10 or later"
npm_tools @asyncapi/parser@3.6.3 ajv@8.20.0 ajv-formats@3.0.1

if [ $# -gt 0 ]; then
  exec node "$judges/asyncapi.mjs" "$cache/npm/node_modules" - "$@"
fi
programs
# The tests write one more document, of events in every shape; that of tests/fixture is not committed either.
cargo_test --test asyncapi
(cd "$root" && "$target/debug/cargo-fourfold" fourfold generate --manifest-path tests/fixture/Cargo.toml)

folder="$(mktemp -d)"
TMPDIR="$folder" "$target/debug/shop" >"$folder/shop.log" 2>&1 &
shop="$!"
trap 'kill "$shop" 2>/dev/null || true; rm -rf "$folder"' EXIT
for _ in $(seq 120); do
  ! grep -q 'keep serving' "$folder/shop.log" || break
  kill -0 "$shop" 2>/dev/null || { cat "$folder/shop.log"; fail "the walk ended early"; }
  sleep 1
done
python3 - "$folder"/fourfold-shop-*/events.db >"$folder/events.jsonl" <<'PYTHON'
import json, sqlite3, sys
for (event,) in sqlite3.connect(sys.argv[1]).execute("SELECT event FROM fourfold_events ORDER BY seq"):
    print(json.dumps(json.loads(event)))
PYTHON
node "$judges/asyncapi.mjs" "$cache/npm/node_modules" "$folder/events.jsonl" \
  "$root/examples/user/contracts" "$root/examples/order/contracts" "$root/tests/fixture/contracts" "$target/tmp/events"
printf 'no findings\n'
