#!/bin/sh
# Every check and every test: types, lint, format, dead code, then the tests. Usage: scripts/test.sh [TEST FILE OR GLOB...]
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh build kernel
PATH="$PWD/.cache/bin:$PWD/node_modules/.bin:$PATH"
export PATH
if [ $# -eq 0 ]; then
  echo "test: types" && tsc -p .
  echo "test: lint" && oxlint --type-aware --quiet
  echo "test: format" && oxfmt --check >/dev/null || { echo "test: some files are not formatted: npm run format" >&2; exit 1; }
  echo "test: dead code" && knip --no-progress
  # Tests of images wait for Docker and for each other: one here and there among the others keeps the processors busy.
  set -- $({ find test -name 'image*.test.ts' | sort | sed 's/^/image /'; find test -name '*.test.ts' ! -name 'image*.test.ts' | sort | sed 's/^/other /'; } |
    awk '$1 == "image" { images[++n] = $2; next } { print $2 } ++others % 12 == 6 && i < n { print images[++i] } END { while (i < n) print images[++i] }')
fi
echo "test: tests"
exec node --test --test-concurrency=3 --test-reporter=spec "$@"
