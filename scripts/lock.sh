#!/bin/sh
# Resolve every *.in file into its locked *.txt, with hashes and for every platform.
# Pins that still fit are kept; UPGRADE=1 takes the newest of everything.
#
# The results name no package index, so that everyone installs from the one that
# their machine is set up for.
set -eu
cd "$(dirname "$0")/.."
uv=$(pwd)/.tools/uv/bin/uv
python=$(sh scripts/find-python.sh)
export UV_CUSTOM_COMPILE_COMMAND="make lock"

compile() {
    echo "lock: $1/$2.txt"
    (
        cd "$1"
        "$uv" pip compile --quiet --no-progress --universal --python "$python" \
            --python-version 3.13 --generate-hashes --no-build --no-emit-index-url \
            --no-emit-find-links ${UPGRADE:+--upgrade} --output-file "$2.txt" "$2.in"
    )
}

# The layer and the sidecar first: the project's environment holds the same versions.
compile layers/cococat requirements
compile sidecar requirements
for name in uv sam ministack lambda-image dev bench; do
    compile requirements "$name"
done

if grep -nE '://|^ *(-i|-f|--(index|extra-index|find-links|trusted))|(^|[[:space:]])/|@ ' \
    requirements/*.txt layers/cococat/requirements.txt sidecar/requirements.txt; then
    echo "lock: these lines name a place, which a lock file must not." >&2
    exit 1
fi
