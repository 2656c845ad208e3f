#!/usr/bin/env bash
# The lock before buf: random histories of definitions, each step generated to .proto files. What the lock accepts must pass
# `buf breaking` against the step before, and what it refuses must fail it when it is forced through. Usage:
# tests/judges/lock.sh [<histories>] [<steps of each>].
#
# Accepted is judged by WIRE, and by WIRE_JSON too where nothing was renamed: JSON has names in it. Neither minds that a whole
# method, message or resource goes away, and nor does the lock, which keeps its numbers: who removes one means to. Refused is
# judged by FILE. A map that is renamed is the one finding that does not count: its entries are a message called by the
# field, which WIRE takes for another type, although that name is on no wire. The last step is judged against the first as well.
#
# `cargo fourfold check` is judged by the same steps: what WIRE and WIRE_JSON find it has to find, and what it finds must be
# something to FILE at least.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

export FOURFOLD_HISTORIES_COUNT="${1:-60}" FOURFOLD_HISTORIES_STEPS="${2:-6}"
npm_tools @bufbuild/buf@1.75.0
need cargo "install Rust"
need python3 "install Python 3.10 or later"

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
export FOURFOLD_HISTORIES="$folder"
cargo_test --test histories -- --ignored

# breaks <rules> <folder> <folder before> <file>: what buf says, a line of JSON each.
breaks() {
  local code=0
  "$npm_bin/buf" breaking "$folder/$2/proto" --against "$folder/$3/proto" --error-format json \
    --config '{"version": "v2", "breaking": {"use": ["'"$1"'"]}}' \
    >"$folder/$4" || code=$?
  # 100: there are findings.
  if [ "$code" != 0 ] && [ "$code" != 100 ] || grep -q '"type":"COMPILE"' "$folder/$4"; then
    head "$folder/$4" >&2
    fail "buf could not compare $2 with $3 (it ended with $code)"
  fi
}

last="$FOURFOLD_HISTORIES_STEPS"
for step in $(seq 1 "$last"); do
  breaks WIRE "right/$step" "right/$((step - 1))" "wire.$step"
  breaks WIRE_JSON "right/$step" "right/$((step - 1))" "json.$step"
  breaks FILE "wrong/$step" "right/$step" "file.$step"
  # For what `cargo fourfold check` says of the same steps.
  breaks FILE "right/$step" "right/$((step - 1))" "right_file.$step"
  breaks WIRE "wrong/$step" "right/$step" "wrong_wire.$step"
  breaks WIRE_JSON "wrong/$step" "right/$step" "wrong_json.$step"
done
breaks WIRE "right/$last" right/0 wire.all
python3 "$judges/lock_verdicts.py" "$folder"
