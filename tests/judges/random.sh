#!/usr/bin/env bash
# Random definitions that fourfold takes: they build without a warning, as does their client; the judges of contracts find
# nothing; they are served on SQLite and PostgreSQL and take their own examples. Usage: tests/judges/random.sh [<count> [<seed>]]
set -euo pipefail
. "$(dirname "$0")/tools.sh"
need cargo "install Rust"

count="${1:-25}"
seed="${2:-1}"
target="${CARGO_TARGET_DIR:-$root/target}"
folder="$target/random/of-$seed"
cd "$root"
cargo run -q -p fourfold-random --locked -- "$folder" "$count" "$seed"
contracts="$folder/service/contracts"
# Numbers of definitions of another time are none of these.
rm -rf "$contracts"
cargo run -q -p cargo-fourfold --locked -- fourfold generate --manifest-path "$folder/service/Cargo.toml" >/dev/null
"$judges/proto.sh" "$contracts"
"$judges/openapi.sh" "$contracts/openapi.json"
"$judges/asyncapi.sh" "$contracts"

cd "$folder"
export CARGO_TARGET_DIR="$target"
cargo clippy --quiet --workspace --all-targets
postgres="${FOURFOLD_TEST_POSTGRES_URL:-postgres://root@127.0.0.1:5432/postgres}"
if command -v psql >/dev/null && psql --quiet "$postgres" -c 'SELECT 1' >/dev/null 2>&1; then
  database="fourfold_random_$$"
  psql --quiet "$postgres" -c "CREATE DATABASE $database"
  trap 'psql --quiet "$postgres" -c "DROP DATABASE $database WITH (FORCE)"' EXIT
  export RANDOM_POSTGRES_URL="${postgres%/*}/$database"
fi
cargo test --quiet --workspace -- --nocapture
printf '%s definitions of seed %s: no findings\n' "$count" "$seed"
