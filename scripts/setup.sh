#!/bin/sh
# Make the four virtual environments that the project works with:
#
#   .tools/uv         the installer, from requirements/uv.txt, by plain pip
#   .venv             the project: tests, checks, the package itself (editable)
#   .tools/sam        AWS SAM CLI and cfn-lint
#   .tools/ministack  the local AWS of `make run`
#
# and with --bench also what only `make bench` needs:
#
#   .tools/bench      what the doors are measured against, with its bytecode
#
# All use one CPython 3.13 and install by hash. A second run changes nothing and
# takes a few milliseconds; a changed lock file remakes the environments it
# concerns. With --quiet a run that has nothing to do says nothing.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
me=setup
. scripts/lib.sh

quiet=
bench=
for option; do
    case $option in
        --quiet) quiet=yes ;;
        --bench) bench=yes ;;
        *)
            say "there is no option $option, only --quiet and --bench." >&2
            exit 2
            ;;
    esac
done

# The contents of the given files and the place of the repository (a virtual
# environment does not survive being moved), as one short word.
fingerprint() {
    { printf '%s\n' "$root"; cat scripts/setup.sh scripts/lib.sh .python-version "$@"; } | cksum | tr ' ' -
}

# made ENVIRONMENT FINGERPRINT: it was finished, from these files, and its
# interpreter is still there.
made() {
    [ -x "$1/bin/python" ] && [ -f "$1/made-from" ] && [ "$(cat "$1/made-from")" = "$2" ]
}

uv_print=$(fingerprint requirements/uv.txt)
venv_print=$(fingerprint requirements/dev.txt layers/cococat/pyproject.toml)
sam_print=$(fingerprint requirements/sam.txt)
ministack_print=$(fingerprint requirements/ministack.txt)
bench_print=$(fingerprint requirements/bench.txt)

all_made() {
    made .tools/uv "$uv_print" && made .venv "$venv_print" &&
        made .tools/sam "$sam_print" && made .tools/ministack "$ministack_print" &&
        { [ -z "$bench" ] || made .tools/bench "$bench_print"; }
}

if all_made; then
    [ -n "$quiet" ] || say "everything is in place."
    exit 0
fi

mkdir -p "$logs"
take_lock "$root/.tools/lock"
if all_made; then
    exit 0
fi

make_uv() {
    rm -rf .tools/uv
    "$1" -m venv .tools/uv &&
        .tools/uv/bin/python -m pip install --disable-pip-version-check --no-input \
            --require-hashes -r requirements/uv.txt &&
        echo "$uv_print" >.tools/uv/made-from
}

# make_env FOLDER LOCKFILE: not finished until its made-from is written.
make_env() {
    rm -rf "$1"
    $uv venv --python "$python" --no-project "$1" &&
        $uv pip sync --python "$1/bin/python" --require-hashes "$2"
}

make_venv() {
    make_env .venv requirements/dev.txt &&
        $uv pip install --python .venv/bin/python --no-deps --no-build-isolation \
            --editable layers/cococat &&
        echo "$venv_print" >.venv/made-from
}

# Compiled, as a bundle is: what starts slowly there is not to be the compiler.
make_bench() {
    make_env .tools/bench requirements/bench.txt &&
        .tools/bench/bin/python -m compileall -q --invalidation-mode unchecked-hash \
            .tools/bench/lib &&
        echo "$bench_print" >.tools/bench/made-from
}

make_tool() {
    make_env ".tools/$1" "requirements/$1.txt" && echo "$2" >".tools/$1/made-from"
}

uv=.tools/uv/bin/uv
python=$(sh scripts/find-python.sh --quiet) || python=
if ! made .tools/uv "$uv_print"; then
    # Any Python can run pip for uv; the one we look for is only the best choice.
    installer=$python
    for candidate in python3 python; do
        if [ -z "$installer" ] && "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            installer=$candidate
        fi
    done
    [ -n "$installer" ] || sh scripts/find-python.sh || exit 1
    step uv "uv, the installer" make_uv "$installer"
fi
if [ -z "$python" ]; then
    say "no Python 3.13 here, asking uv for one…"
    if ! $uv python install 3.13 >"$logs/python.log" 2>&1 ||
        ! python=$($uv python find --no-project --managed-python 3.13 2>>"$logs/python.log"); then
        sh scripts/find-python.sh || exit 1
    fi
fi

made .venv "$venv_print" || step venv "the project (.venv)" make_venv
made .tools/sam "$sam_print" || step sam "AWS SAM CLI" make_tool sam "$sam_print"
made .tools/ministack "$ministack_print" ||
    step ministack "ministack, the local AWS" make_tool ministack "$ministack_print"
[ -z "$bench" ] || made .tools/bench "$bench_print" ||
    step bench "what is measured against" make_bench
say "ready; the interpreter is $python."
