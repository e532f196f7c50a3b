#!/bin/sh
# Make sure that a container engine runs, for `make local-api`.
#
#   engine.sh start USER   USER, a process id, needs the engine from now on
#   engine.sh stop USER    USER is done with it
#
# An engine that runs is used as it is. Else, as root, an installed dockerd is
# started, or Debian's is installed first. One that was started here ends when its
# last user is done, or is dead, and nobody else's containers run.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
me=engine
. scripts/lib.sh

state=.tools/engine
log=$logs/dockerd.log
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

fail() {
    say "$*" >&2
    exit 1
}

# answers: it does, within ten seconds; what docker said is in $state/said.
answers() {
    if ! command -v docker >/dev/null; then
        echo "there is no docker command" >"$state/said"
        return 1
    fi
    timeout 10 docker version --format '{{.Server.Version}}' >"$state/said" 2>&1
}

why_not() {
    printf 'no container engine answers (%s)' "$(tail -n 1 "$state/said" | sed 's/[.]*$//')"
}

install() {
    wanted=
    command -v docker >/dev/null && command -v dockerd >/dev/null || wanted="docker.io"
    command -v iptables >/dev/null || wanted="$wanted iptables"
    [ -n "$wanted" ] || return 0
    command -v apt-get >/dev/null ||
        fail "$(why_not), and only on a Debian can this install$wanted: start Docker yourself."
    # In a session of its own: Ctrl-C must not leave it half done.
    # shellcheck disable=SC2086 # one word for each package
    { setsid -w apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        setsid -w apt-get install -y -qq --no-install-recommends $wanted; } \
        >"$logs/engine-apt.log" 2>&1 ||
        fail "$(why_not), and it could not be installed; see ${logs#"$root"/}/engine-apt.log."
}

start_dockerd() {
    # Who used one before this has died with it.
    rm -f "$state"/users/*
    : >"$state/users/$user"
    # In a session of its own: Ctrl-C is not meant for it.
    setsid dockerd >"$log" 2>&1 </dev/null &
    echo $! >$state/dockerd
    waited=0
    until answers; do
        is_ours || fail "dockerd did not start: $(tail -n 1 "$log"); all of it is in ${log#"$root"/}."
        [ "$waited" -lt 300 ] || fail "dockerd does not answer since a minute; see ${log#"$root"/}."
        sleep 0.2
        waited=$((waited + 1))
    done
}

# is_ours: the dockerd that was started here still runs. Its id alone may be
# another process's by now.
is_ours() {
    [ -f $state/dockerd ] || return 1
    case $(cat "/proc/$(cat $state/dockerd)/comm" 2>/dev/null) in
        dockerd | setsid | sh) return 0 ;;
        *) return 1 ;;
    esac
}

start() {
    answers && return 0
    [ -z "${DOCKER_HOST:-}" ] || fail "$(why_not), and DOCKER_HOST says to use $DOCKER_HOST alone."
    [ "$(uname -s)" = Linux ] || fail "$(why_not): start it, then try again."
    [ "$(id -u)" -eq 0 ] || fail "$(why_not), and only root can start one here: start it, then try again."
    install
    # Where Debian's package starts its service by itself, that is the engine.
    answers || start_dockerd
}

stop() {
    for user in "$state"/users/*; do
        [ -e "$user" ] || continue
        if kill -0 "${user##*/}" 2>/dev/null; then return 0; fi
        rm -f "$user"
    done
    if is_ours; then
        [ -z "$(timeout 10 docker ps --quiet 2>/dev/null)" ] || return 0
        pid=$(cat $state/dockerd)
        kill -TERM "$pid" 2>/dev/null || true
        waited=0
        while is_ours && [ "$waited" -lt 150 ]; do
            sleep 0.1
            waited=$((waited + 1))
        done
        if is_ours; then kill -KILL "$pid" 2>/dev/null || true; fi
    fi
    rm -f $state/dockerd
}

action=${1:-}
user=${2:-}
case $user in
    '' | *[!0-9]*) fail "usage: engine.sh start|stop PROCESS-ID" ;;
esac
mkdir -p "$logs" "$state/users"
take_lock "$root/$state/lock"
case $action in
    start)
        : >"$state/users/$user"
        start
        ;;
    stop)
        rm -f "$state/users/$user"
        stop
        ;;
    *) fail "usage: engine.sh start|stop PROCESS-ID" ;;
esac
