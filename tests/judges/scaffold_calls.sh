# Services are started and called in all four ways. Sourced by scaffold.sh.

snake() { printf '%s' "${1//-/_}"; }

# serve <variable=value>..: starts the service `name`, and sets `address` and `pid`.
serve() {
  address="127.0.0.1:$(free_port)"
  (cd "$house/$name" && exec env FOURFOLD_LISTEN="$address" "$@" "$target/debug/$name") >"$house/$name.log" 2>&1 &
  pid=$!
  wait_for "http://$address/readyz" || { cat "$house/$name.log"; fail "$name does not start"; }
}

halt() {
  [ -n "$pid" ] || return 0
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  pid=""
}

# member <name>: of the JSON object that is read.
member() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# post <path> <JSON>: what REST answers.
post() {
  curl --silent --show-error --fail-with-body "http://$address/v1/$1" -H 'content-type: application/json' -d "$2" ||
    fail "$name: REST refuses $2"
}

# leave_rows: what those have that use the service before it changes; notes the id of a remark.
leave_rows() {
  local id
  id="$(post "$path" "$rest" | member id)"
  post remarks "{\"${first}_id\": \"$id\", \"text\": \"as it was\"}" | member id
}

# The database of PostgreSQL that the service `name` has of its own.
database() { printf 'fourfold_scaffold_%s_%s' "$$" "$(snake "$1")"; }
postgres="${FOURFOLD_TEST_POSTGRES_URL:-postgres://root@127.0.0.1:5432/}"
drop_database() {
  [ ${#production[@]} = 0 ] || psql --quiet "${postgres}postgres" -c "DROP DATABASE IF EXISTS $(database "$1") WITH (FORCE)" 2>/dev/null || true
}

# call <name>: over all four ways; then leaves rows behind, on each engine.
call() {
  local name=$1 made status location heard
  service "$name"
  serve
  made="$(post "$path" "$rest")"
  id="$(member id <<<"$made")"
  curl --silent --fail "http://$address/v1/$path/$id" >/dev/null || fail "$name: REST does not find what it has made"
  "$grpc_bin/python" "$judges/scaffold_call.py" "$address" "$(snake "$name").$first.v1" "$message" "$grpc" "$id"
  location="$(curl --silent --show-error --fail -X DELETE "http://$address/v1/$path/$id" -H 'prefer: respond-async' -D - -o /dev/null |
    tr -d '\r' | sed -n 's/^location: //Ip')"
  for _ in $(seq 100); do
    status="$(curl --silent --fail "http://$address$location")"
    grep -q '"succeeded"' <<<"$status" && break
    sleep 0.2
  done
  grep -q '"succeeded"' <<<"$status" || fail "$name: the task did not succeed: $status"
  heard="what=\"$(snake "$name").$first.v1.$first.deleted\""
  for _ in $(seq 100); do
    grep -q "$heard" "$house/$name.log" && break
    sleep 0.2
  done
  grep -q "$heard" "$house/$name.log" || {
    cat "$house/$name.log"
    fail "$name: nobody heard of the event"
  }
  leave_rows >"$house/$name.sqlite"
  halt
  if grep -q -i panicked "$house/$name.log"; then
    cat "$house/$name.log"
    exit 1
  fi
  if [ ${#production[@]} != 0 ]; then
    psql --quiet "${postgres}postgres" -c "CREATE DATABASE $(database "$name")"
    serve DATABASE_URL="$postgres$(database "$name")" FOURFOLD_MIGRATE=on
    leave_rows >"$house/$name.postgres"
    halt
  fi
  printf '%s: REST, gRPC, a task and an event, as expected\n' "$name"
}
