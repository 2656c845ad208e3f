#!/usr/bin/env bash
# The example services before foreign gRPC clients: Python's grpcio, by stubs from the committed contracts and by reflection
# alone, and buf curl, over gRPC and gRPC-Web; and what is watched over REST before a reader of server-sent events and curl.
# Usage: tests/judges/grpc.sh.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools grpc grpcio==1.85.1 grpcio-tools==1.85.1 grpcio-reflection==1.85.1 grpcio-health-checking==1.85.1 \
  grpcio-status==1.85.1 cloudevents==2.2.0
npm_tools @bufbuild/buf@1.75.0
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

# serve <service> <address>
serve() {
  FOURFOLD_LISTEN="$2" DATABASE_URL="sqlite:$folder/$1.db" RUST_LOG=warn \
    FOURFOLD_EVENTS_URL="sqlite:$folder/events.db" FOURFOLD_EVENTS_FORMAT=protobuf \
    "$target/debug/$1" >"$folder/$1.log" 2>&1 &
  pids+=("$!")
  wait_for "http://$2/readyz" || {
    cat "$folder/$1.log"
    fail "the service $1 does not start"
  }
}

users="127.0.0.1:$(free_port)"
serve user "$users"
export USER_SERVICE_URL="grpc://$users"
orders="127.0.0.1:$(free_port)"
serve order "$orders"

for service in user order; do
  proto="$root/examples/$service/contracts/proto"
  mapfile -t files < <(cd "$proto" && find shop -name '*.proto' | sort)
  "$pypi_bin/python" -m grpc_tools.protoc -I "$proto" --python_out="$folder" --grpc_python_out="$folder" "${files[@]}"
done
PYTHONPATH="$folder" "$pypi_bin/python" "$judges/grpc_client.py" "$users" "$orders"

# The same changes over REST, to a reader that knows the standard alone, and to curl, which gets 5 seconds of them.
"$pypi_bin/python" "$judges/sse_client.py" "$users"
curl --no-buffer --silent --max-time 5 "http://$users/v1/users:watch?from=beginning" >"$folder/watched" || true
grep -q '^event: created$' "$folder/watched" && grep -q '^id: .' "$folder/watched" || fail "curl hears of no change"

# buf_call <protocol> <address> <method> <message>
buf_call() {
  "$npm_bin/buf" curl --protocol "$1" --http2-prior-knowledge --data "$4" "http://$2/$3"
}

user_service=shop.user.v1.UserService
for protocol in grpc grpcweb; do
  made="$(buf_call "$protocol" "$users" "$user_service/CreateUser" \
    "{\"user\": {\"email\": \"$protocol@example.com\", \"name\": \"Zoe\", \"password\": \"correct horse\"}}")"
  id="$(python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])' <<<"$made")"
  buf_call "$protocol" "$users" "$user_service/GetUser" "{\"id\": \"$id\"}" | grep -q '"name": "Zoe"'
  buf_call "$protocol" "$users" "$user_service/ListUsers" '{"filter": "name = \"Zoe\""}' | grep -q "$id"
  buf_call "$protocol" "$users" "$user_service/UpdateUser" \
    "{\"user\": {\"id\": \"$id\", \"name\": \"Ada\"}, \"updateMask\": \"name\"}" | grep -q '"name": "Ada"'
  if said="$(buf_call "$protocol" "$users" "$user_service/UpdateUser" \
    "{\"user\": {\"id\": \"$id\", \"etag\": \"\\\"1\\\"\", \"name\": \"Eve\"}}" 2>&1)"; then
    fail "an etag that is not the current one was taken"
  fi
  grep -q '"code": "aborted"' <<<"$said" && grep -q google.rpc.ErrorInfo <<<"$said" ||
    fail "buf does not see why: $said"
  buf_call "$protocol" "$users" "$user_service/DeleteUser" "{\"id\": \"$id\"}" >/dev/null
  if said="$(buf_call "$protocol" "$users" "$user_service/GetUser" "{\"id\": \"$id\"}" 2>&1)"; then
    fail "a user that was deleted is there"
  fi
  grep -q '"code": "not_found"' <<<"$said" || fail "buf does not see that it is gone: $said"
  printf 'buf curl over %s: as expected\n' "$protocol"
done

PYTHONPATH="$folder" "$pypi_bin/python" "$judges/event_data.py" "$folder/events.db"

for service in user order; do
  if grep -q -i panicked "$folder/$service.log"; then
    cat "$folder/$service.log"
    exit 1
  fi
done
printf 'no findings\n'
