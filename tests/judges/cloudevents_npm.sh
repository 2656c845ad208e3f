#!/usr/bin/env bash
# Events on NATS and on Redis before JavaScript: npm's cloudevents, with the clients of these, reads what the bus publishes, and
# the bus reads what it publishes, in the binary and in the structured form. Usage: tests/judges/cloudevents_npm.sh.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

npm_tools cloudevents@10.0.0 nats@2.29.3 redis@5.8.2
need node "install Node.js 20 or later"
need cargo "install Rust"

nats="${FOURFOLD_TEST_NATS_URL:-nats://127.0.0.1:4222}"
redis="${FOURFOLD_TEST_REDIS_URL:-redis://127.0.0.1:6379}"
prefix="fourfold-judge-npm-$$"
export FOURFOLD_JUDGE_NATS_URL="$nats/$prefix" FOURFOLD_JUDGE_REDIS_URL="$redis?prefix=$prefix"
peer() { node "$judges/cloudevents_npm.mjs" "$cache/npm/node_modules" "$1" "${!1}" "$prefix" "$2"; }
side() { cargo_test --lib -- --ignored --exact "events::$1::tests::judge::$2"; }

peer nats there || missing "there is no NATS with JetStream at ${nats##*@}"
peer redis there || missing "there is no Redis at ${redis##*@}"
trap 'peer nats clean; peer redis clean' EXIT
side nats it_publishes_what_python_reads
peer nats read
peer nats write
side nats it_reads_what_python_publishes
side redis it_publishes_what_others_read
peer redis read
peer redis write
side redis it_reads_what_others_publish
