#!/usr/bin/env bash
# Events on NATS before a foreign reader and writer: nats-py and Python's cloudevents read what the bus publishes, and the bus
# reads what they publish, in the binary and in the structured form. Usage: tests/judges/cloudevents.sh.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools cloudevents nats-py==2.16.0 cloudevents==2.2.0
need cargo "install Rust"

server="${FOURFOLD_TEST_NATS_URL:-nats://127.0.0.1:4222}"
prefix="fourfold-judge-$$"
export FOURFOLD_JUDGE_NATS_URL="$server/$prefix"
peer() { "$pypi_bin/python" "$judges/cloudevents_peer.py" "$server" "$prefix" "$1"; }
trap 'peer clean' EXIT

peer there || missing "there is no NATS with JetStream at ${server##*@}"
side() { (cd "$root" && cargo test --quiet --locked -p fourfold --features nats --lib -- --ignored --exact "events::nats::tests::judge::$1"); }
side it_publishes_what_python_reads
peer read
peer write
side it_reads_what_python_publishes
