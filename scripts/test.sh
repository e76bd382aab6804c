#!/bin/sh
# Every check and every test: types, lint, format, dead code, then the tests. Usage: scripts/test.sh [TEST FILE OR GLOB...]
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh build kernel
PATH="$PWD/.cache/bin:$PWD/node_modules/.bin:$PATH"
export PATH
# A file that hangs is ended and named.
run="node --test --test-reporter=spec --test-timeout=600000"
if [ $# -eq 0 ]; then
  echo "test: types" && tsc -p .
  echo "test: lint" && oxlint --type-aware --quiet
  echo "test: format" && oxfmt --check >/dev/null || { echo "test: some files are not formatted: npm run format" >&2; exit 1; }
  echo "test: dead code" && knip --no-progress
  # Tests that wait for Docker or for installations most of the time run beside the others, one at a time, and are told after them.
  beside='' others=''
  for file in $(find test -name '*.test.ts' | sort); do
    case "${file##*/}" in
    image*.test.ts | *clients.test.ts | fresh-clone.test.ts) beside="$beside $file" ;;
    *) others="$others $file" ;;
    esac
  done
  echo "test: tests, those that wait beside them"
  $run --test-concurrency=1 $beside >.cache/waiting-tests.log 2>&1 &
  lane=$!
  status=0
  $run --test-concurrency=2 $others || status=$?
  wait "$lane" || status=$?
  echo "test: tests that wait"
  cat .cache/waiting-tests.log
  exit "$status"
fi
exec $run --test-concurrency=2 "$@"
