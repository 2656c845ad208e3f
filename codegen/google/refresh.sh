#!/bin/sh
# Copies Google's files that our contracts and services import from the Python package googleapis-common-protos, unmodified.
# With --check it copies nothing, and fails where what is here is not what is published.
set -eu

version=1.76.0
files="annotations field_behavior http resource"

case "${1:-}" in
"" | --check) ;;
*)
    echo "usage: $0 [--check]" >&2
    exit 2
    ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m pip --quiet --disable-pip-version-check install --no-deps --no-compile --target "$scratch" \
    "googleapis-common-protos==$version"

check=
[ "${1:-}" != --check ] || check=yes
failed=0
put() {
    if [ "$check" ]; then
        cmp -- "$1" "$2" || failed=1
    else
        cp -- "$1" "$2"
    fi
}

for file in $files; do
    put "$scratch/google/api/$file.proto" "$here/google/api/$file.proto"
done
for file in api/client api/launch_stage rpc/status; do
    put "$scratch/google/$file.proto" "$here/longrunning/google/$file.proto"
done
put "$scratch/google/longrunning/operations_proto.proto" "$here/longrunning/google/longrunning/operations.proto"
put "$scratch/googleapis_common_protos-$version.dist-info/licenses/LICENSE" "$here/LICENSE"

if [ "$failed" -ne 0 ]; then
    echo "what is in $here differs from googleapis-common-protos $version; run $0 and read the difference" >&2
fi
exit "$failed"
