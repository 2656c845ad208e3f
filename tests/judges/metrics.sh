#!/usr/bin/env bash
# What monitoring is told, before the parser of Prometheus's own client. Usage: tests/judges/metrics.sh.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools metrics prometheus-client==0.26.0
need cargo "install Rust"
need curl "install curl"
programs

folder="$(mktemp -d)"
address="127.0.0.1:$(free_port)"
FOURFOLD_METRICS=on FOURFOLD_LISTEN="$address" DATABASE_URL="sqlite:$folder/order.db" RUST_LOG=warn \
  USER_SERVICE_URL="grpc://$address" "$target/debug/order" >"$folder/log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null; rm -rf "$folder"' EXIT
wait_for "http://$address/readyz" || { cat "$folder/log"; fail "the service does not start"; }
curl --silent --show-error --fail "http://$address/metrics" | "$pypi_bin/python" -c '
import sys
from prometheus_client.parser import text_string_to_metric_families

told = {family.name: family for family in text_string_to_metric_families(sys.stdin.read())}
for name in ("outbox_waiting", "outbox_oldest_seconds", "event_bus_up", "event_group_behind", "event_group_open", "event_group_dead"):
    family = told.pop(f"fourfold_{name}")
    assert family.type == "gauge" and family.documentation and family.samples, family
    assert all(sample.labels.get("group") for sample in family.samples if "group" in name), family
assert not told, told
'
printf 'no findings\n'
