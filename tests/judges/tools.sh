# Where the judges' tools are kept, and how they get there. Sourced by the scripts beside it.

judges="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$judges/../.." && pwd)"
cache="${FOURFOLD_JUDGES:-$root/target/judges}"

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 2
}

# What the judge is not there for: in CI that is a failure, elsewhere it is left out with a sentence.
missing() {
  [ "${CI:-}" != true ] || fail "$1"
  printf '%s: left out, because %s\n' "$(basename "$0")" "$1" >&2
  exit 0
}

need() {
  command -v "$1" >/dev/null || missing "$1 is needed: $2"
}

# Cargo builds a crate anew for every other set of features: judges and tests use one, that of all of the workspace.
everything=(--quiet --locked --workspace --all-features)
target="${CARGO_TARGET_DIR:-$root/target}"

# programs: builds what is run by its name, into $target/debug.
programs() {
  (cd "$root" && cargo build "${everything[@]}" --bins --tests) >&2
}

# cargo_test <argument>..: runs tests of the workspace.
cargo_test() {
  (cd "$root" && cargo test "${everything[@]}" "$@") >&2
}

# Makes the folder $house a workspace for new packages, and goes there.
enter_house() {
  # Members of one workspace share what they depend on, in the versions of this repository.
  printf '[workspace]\nresolver = "3"\nmembers = []\n' >"$house/Cargo.toml"
  # This repository has other settings for rustfmt than a new user has.
  : >"$house/rustfmt.toml"
  cp "$root/Cargo.lock" "$house/"
  cd "$house"
}

# A port that nobody listens on.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for <url>: until it answers, for a minute.
wait_for() {
  curl --silent --fail --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused "$1"
}

# npm_tools <name@version>..: into the cache, unless they are there. Their programs are in $npm_bin.
npm_tools() {
  need npm "install Node.js 20 or later"
  npm_bin="$cache/npm/node_modules/.bin"
  local said="$*"
  local note="$cache/npm/installed-${1//\//-}"
  if [ "$(cat "$note" 2>/dev/null)" != "$said" ]; then
    mkdir -p "$cache/npm"
    npm install --prefix "$cache/npm" --no-audit --no-fund --loglevel error "$@" >&2 ||
      missing "npm could not install $said"
    printf '%s\n' "$said" >"$note"
  fi
}

# pypi_tools <folder> <name==version>..: into a virtual environment in the cache. Its programs are in $pypi_bin.
pypi_tools() {
  need python3 "install Python 3.10 or later, with venv"
  local folder="$cache/pypi-$1"
  pypi_bin="$folder/bin"
  shift
  local said="$*"
  if [ "$(cat "$folder/installed" 2>/dev/null)" != "$said" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" || missing "python3 could not make a virtual environment (Debian: python3-venv)"
    "$pypi_bin/pip" install --quiet --disable-pip-version-check "$@" >&2 || missing "pip could not install $said"
    printf '%s\n' "$said" >"$folder/installed"
  fi
}
