#!/usr/bin/env bash
# The committed contracts before buf: they build, break no rule of contracts/buf.yaml, and are formatted. Usage:
# tests/judges/proto.sh [<folder of contracts>..]; without folders, those of the examples, of the fixture and of names that
# mean something to protobuf.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

npm_tools @bufbuild/buf@1.75.0
if [ $# -eq 0 ]; then
  # The test writes the contracts of the names.
  cargo_test --test names
  set -- "$root"/examples/user/contracts "$root"/examples/order/contracts "$root"/tests/fixture/contracts \
    "$target"/tmp/names/contracts
fi

found=0
for contracts in "$@"; do
  [ -r "$contracts/buf.yaml" ] || fail "there is no buf.yaml in $contracts: write it with \`cargo fourfold generate\`"
  (
    cd "$contracts"
    "$npm_bin/buf" build && "$npm_bin/buf" lint && "$npm_bin/buf" format --diff --exit-code --exclude-path proto/google
  ) || {
    printf 'these are findings about %s\n' "$contracts"
    found=1
  }
done
[ "$found" = 0 ] || exit 1
printf '%s contracts: no findings\n' "$#"
