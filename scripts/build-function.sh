#!/bin/sh
# Build one function into ARTIFACTS_DIR; functions/Makefile calls this in the
# folder that holds the handlers. Its one argument is the function's logical id
# without its ending: WebApi takes web_api.py.
set -eu

name=$(printf '%s\n' "$1" | sed 's/\([a-z0-9]\)\([A-Z]\)/\1_\2/g' | tr '[:upper:]' '[:lower:]')
fail() {
    echo "$name: $1" >&2
    exit 1
}

[ -n "${ARTIFACTS_DIR:-}" ] || fail "ARTIFACTS_DIR is not set: the folder to build into."
[ -f "$name.py" ] || fail "there is no handler functions/$name.py."
python=$(sh "$ROOT/scripts/find-python.sh")

mkdir -p "$ARTIFACTS_DIR"
cp "$name.py" "$ARTIFACTS_DIR/$name.py"

# The deploy's custom resource publishes the scenes; nothing else reads the files.
if [ "$name" = mailboxes ]; then
    scenes=${SCENES_DIR:-scenes}
    case $scenes in
        /*) ;;
        *) scenes=$ROOT/$scenes ;;
    esac
    [ -d "$scenes" ] || fail "the scenes folder $scenes does not exist."
    scenes=$(cd "$scenes" && pwd)
    rm -rf "$ARTIFACTS_DIR/published_scenes"
    mkdir -p "$ARTIFACTS_DIR/published_scenes"
    published=$ARTIFACTS_DIR/published_scenes
    [ ! -f "$scenes/agents.json" ] || cp "$scenes/agents.json" "$published"
    for folder in "$scenes"/*; do
        [ ! -f "$folder" ] || continue
        [ -d "$folder" ] || [ -L "$folder" ] || continue
        target=$published/${folder##*/}
        mkdir -p "$target"
        if [ -f "$folder/entries.json" ]; then
            cp "$folder/entries.json" "$target"
        else
            # A package holds no empty folders, and a scene that has lost its file is no
            # scene that was deleted.
            : >"$target/no-entries"
        fi
    done
fi

# Lambda's folder is read-only: what is not compiled here is compiled at every
# cold start. PYTHONHASHSEED and the fixed time keep two builds equal.
PYTHONHASHSEED=0 "$python" -s -S -m compileall -q --invalidation-mode unchecked-hash \
    -s "$ARTIFACTS_DIR" -p /var/task "$ARTIFACTS_DIR/$name.py"
find "$ARTIFACTS_DIR" -type d -exec chmod 755 {} +
find "$ARTIFACTS_DIR" -type f -exec chmod 644 {} +
TZ=UTC find "$ARTIFACTS_DIR" -exec touch -t 198001010000 {} +
