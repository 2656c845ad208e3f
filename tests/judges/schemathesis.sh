#!/usr/bin/env bash
# The example services before schemathesis: requests made from what the documents say, valid and not, alone and in sequences;
# fails on any answer that the documents or HTTP don't allow. Usage: tests/judges/schemathesis.sh [<cases an operation>] [<seed>].
set -euo pipefail
. "$(dirname "$0")/tools.sh"

cases="${1:-120}"
seed="${2:-1}"
pypi_tools schemathesis schemathesis==4.32.5
need cargo "install Rust"
need curl "install curl"

programs

folder="$(mktemp -d)"
pids=()
clean() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap clean EXIT

found=0
for service in user order; do
  address="127.0.0.1:$(free_port)"
  # The order service asks the user service, which is started first and goes on running.
  [ "$service" = order ] || export USER_SERVICE_URL="grpc://$address"
  # A watch would go on for an hour.
  FOURFOLD_WATCH_LIFETIME=20ms FOURFOLD_LISTEN="$address" DATABASE_URL="sqlite:$folder/$service.db" RUST_LOG=warn \
    "$target/debug/$service" >"$folder/$service.log" 2>&1 &
  pids+=("$!")
  wait_for "http://$address/readyz" || {
    cat "$folder/$service.log"
    fail "the service $service does not start"
  }
  printf '==> %s\n' "$service"
  (cd "$folder" && SCHEMATHESIS_HOOKS=hooks PYTHONPATH="$judges" "$pypi_bin/schemathesis" \
    --config-file "$judges/schemathesis.toml" run "http://$address/openapi.json" \
    --checks all --max-examples "$cases" --seed "$seed" --no-color) || found=1
  if grep -q -i panicked "$folder/$service.log"; then
    cat "$folder/$service.log"
    found=1
  fi
done
[ "$found" = 0 ] || exit 1
printf 'no findings\n'
