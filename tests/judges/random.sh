#!/usr/bin/env bash
# Random definitions that fourfold takes: they build without a warning, as do their clients; the judges of contracts find
# nothing; they are served on SQLite and PostgreSQL and take their own examples. All findings are told, not the first alone.
# Usage: tests/judges/random.sh [<count> [<seed>]]
set -euo pipefail
. "$(dirname "$0")/tools.sh"
need cargo "install Rust"

count="${1:-25}"
seed="${2:-1}"
folder="$target/random/of-$seed"
# What the machine builds with; a workplace may have a wrapper that waits for its turn.
read -ra cargo <<<"${FOURFOLD_CARGO:-cargo}"

found=0
look() {
  local began=$SECONDS what=$1
  shift
  "$@" || found=1
  printf '%s: %s s\n' "$what" "$((SECONDS - began))"
}

cd "$root"
"${cargo[@]}" build "${everything[@]}" --bin fourfold-random --bin cargo-fourfold
"$target/debug/fourfold-random" "$folder" "$count" "$seed"
contracts=("$folder"/service-*)
contracts=("${contracts[@]/%//contracts}")
for service in "$folder"/service-*; do
  "$target/debug/cargo-fourfold" generate --manifest-path "$service/Cargo.toml" >/dev/null
done
look "proto files" "$judges/proto.sh" "${contracts[@]}"
look "OpenAPI" "$judges/openapi.sh" "${contracts[@]/%//openapi.json}"
look "AsyncAPI" "$judges/asyncapi.sh" "${contracts[@]}"

postgres="${FOURFOLD_TEST_POSTGRES_URL:-postgres://root@127.0.0.1:5432/postgres}"
if command -v psql >/dev/null && psql --quiet "$postgres" -c 'SELECT 1' >/dev/null 2>&1; then
  database="fourfold_random_$$"
  psql --quiet "$postgres" -c "CREATE DATABASE $database"
  trap 'psql --quiet "$postgres" -c "DROP DATABASE $database WITH (FORCE)"' EXIT
  export RANDOM_POSTGRES_URL="${postgres%/*}/$database"
fi
cd "$folder"
export CARGO_TARGET_DIR="$target"
# clippy as the compiler: what is linted need not be compiled once more to be run.
RUSTC_WORKSPACE_WRAPPER="$(rustc --print sysroot)/bin/clippy-driver"
export RUSTC_WORKSPACE_WRAPPER
look "build, lints and service" "${cargo[@]}" test --quiet --workspace --no-fail-fast -- --nocapture
[ "$found" = 0 ] || exit 1
printf '%s definitions of seed %s: no findings\n' "$count" "$seed"
