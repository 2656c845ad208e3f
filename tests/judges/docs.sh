#!/usr/bin/env bash
# The page /docs in a browser without a network but the service: it must draw every operation, open one, and say nothing on
# the console. Usage: tests/judges/docs.sh [<picture.png>].
set -euo pipefail
. "$(dirname "$0")/tools.sh"

browser="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
[ -n "$browser" ] || fail "chromium is needed: install it (Debian: apt-get install chromium)"
need cargo "install Rust"
need curl "install curl"

programs

folder="$(mktemp -d)"
address="127.0.0.1:$(free_port)"
FOURFOLD_LISTEN="$address" DATABASE_URL="sqlite:$folder/order.db" RUST_LOG=warn \
  "$target/debug/order" >"$folder/order.log" 2>&1 &
service="$!"
trap 'kill "$service" 2>/dev/null || true; rm -rf "$folder"' EXIT
wait_for "http://$address/readyz" || { cat "$folder/order.log"; fail "the service does not start"; }

browse() {
  "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/browser" --window-size=1280,2400 \
    --host-resolver-rules="MAP * ~NOTFOUND, EXCLUDE 127.0.0.1" --enable-logging=stderr --virtual-time-budget=5000 \
    "$@" "http://$address/docs#shop.order.v1.CreateOrder" 2>"$folder/console.log"
}

browse --dump-dom >"$folder/page.html"
found=0
for expected in 'id="shop.order.v1.ListOrders"' 'id="shop.order.v1.CancelOrder"' 'Copy as curl' 'Idempotency-Key' \
  'id="event.shop.order.v1.order.cancelled"' 'id="event.shop.user.v1.user.deleted"'; do
  grep -q -F "$expected" "$folder/page.html" || {
    printf 'the page does not hold %s\n' "$expected"
    found=1
  }
done
if grep -E 'CONSOLE|Content Security Policy' "$folder/console.log"; then
  printf 'the console should be silent\n'
  found=1
fi
[ $# -eq 0 ] || browse --screenshot="$(realpath "$1")" >/dev/null
[ "$found" = 0 ] || exit 1
printf 'no findings\n'
