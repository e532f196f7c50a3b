#!/bin/sh
# Print the path of a CPython 3.13 that really runs, or exit 1 with one sentence.
#
# A name on the PATH proves nothing (pyenv's shims exist for versions that are not
# selected), so every candidate is started. From within a virtual environment the
# interpreter behind it is printed. COCOCAT_PYTHON overrides the search.
# With --quiet it says nothing when it finds none.
set -eu

probe='
import sys, sysconfig
import ensurepip, ssl, venv
good = sys.implementation.name == "cpython" and sys.version_info[:2] == (3, 13)
if not good or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
print(getattr(sys, "_base_executable", "") or sys.executable)
'

try() {
    command -v "$1" >/dev/null 2>&1 || return 1
    found=$("$1" -I -S -c "$probe" 2>/dev/null) || return 1
    [ -x "$found" ] || return 1
    printf '%s\n' "$found"
}

if [ -n "${COCOCAT_PYTHON:-}" ]; then
    try "$COCOCAT_PYTHON" && exit 0
    echo "COCOCAT_PYTHON is $COCOCAT_PYTHON, but that is no CPython 3.13 that runs." >&2
    exit 1
fi

for candidate in \
    python3.13 \
    "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}"/versions/3.13.*/bin/python3.13 \
    python3 \
    python \
    /opt/homebrew/bin/python3.13 \
    /usr/local/bin/python3.13 \
    "${UV_PYTHON_INSTALL_DIR:-${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/uv/python}"/cpython-3.13.*/bin/python3.13
do
    try "$candidate" && exit 0
done

[ "${1:-}" = --quiet ] ||
    echo "No Python 3.13 was found: install it (python.org, pyenv, uv, apt or brew), or set COCOCAT_PYTHON to it." >&2
exit 1
