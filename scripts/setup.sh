#!/bin/sh
# Makes a fresh clone ready, each step only where it is out of date, and says what it does:
#   node     Node 24: the machine's own, or one brought into .cache/ where that is older
#   modules  npm's packages, as locked
#   build    dist/nbjob.mjs
#   kernel   .venv, the private Python kernel environment
# Usage: scripts/setup.sh STEP...   (each step does those it needs first)
set -eu
cd "$(dirname "$0")/.."
node_version=24.21.0
say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# A log that is shown only when the command fails.
quietly() {
  mkdir -p .cache
  if ! "$@" >.cache/setup.log 2>&1; then
    tail -n 30 .cache/setup.log >&2
    fail "failed: $*"
  fi
}

step_node() {
  mkdir -p .cache/bin
  own=$(command -v node || true)
  case "$own" in "$PWD"/.cache/*) own= ;; esac
  version=${own:+$("$own" -v)}
  if [ -n "$own" ] && [ "$("$own" -p 'Number(process.versions.node.split(".")[0]) >= 24')" = true ]; then
    ln -sf "$own" .cache/bin/node
    return
  fi
  case "$(uname -s)" in Linux) os=linux ;; Darwin) os=darwin ;; *) fail "Node 24 or newer is needed: install it and try again" ;; esac
  case "$(uname -m)" in x86_64 | amd64) arch=x64 ;; aarch64 | arm64) arch=arm64 ;; *) fail "Node 24 or newer is needed: install it and try again" ;; esac
  brought=.cache/node-$node_version
  if [ ! -x "$brought/bin/node" ]; then
    say "this machine's Node is ${version:-missing}: bringing Node $node_version into .cache/"
    rm -rf .cache/node.part && mkdir -p .cache/node.part
    quietly npm install --no-save --no-package-lock --prefix .cache/node.part "node-$os-$arch@$node_version"
    rm -rf "$brought"
    mv ".cache/node.part/node_modules/node-$os-$arch" "$brought"
    rm -rf .cache/node.part
  fi
  ln -sf "$PWD/$brought/bin/node" .cache/bin/node
}

step_modules() {
  step_node
  if ! cmp -s package-lock.json node_modules/.nbjob-lock; then
    say "installing npm packages"
    quietly npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.nbjob-lock
  fi
}

step_build() {
  step_modules
  if [ ! -f dist/nbjob.mjs ] || [ -n "$(find src scripts/build.ts scripts/bundle.ts package.json package-lock.json -newer dist/nbjob.mjs -print -quit 2>/dev/null)" ]; then
    say "building dist/nbjob.mjs"
    quietly .cache/bin/node scripts/build.ts
  fi
}

# Python 3.10 or newer with a working venv module.
find_python() {
  for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10 python}; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      return 0
    fi
  done
  fail "${PYTHON:+PYTHON names $PYTHON, which will not do: }Python 3.10 or newer is needed for the kernel: install it, or name it with PYTHON=/path/to/python3"
}

step_kernel() {
  if cmp -s container/requirements.txt .venv/.nbjob-requirements; then return; fi
  find_python
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian keeps venv in a package of its own.
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
      say "installing python3-venv, which this Python lacks"
      quietly apt-get update -qq
      quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
    else
      fail "$python has no venv module: install it (Debian and Ubuntu: apt-get install python3-venv)"
    fi
  fi
  say "making .venv, the Python kernel environment (ipykernel, matplotlib)"
  rm -rf .venv
  quietly "$python" -m venv .venv
  quietly .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r container/requirements.txt
  cp container/requirements.txt .venv/.nbjob-requirements
}

for step in "$@"; do
  case "$step" in
    node | modules | build | kernel) "step_$step" ;;
    *) fail "no such step: $step" ;;
  esac
done
