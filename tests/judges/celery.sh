#!/usr/bin/env bash
# A service and real Celery workers call each other on RabbitMQ, with results over rpc and over Redis: counts what is sent,
# answered, lost and doubled, and fails on anything that a fleet of Python alone would not do. Usage: tests/judges/celery.sh
# [<tasks each way>].
set -euo pipefail
. "$(dirname "$0")/tools.sh"

count="${1:-100}"
pypi_tools celery celery==5.7.0 redis==8.1.0
need cargo "install Rust"
need rabbitmqctl "install RabbitMQ; this judge makes a virtual host of its own"
need redis-server "install Redis; this judge starts a node of its own"
in_rabbitmq() { timeout -k 5 60 rabbitmqctl -q "$@"; }

programs

folder="$(mktemp -d)"
host="fourfold_celery_$$"
pids=()
clean() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  in_rabbitmq delete_vhost "$host" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean EXIT
in_rabbitmq add_vhost "$host" || missing "no virtual host can be made"
in_rabbitmq set_permissions -p "$host" guest '.*' '.*' '.*'
redis_port="$(free_port)"
redis-server --port "$redis_port" --save '' --appendonly no --dir "$folder" >"$folder/redis.log" 2>&1 &
pids+=("$!")

server="guest:guest@127.0.0.1:5672/$host"
# The service leaves Python's own queue alone, and makes what it needs.
export FOURFOLD_MIGRATE=on FOURFOLD_TASK_QUEUES=rust
export FLEET_BROKER="pyamqp://$server" FLEET_LOG="$folder/log"
found=0

# doubled <file of lines that must be there once>
doubled() { sort "$1" | uniq -d | wc -l; }

for backend in rpc redis; do
  printf '==> results over %s\n' "$backend"
  : >"$FLEET_LOG"
  url="celery+amqp://$server"
  export FLEET_BACKEND="rpc://" FLEET_TRACK=off
  if [ "$backend" = redis ]; then
    url="$url?result_backend=redis%3A%2F%2F127.0.0.1%3A$redis_port%2F0"
    export FLEET_BACKEND="redis://127.0.0.1:$redis_port/0" FLEET_TRACK=on
  fi
  export FOURFOLD_TASKS_URL="$url" DATABASE_URL="sqlite:$folder/$backend.db" RUST_LOG=warn
  address="127.0.0.1:$(free_port)"
  FOURFOLD_LISTEN="$address" "$target/debug/fleet" work >"$folder/rust-$backend.log" 2>&1 &
  rust=$!
  (cd "$judges" && exec "$pypi_bin/celery" -A celery_fleet worker -c 2 -Q celery --loglevel warning) \
    >"$folder/python-$backend.log" 2>&1 &
  python=$!
  pids+=("$rust" "$python")
  wait_for "http://$address/readyz" || { cat "$folder/rust-$backend.log"; fail "the service does not start"; }

  (cd "$judges" && "$pypi_bin/python" celery_fleet.py "$count") || found=1
  FOURFOLD_ROLE=server FOURFOLD_LISTEN="127.0.0.1:$(free_port)" DATABASE_URL="sqlite:$folder/caller-$backend.db" \
    "$target/debug/fleet" call "$count" || found=1

  "$pypi_bin/python" - "$folder/$backend.db" >"$folder/effects" <<'PYTHON'
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("SELECT id, effects FROM tallies WHERE id GLOB '[0-9]*' AND length(id) < 20")
for id, effects in rows:
    print("\n".join([id] * effects))
PYTHON
  grep '^count ' "$FLEET_LOG" >"$folder/counts" || true
  printf '     doubled: %s in Rust, %s in Python\n' "$(doubled "$folder/effects")" "$(doubled "$folder/counts")"
  [ "$(sort -u "$folder/effects" | wc -l)" = "$count" ] && [ "$(doubled "$folder/effects")" = 0 ] || found=1
  # And the one whose result nobody wanted.
  [ "$(sort -u "$folder/counts" | wc -l)" = $((count + 1)) ] && [ "$(doubled "$folder/counts")" = 0 ] || found=1

  for of in rust python; do
    pid="${!of}"
    if ! kill -0 "$pid" 2>/dev/null; then
      printf 'FAIL the worker in %s has died\n' "$of"
      found=1
    fi
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if grep -E -i 'panicked|unrecoverable|CRITICAL' "$folder"/*-"$backend".log; then found=1; fi
done
if [ "$found" != 0 ]; then
  tail -n 40 "$folder"/*.log
  exit 1
fi
printf 'no findings\n'
