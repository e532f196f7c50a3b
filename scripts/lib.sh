# Sourced by the other scripts, with $root and $me set and the working folder there.
# shellcheck shell=sh disable=SC2154

# An environment that happens to be active must not leak into the project's own.
unset VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH __PYVENV_LAUNCHER__ UV_PROJECT_ENVIRONMENT

logs=$root/.tools/logs

# say WORDS…: one line, with the name of the script that speaks.
say() {
    printf '%s: %s\n' "$me" "$*"
}

# step LOG LABEL COMMAND…: run it with all its output in a log, print one line with
# its time, and show the end of the log when it fails.
step() {
    log=$logs/$1.log
    label=$2
    shift 2
    began=$(date +%s)
    printf '%s: %-34s' "$me" "$label"
    if "$@" >"$log" 2>&1; then
        printf ' %3d s\n' "$(($(date +%s) - began))"
        return 0
    fi
    printf ' failed\n'
    tail -n 20 "$log" | sed 's/^/    /' >&2
    say "that step failed; all it said is in ${log#"$root"/}." >&2
    return 1
}

# take_lock FOLDER: hold it until this script ends, wait for another that holds it.
take_lock() {
    lock=$1
    waited=0
    until mkdir "$lock" 2>/dev/null; do
        owner=$(cat "$lock/pid" 2>/dev/null || true)
        if { [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; } ||
            { [ -z "$owner" ] && [ "$waited" -ge 10 ]; }; then
            # Its owner is gone. Of those who see that, one can rename it.
            if mv "$lock" "$lock.$$" 2>/dev/null; then rm -rf "$lock.$$"; fi
            continue
        fi
        [ "$waited" -ne 0 ] ||
            say "another one is at work (process ${owner:-unknown}), waiting for it…"
        if [ "$waited" -ge 1800 ]; then
            say "it is at work since half an hour; if it hangs, end it and remove ${lock#"$root"/}." >&2
            exit 1
        fi
        sleep 1
        waited=$((waited + 1))
    done
    echo $$ >"$lock/pid"
    trap 'rm -rf "$lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}
