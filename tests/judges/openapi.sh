#!/usr/bin/env bash
# OpenAPI documents before two foreign linters: no error and no warning. Usage: tests/judges/openapi.sh [<file>..]; without
# files, those of the examples.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

if [ $# -eq 0 ]; then
  # The tests write one more document there, of resources that use every type and attribute.
  cargo_test --test openapi
  set -- "$root"/examples/*/contracts/openapi.json "$target/tmp/every.json"
fi
for file in "$@"; do
  [ -r "$file" ] || fail "there is no file $file"
done
npm_tools @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3
export REDOCLY_SUPPRESS_UPDATE_NOTICE=true REDOCLY_TELEMETRY=off

found=0
"$npm_bin/redocly" lint --config "$judges/redocly.yaml" "$@" 2>&1 || found=1
"$npm_bin/spectral" lint --ruleset "$judges/spectral.mjs" --fail-severity warn "$@" || found=1
[ "$found" = 0 ] || exit 1
printf 'no findings\n'
