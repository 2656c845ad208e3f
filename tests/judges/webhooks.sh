#!/usr/bin/env bash
# Webhooks before the libraries of Standard Webhooks, for Python and for JavaScript: they take what a service sends, and what they
# sign is taken here. Usage: tests/judges/webhooks.sh.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools webhooks standardwebhooks==1.1.0
npm_tools standardwebhooks@1.1.1
need node "install Node.js 20 or later"
need cargo "install Rust"

export FOURFOLD_NODE_MODULES="$cache/npm/node_modules"
secret="$(python3 -c 'import base64, os; print("whsec_" + base64.b64encode(os.urandom(32)).decode())')"
folder="$(mktemp -d)"
receivers=()
end() {
  kill "${receivers[@]}" 2> /dev/null || true
  rm -rf "$folder"
}
trap end EXIT

peer() {
  local language=$1
  shift
  case $language in
    python) exec "$pypi_bin/python" "$judges/webhooks_peer.py" "$@" ;;
    javascript) exec node "$judges/webhooks_peer.mjs" "$@" ;;
  esac
}
side() { cargo_test --lib -- --ignored --exact "webhooks::tests::judge::$1"; }

export FOURFOLD_JUDGE_WEBHOOKS_SECRET="$secret"
for language in python javascript; do
  port="$folder/$language"
  (peer "$language" serve "$secret" "$port") &
  receivers+=($!)
  for _ in $(seq 100); do
    [ -s "$port" ] && break
    sleep 0.1
  done
  FOURFOLD_JUDGE_WEBHOOKS_URL="http://127.0.0.1:$(cat "$port")/" side it_sends_what_others_take
  FOURFOLD_JUDGE_WEBHOOKS_SIGNED="$(peer "$language" sign "$secret")" side it_takes_what_others_sign
  printf '%s: sent and taken, both ways\n' "$language"
done
