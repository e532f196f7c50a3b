#!/bin/sh
# Run the project's AWS SAM CLI: without telemetry, without a look for newer
# versions and without anything in the home folder.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

__SAM_CLI_APP_DIR=$root/.tools/sam-home
export __SAM_CLI_APP_DIR
if [ ! -f "$__SAM_CLI_APP_DIR/metadata.json" ]; then
    mkdir -p "$__SAM_CLI_APP_DIR"
    # The next look for a newer version is due in the year 2100.
    echo '{"telemetryEnabled": false, "lastVersionCheck": 4102444800}' \
        >"$__SAM_CLI_APP_DIR/metadata.json"
fi

export SAM_CLI_TELEMETRY=0
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}"
exec "$root/.tools/sam/bin/sam" "$@"
