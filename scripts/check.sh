#!/bin/sh
# Every check that reads the code without running it. All of them run, even when
# an early one fails; the exit code is 1 when any did.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
me=check
. scripts/lib.sh
mkdir -p "$logs"
bin=.venv/bin
failed=0

step ruff "ruff check" $bin/ruff check . || failed=1
step ruff-format "ruff format" $bin/ruff format --check . || failed=1
step mypy "mypy" $bin/mypy || failed=1
step lint-imports "import-linter" $bin/lint-imports --no-cache || failed=1
step sam-validate "sam validate --lint" sh scripts/sam.sh validate --lint || failed=1
step cfn-lint "cfn-lint, us-east-1 and cn-north-1" \
    .tools/sam/bin/cfn-lint --regions us-east-1 cn-north-1 -- template.yaml || failed=1

exit $failed
