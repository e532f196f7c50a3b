#!/bin/sh
# Build the bundle for this machine into .aws-sam/local, unless the one that is
# there was built from the same files. The local stack and the deploy tests use
# this too, each with a folder of its own; what goes to AWS is built by
# `sam build`, into .aws-sam/build.
#
#   BUILT    another folder than .aws-sam/local
#   ARCH     x86_64 or arm64; default: this machine's
#   SCENES   the scenes folder to publish; default: scenes
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
me=build
. scripts/lib.sh

if [ -z "${ARCH:-}" ]; then
    case $(uname -m) in
        x86_64 | amd64) ARCH=x86_64 ;;
        arm64 | aarch64) ARCH=arm64 ;;
        *)
            say "this machine's processor is $(uname -m), which Lambda does not have; set ARCH to x86_64 or arm64." >&2
            exit 1
            ;;
    esac
fi
case $ARCH in
    x86_64 | arm64) ;;
    *)
        say "ARCH is $ARCH, but must be x86_64 or arm64." >&2
        exit 1
        ;;
esac
# The local stack runs the functions on this machine itself, not in a container.
if [ "$(uname -s)" = Darwin ]; then
    case $ARCH in
        x86_64) COCOCAT_LAYER_PLATFORM=x86_64-apple-darwin ;;
        arm64) COCOCAT_LAYER_PLATFORM=aarch64-apple-darwin ;;
    esac
    export COCOCAT_LAYER_PLATFORM
fi
scenes=${SCENES:-scenes}
if [ ! -d "$scenes" ]; then
    say "the scenes folder $scenes does not exist." >&2
    exit 1
fi
SCENES_DIR=$(cd "$scenes" && pwd)
export ARCH SCENES_DIR

sources() {
    {
        find layers functions scripts template.yaml samconfig.toml \
            -name '.*' -prune -o -name __pycache__ -prune -o -type f -exec cksum {} +
        find "$SCENES_DIR" -name '*.json' -type f -exec cksum {} +
        find "$SCENES_DIR" -type d
    } | LC_ALL=C sort
}
print=$({ echo "$root $ARCH $SCENES_DIR"; cat .tools/sam/made-from; sources; } | cksum | tr ' ' -)
built=${BUILT:-.aws-sam/local}
is_built() {
    [ -f "$built/template.yaml" ] && [ "$(cat "$built.made-from" 2>/dev/null)" = "$print" ]
}

if is_built; then
    [ "${1:-}" = --quiet ] || say "$built is up to date."
    exit 0
fi
mkdir -p "$logs" .aws-sam
take_lock "$root/.aws-sam/lock"
if is_built; then exit 0; fi
rm -f "$built.made-from"
step build "$ARCH into $built" sh scripts/sam.sh build --build-dir "$built" \
    --parameter-overrides "Architecture=$ARCH"
echo "$print" >"$built.made-from"
