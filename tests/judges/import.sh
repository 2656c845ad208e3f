#!/usr/bin/env bash
# Whoever has a database already: Django and SQLAlchemy make theirs, with rows, on SQLite and PostgreSQL; each is imported into a
# package of cargo's own, migrated, built without a warning and served; then every value that the old program reads is compared
# with what REST and gRPC answer, and rows are written. So is a .proto file, whose old bytes are sent to the service that it became.
# No file is edited by hand. Usage: tests/judges/import.sh
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools import Django==5.2.19 SQLAlchemy==2.1.9 'psycopg[binary]==3.3.9' grpcio==1.85.1 grpcio-tools==1.85.1 \
  grpcio-reflection==1.85.1 googleapis-common-protos==1.76.0
need cargo "install Rust"
need curl "install curl"
need psql "install the clients of PostgreSQL"
postgres="${FOURFOLD_TEST_POSTGRES_URL:-postgres://root@127.0.0.1:5432/postgres}"
psql --quiet "$postgres" -c 'SELECT 1' >/dev/null 2>&1 || missing "PostgreSQL does not answer at $postgres"

# What the machine builds with; a workplace may have a wrapper that waits for its turn.
read -ra cargo <<<"${FOURFOLD_CARGO:-cargo}"
export CARGO_TARGET_DIR="$target"
programs
fourfold="$target/debug/cargo-fourfold"

house="$(mktemp -d "$root/target/import.XXXXXX")"
pids=()
databases=()
clean() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for database in "${databases[@]}"; do
    psql --quiet "$postgres" -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" || true
  done
  rm -rf "$house"
}
trap clean EXIT
enter_house

url_of() {
  case "$1" in
    *-sqlite) printf 'sqlite:%s/%s.db' "$house" "$1" ;;
    *) printf '%s/fourfold_import_%s_%s' "${postgres%/*}" "$$" "${1%-*}" ;;
  esac
}

services="django-sqlite django-postgres sqlalchemy-sqlite sqlalchemy-postgres"
for name in $services; do
  url="$(url_of "$name")"
  if [[ "$name" = *-postgres ]]; then
    databases+=("${url##*/}")
    psql --quiet "$postgres" -c "CREATE DATABASE ${url##*/}"
  fi
  "$pypi_bin/python" "$judges/import_${name%-*}.py" "$url" >"$name.json"
  cargo new --quiet "$name"
  more=()
  # A UUID is 32 characters there, and its name does not say so.
  [ "$name" != sqlalchemy-sqlite ] || more=(--type post.token=Uuid)
  "$fourfold" import "$url" --fourfold-path "$root" --manifest-path "$name/Cargo.toml" "${more[@]}" >"$name.out" 2>&1 ||
    { cat "$name.out"; fail "$name can't be imported"; }
  "$fourfold" generate --check --manifest-path "$name/Cargo.toml"
  "$fourfold" migrate run --database "$url" --manifest-path "$name/Cargo.toml"
  "$fourfold" migrate check --database "$url" --manifest-path "$name/Cargo.toml" >/dev/null
done
cargo new --quiet library
"$fourfold" import "$root/cli/tests/import/protos/library.proto" --fourfold-path "$root" --manifest-path library/Cargo.toml \
  >library.out 2>&1 || { cat library.out; fail "the .proto file can't be imported"; }
# `cargo fmt` would look at this repository too.
find . -name '*.rs' -print0 | xargs -0 rustfmt --edition 2024 --check || fail "what was written is not formatted"
# clippy as the compiler: what is linted need not be compiled once more to be run.
RUSTC_WORKSPACE_WRAPPER="$(rustc --print sysroot)/bin/clippy-driver" CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__" \
  "${cargo[@]}" build --quiet --workspace --bins

# serve <name> <database>: on $address.
serve() {
  local name=$1
  address="127.0.0.1:$(free_port)"
  (cd "$house/$name" && DATABASE_URL="$2" FOURFOLD_MIGRATE=on FOURFOLD_LISTEN="$address" exec "$target/debug/$name") \
    >"$house/$name.log" 2>&1 &
  pids+=("$!")
  wait_for "http://$address/readyz" || { cat "$house/$name.log"; fail "$name does not start"; }
}
for name in $services; do
  url="$(url_of "$name")"
  serve "$name" "$url"
  said="$("$pypi_bin/python" "$judges/import_call.py" "$address" "$name" "$name.json" "$url")" ||
    { tail -n 20 "$name.log"; fail "$name does not serve what the old program wrote"; }
  printf '%s: %s\n' "$name" "$said"
done
serve library "sqlite:$house/library.db"
mkdir old
"$pypi_bin/python" -m grpc_tools.protoc -I "$root/cli/tests/import/protos" -I "$("$pypi_bin/python" -c \
  'import google.api, pathlib; print(pathlib.Path(list(google.api.__path__)[0]).parents[1])')" \
  --python_out=old library.proto common/money.proto
PYTHONPATH=old "$pypi_bin/python" "$judges/import_proto.py" "$address" ||
  { tail -n 20 library.log; fail "the bytes of the old contract are not those of the service"; }
printf 'no findings\n'
