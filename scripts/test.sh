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
  # Tests of images wait for Docker most of the time: they run beside the others, and are told after them.
  images=$(find test -name 'image*.test.ts' | sort)
  echo "test: tests, those of images beside them"
  $run --test-concurrency=1 $images >.cache/image-tests.log 2>&1 &
  lane=$!
  status=0
  $run --test-concurrency=2 $(find test -name '*.test.ts' ! -name 'image*.test.ts' | sort) || status=$?
  wait "$lane" || status=$?
  echo "test: tests of images"
  cat .cache/image-tests.log
  exit "$status"
fi
exec $run --test-concurrency=2 "$@"
