#!/usr/bin/env bash
# Events on NATS and on RabbitMQ before a foreign reader and writer: nats-py, pika and Python's cloudevents read what the bus
# publishes, and the bus reads what they publish, in the binary and in the structured form. Usage: tests/judges/cloudevents.sh.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools cloudevents nats-py==2.16.0 cloudevents==2.2.0 pika==1.4.4
need cargo "install Rust"

name="fourfold-judge-$$"
# side <bus> <test>
side() { cargo_test --lib -- --ignored --exact "events::$1::tests::judge::$2"; }

nats() {
  server="${FOURFOLD_TEST_NATS_URL:-nats://127.0.0.1:4222}"
  export FOURFOLD_JUDGE_NATS_URL="$server/$name"
  peer() { "$pypi_bin/python" "$judges/cloudevents_nats.py" "$server" "$name" "$1"; }
  peer there || missing "there is no NATS with JetStream at ${server##*@}"
  trap 'peer clean' EXIT
  side nats it_publishes_what_python_reads
  peer read
  peer write
  side nats it_reads_what_python_publishes
}

amqp() {
  server="${FOURFOLD_TEST_AMQP_URL:-amqp://guest:guest@127.0.0.1:5672}"
  # Not local: the trap runs after this function.
  folder="$(mktemp -d)"
  export FOURFOLD_JUDGE_AMQP_URL="$server?exchange=$name" FOURFOLD_JUDGE_LEDGER="sqlite:$folder/ledger.db"
  # To pika, a path that is not there is the virtual host without a name.
  pika="$server"
  [[ "$server" == *://*/* ]] || pika="$server/%2F"
  peer() { "$pypi_bin/python" "$judges/cloudevents_amqp.py" "$pika" "$name" "$1"; }
  peer there || missing "there is no RabbitMQ at ${server##*@}"
  trap 'rm -rf "$folder"; peer clean' EXIT
  peer bind
  side amqp it_publishes_what_python_reads
  peer read
  side amqp it_listens_to_what_python_will_publish
  peer write
  side amqp it_reads_what_python_published
}

(nats)
(amqp)
