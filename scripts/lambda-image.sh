#!/bin/sh
# Print the name of a container image with Lambda's Python 3.13, for this machine's
# processor, that the engine has by now:
#
# - Lambda's own, where it is here already or an image registry answers at once;
# - else a stand-in, made of this machine's interpreter and the real client of
#   Lambda's runtime API, which takes nothing but one package from the registry
#   that everything else here comes from. It is remade only when they change.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
me=lambda-image
. scripts/lib.sh

registry_seconds=5
pull_seconds=900
version=3.13
log=$logs/lambda-image.log

fail() {
    say "$*" >&2
    exit 1
}

case $(uname -m) in
    x86_64 | amd64) arch=x86_64 platform=linux/amd64 ;;
    arm64 | aarch64) arch=arm64 platform=linux/arm64 ;;
    *) fail "Lambda has no processor like this machine's $(uname -m)." ;;
esac
real=public.ecr.aws/lambda/python:$version-$arch
ours=cococat-lambda-python:$version-$arch

has() {
    docker image inspect "$1" >/dev/null 2>&1
}

pull() {
    timeout "$registry_seconds" docker manifest inspect "$real" &&
        timeout "$pull_seconds" docker pull --quiet "$real"
}

# The interpreter and its standard library, without what no function imports, to
# where Lambda has them.
copy_interpreter() {
    mkdir -p "$image/var/lang/bin" "$image/var/lang/lib"
    cp -L "$python" "$image/var/lang/bin/python$version"
    find "$base/lib" -maxdepth 1 -name 'libpython*.so*' -exec cp -a {} "$image/var/lang/lib/" \;
    for library in $libraries; do
        tar -C "$base" -cf - --exclude='site-packages/*' --exclude='dist-packages/*' \
            --exclude=test --exclude=tests --exclude='config-*' --exclude=ensurepip \
            --exclude=idlelib --exclude=tkinter --exclude='_tkinter*' --exclude=turtledemo \
            "${library#"$base"/}" | tar -C "$image/var/lang" -xf -
    done
}

# What the Dockerfiles of `sam local` run, and the shell that starts the runtime.
copy_programs() {
    mkdir -p "$image/bin"
    for program in sh mv chmod cp rm; do
        cp -L "$(command -v $program)" "$image/bin/$program"
    done
}

# The runtime: what `sam local` starts is bootstrap, with the handler in _HANDLER.
add_runtime() {
    mkdir -p "$image/var/runtime" "$image/var/task" "$image/opt"
    .tools/uv/bin/uv pip install --python "$python" --target "$image/var/runtime" --link-mode copy \
        --only-binary :all: --no-deps --require-hashes --requirements requirements/lambda-image.txt
    cat >"$image/var/runtime/bootstrap" <<END
#!/bin/sh
export AWS_EXECUTION_ENV=AWS_Lambda_python$version
exec /var/lang/bin/python$version /var/runtime/bootstrap.py
END
    chmod 755 "$image/var/runtime/bootstrap"
    cat >"$image/var/runtime/bootstrap.py" <<END
"""Run the function as Lambda does: its own folder first, then the layers, then the runtime."""

import os
import runpy
import sys

task = os.environ["LAMBDA_TASK_ROOT"]
rest = [path for path in sys.path if path != "/var/runtime"]
layers = ["/opt/python/lib/python$version/site-packages", "/opt/python"]
sys.path[:] = [task, *layers, "/var/runtime", *rest]
sys.argv[:] = ["awslambdaric", os.environ["_HANDLER"]]
runpy.run_module("awslambdaric", run_name="__main__")
END
}

# Every shared library that all of that is linked to, and the loader: to where it is
# here, or beside the interpreter where it is the interpreter's own.
copy_libraries() {
    find "$image/bin" "$image/var" -type f \( -perm -u+x -o -name '*.so*' \) \
        -exec ldd {} + 2>/dev/null |
        awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' |
        sort -u >"$image.libraries"
    # The rest of glibc, and libgcc, which the real image has too: layers are linked to them.
    libc=$(grep -m 1 '/libc\.so\.6$' "$image.libraries")
    for name in libdl.so.2 libgcc_s.so.1 libm.so.6 libpthread.so.0 librt.so.1 libutil.so.1; do
        [ ! -e "${libc%/*}/$name" ] || echo "${libc%/*}/$name" >>"$image.libraries"
    done
    while read -r library; do
        case $library in
            "$image"/*) continue ;;
            /lib*/* | /usr/lib*/*) target=$image$library ;;
            "$base"/*) target=$image/var/lang/${library#"$base"/} ;;
            *) target=$image$library ;;
        esac
        mkdir -p "$(dirname "$target")"
        [ -e "$target" ] || cp -L "$library" "$target"
    done <"$image.libraries"
}

add_accounts() {
    mkdir -p "$image/etc" "$image/tmp"
    chmod 1777 "$image/tmp"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$image/etc/passwd"
    echo 'root:x:0:' >"$image/etc/group"
    echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
}

import_image() {
    tar -C "$image" --numeric-owner --owner=0 --group=0 -cf - . | docker import \
        --platform "$platform" \
        --change 'ENV LANG=en_US.UTF-8' \
        --change 'ENV TZ=:UTC' \
        --change 'ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin' \
        --change 'ENV LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib' \
        --change 'ENV LAMBDA_TASK_ROOT=/var/task' \
        --change 'ENV LAMBDA_RUNTIME_DIR=/var/runtime' \
        --change 'WORKDIR /var/task' \
        --change "LABEL cococat.made-from=$print" \
        - "$ours"
}

# A library that is missing shows here, not in the first request.
try_image() {
    docker run --rm --network none "$ours" /var/lang/bin/python$version -I -c \
        'import sys; sys.path.append("/var/runtime"); import ctypes, ssl, sqlite3, awslambdaric.bootstrap'
}

make_image() {
    image=$(mktemp -d "${TMPDIR:-/tmp}/lambda-image.XXXXXX")
    trap 'rm -rf "$image" "$image.libraries"' EXIT
    copy_interpreter
    copy_programs
    add_runtime
    copy_libraries
    add_accounts
    import_image
    if ! try_image; then
        docker rmi --force "$ours"
        exit 1
    fi
}

# Both the process that makes it and the one that waits for that clean up first.
trap 'exit 143' INT TERM HUP
mkdir -p "$logs"
if [ "${1:-}" != make ] && { has "$real" || pull >"$log" 2>&1; }; then
    echo "$real"
    exit 0
fi

python=$(sh scripts/find-python.sh)
base=$("$python" -I -c 'import sys; print(sys.base_prefix)')
libraries=$("$python" -I -c '
import sysconfig
print(*sorted({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}), sep="\n")')
print=$({
    cat scripts/lambda-image.sh requirements/lambda-image.txt
    echo "$python"
    "$python" -I -c 'import sys; print(sys.version)'
} | cksum | tr ' ' -)

# As a process of its own, because `set -e` holds in none that is asked how it went.
if [ "${1:-}" = make ]; then
    make_image
    exit 0
fi
label='{{index .Config.Labels "cococat.made-from"}}'
docker image prune --force --filter label=cococat.made-from >>"$log" 2>&1
if [ "$(docker image inspect --format "$label" "$ours" 2>/dev/null)" != "$print" ]; then
    sh scripts/lambda-image.sh make >>"$log" 2>&1 ||
        fail "the image was not made: $(tail -n 1 "$log"); all of it is in ${log#"$root"/}."
fi
echo "$ours"
