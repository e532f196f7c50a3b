#!/bin/sh
# Build the sidecar's container image, try it, and print its name.
#
#   IMAGE    its name; default: cococat-sidecar
#   ARCH     x86_64 or arm64; default: this machine's. Another one's is built, but not tried.
#
# Its base is python:3.13-slim where the engine has it or a registry answers; else the stand-in
# that scripts/lambda-image.sh makes of this machine's interpreter. That is none for another
# processor: what goes into the image is put together and checked then, and no image is made.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
me=image
. scripts/lib.sh

base_wanted=python:3.13-slim
registry_seconds=5
pull_seconds=900
image=${IMAGE:-cococat-sidecar}
log=$logs/sidecar-image.log
here=$(uname -m)
case $here in
    amd64) here=x86_64 ;;
    aarch64) here=arm64 ;;
esac
arch=${ARCH:-$here}
case $arch in
    x86_64) platform=linux/amd64 wheels=x86_64-manylinux_2_28 machine=62 ;;
    arm64) platform=linux/arm64 wheels=aarch64-manylinux_2_28 machine=183 ;;
    *)
        say "ARCH is $arch, but must be x86_64 or arm64." >&2
        exit 1
        ;;
esac

fail() {
    say "$*; all of it is in ${log#"$root"/}." >&2
    exit 1
}

pull() {
    timeout "$registry_seconds" docker manifest inspect "$base_wanted" &&
        timeout "$pull_seconds" docker pull --quiet --platform "$platform" "$base_wanted"
}

has_base() {
    [ "linux/$(docker image inspect --format '{{.Architecture}}' "$base_wanted" 2>/dev/null)" = \
        "$platform" ]
}

base_image() {
    if has_base || pull >>"$log" 2>&1; then
        echo "$base_wanted"
    elif [ "$arch" = "$here" ]; then
        sh scripts/lambda-image.sh
    else
        return 1
    fi
}

# The locked packages, the package and the sidecar, with their bytecode: what no sidecar
# imports stays out.
put_together() {
    mkdir -p "$context/app/lib"
    .tools/uv/bin/uv pip install --python "$python" --python-platform "$wheels" \
        --python-version 3.13 --target "$context/app/lib" --link-mode copy \
        --only-binary :all: --no-deps --require-hashes --requirements sidecar/requirements.txt
    rm -rf "$context/app/lib/bin" "$context/app/lib/.lock"
    tar -C layers/cococat -cf - --exclude=__pycache__ --exclude=cococat/local \
        --exclude=cococat/simulators --exclude=cococat/verify_channel \
        --exclude=cococat/heartbeat --exclude=cococat/agents cococat |
        tar -C "$context/app/lib" -xf -
    mkdir "$context/app/sidecar"
    cp sidecar/*.py "$context/app/sidecar/"
    "$python" -m compileall -q --invalidation-mode unchecked-hash -j 0 \
        -s "$context" -p / "$context/app" || true
    chmod -R a+rX "$context"
}

# Every shared library is for the processor, as its ELF header says, and there are some.
check_libraries() {
    "$python" - "$context/app" "$machine" <<'END'
import pathlib, sys
folder, machine = pathlib.Path(sys.argv[1]), int(sys.argv[2])
libraries = [path for path in folder.rglob("*.so*") if path.is_file()]
wrong = [path for path in libraries if int.from_bytes(path.read_bytes()[18:20], "little") != machine]
sys.exit(f"for another processor: {wrong}" if wrong or not libraries else 0)
END
}

# As it is to run: nobody's rights, nothing to write to, no network.
try_image() {
    docker run --rm --read-only --network none --cap-drop ALL \
        --security-opt no-new-privileges "$image" --help
    docker run --rm --read-only --network none --entrypoint python3.13 "$image" -c '
import os, sys
import discord, requests
assert os.getuid() == 65532, os.getuid()
assert sys.version_info[:2] == (3, 13)
try:
    open("/app/x", "w")
except OSError:
    pass
else:
    raise SystemExit("the file system can be written to")
'
}

make_image() {
    DOCKER_BUILDKIT=0 docker build --platform "$platform" --file sidecar/Dockerfile \
        --build-arg BASE="$base" --tag "$image" "$context"
    if [ "$arch" = "$here" ]; then
        try_image
    fi
}

mkdir -p "$logs"
# As processes of their own, because `set -e` holds in none that is asked how it went.
case ${1:-} in
    contents)
        context=$2 python=$3
        put_together
        check_libraries
        exit 0
        ;;
    image)
        context=$2 base=$3
        make_image
        exit 0
        ;;
esac
: >"$log"
python=$(sh scripts/find-python.sh)
context=$(mktemp -d "${TMPDIR:-/tmp}/sidecar-image.XXXXXX")
trap 'rm -rf "$context"; sh scripts/engine.sh stop $$ >>"$log" 2>&1 || true' EXIT
trap 'exit 143' INT TERM HUP
sh scripts/sidecar-image.sh contents "$context" "$python" >>"$log" 2>&1 ||
    fail "what goes into the image was not made: $(tail -n 1 "$log")"
sh scripts/engine.sh start $$ >>"$log" 2>&1 || fail "there is no container engine: $(tail -n 1 "$log")"
base=$(base_image) ||
    fail "all that goes into the image is good for $arch, but $base_wanted for it is not to be had here"
sh scripts/sidecar-image.sh image "$context" "$base" >>"$log" 2>&1 ||
    fail "the image was not made: $(tail -n 1 "$log")"
say "$image, from $base, for $arch."
