#!/usr/bin/env bash
# What `cargo fourfold check` says of random edits, held against what old clients see: old callers over REST and gRPC, by the
# typed clients of the old contracts, protobuf's JSON, tasks that wait, those who listen to events, and rows. What is said to be safe
# hurts nobody; what is said to break hurts somebody. Usage: tests/judges/old_clients.sh [<edits> [<seed>]]
set -euo pipefail
. "$(dirname "$0")/tools.sh"
need cargo "install Rust"

count="${1:-25}"
seed="${2:-1}"
# So many are compiled at once.
batch=50
folder="$target/old_clients"
cd "$root"
cargo build "${everything[@]}" --bin fourfold-old-clients
export CARGO_TARGET_DIR="$target"
failed=0
for ((skip = 0; skip < count; skip += batch)); do
  size=$((count - skip < batch ? count - skip : batch))
  "$target/debug/fourfold-old-clients" "$folder" "$size" "$seed" "$skip"
  cargo build -q --manifest-path "$folder/Cargo.toml" -p old-judge
  "$target/debug/old-judge" "$folder/plans.json" "$folder/rows" || failed=1
done
exit "$failed"
