#!/bin/sh
# Builds, tests and tags a release of the image and the npm package, and writes down what to push.
# Usage: scripts/release.sh [--push] [--skip-tests]
#
# From the environment:
#   OCIR_REGION      the region's key, as in iad.ocir.io (iad, phx, lhr, fra…)          for the image's name
#   OCIR_NAMESPACE   the tenancy's Object Storage namespace (oci os ns get)             for the image's name
#   OCIR_REPOSITORY  default nbjob
#   OCIR_USER        <user>, or <domain>/<user>; with OCIR_TOKEN, an auth token of that user's: for --push
#   BASE_IMAGE, PYTHON_REQUIREMENTS, REQUIREMENTS, EXTRA_KERNELS, JRE: build arguments of the Dockerfile
# Without --push nothing leaves this machine. Writes release/: the npm tarball, the executable, the bill of materials,
# and push.txt with the commands that push.
set -eu
cd "$(dirname "$0")/.."
say() { printf 'release: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

push= tests=1
for word in "$@"; do
  case "$word" in
    --push) push=1 ;;
    --skip-tests) tests= ;;
    *) fail "no such option: $word (--push, --skip-tests)" ;;
  esac
done
command -v docker >/dev/null && docker info >/dev/null 2>&1 || fail "no Docker daemon answers here"
if [ -n "$push" ]; then
  for name in OCIR_REGION OCIR_NAMESPACE OCIR_USER OCIR_TOKEN; do
    eval "[ -n \"\${$name:-}\" ]" || fail "--push needs $name; the head of this script tells what it is"
  done
  [ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed: a pushed image would not say what it is made of"
fi

version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
revision=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || revision="$revision-modified"
registry=${OCIR_REGION:-<region key>}.ocir.io
name=$registry/${OCIR_NAMESPACE:-<namespace>}/${OCIR_REPOSITORY:-nbjob}

say "building nbjob $version ($revision)"
set -- --build-arg "VERSION=$version" --build-arg "REVISION=$revision"
for argument in BASE_IMAGE PYTHON_REQUIREMENTS REQUIREMENTS EXTRA_KERNELS JRE; do
  eval "value=\${$argument:-}"
  [ -z "$value" ] || set -- "$@" --build-arg "$argument=$value"
done
docker build -t "nbjob:$version" -t nbjob:latest "$@" .
sh scripts/setup.sh build
if [ -n "$tests" ]; then
  say "testing"
  sh scripts/test.sh
else
  say "not tested: --skip-tests"
fi
# The tests build the image too, under the name nbjob; what is released is what was built here.
[ "$(docker run --rm "nbjob:$version" --version)" = "$version" ] || fail "the image does not say that it is $version"

rm -rf release && mkdir release
npm pack --silent --pack-destination release >/dev/null
container=$(docker create "nbjob:$version")
case "$(uname -m)" in aarch64 | arm64) arch=arm64 ;; *) arch=x64 ;; esac
docker cp "$container:/nbjob" "release/nbjob-linux-$arch" >/dev/null
docker cp "$container:/opt/nbjob/sbom.json" release/sbom.json
docker rm "$container" >/dev/null
minor=${version%.*}
{
  printf 'printf %%s "$OCIR_TOKEN" | docker login %s --username "%s/$OCIR_USER" --password-stdin\n' "$registry" "${OCIR_NAMESPACE:-<namespace>}"
  for tag in "$version" "$minor"; do
    printf 'docker tag nbjob:%s %s:%s\ndocker push %s:%s\n' "$version" "$name" "$tag" "$name" "$tag"
  done
  printf 'npm publish release/nbjob-%s.tgz\n' "$version"
} >release/push.txt
(cd release && sha256sum -- * >SHA256SUMS)

if [ -n "$push" ]; then
  printf %s "$OCIR_TOKEN" | docker login "$registry" --username "$OCIR_NAMESPACE/$OCIR_USER" --password-stdin
  for tag in "$version" "$minor"; do
    docker tag "nbjob:$version" "$name:$tag"
    docker push "$name:$tag"
  done
  say "pushed $name:$version and :$minor"
else
  say "release/ holds what there is to push; the commands, in release/push.txt:"
  cat release/push.txt
fi
