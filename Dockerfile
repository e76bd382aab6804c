# The stock nbjob image: one image for any number of jobs, each a YAML file named by NOTEBOOK_YAML_URL.
#   docker build -t nbjob .
#   docker run --rm -v "$PWD/jobs:/jobs:ro" -v "$PWD/out:/out" -e NOTEBOOK_YAML_URL=file:///jobs/hello.yaml nbjob
ARG BASE_IMAGE=debian:trixie-slim

# The bundle, its addon for this machine, and Node.
FROM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY src src
RUN node scripts/build.ts \
 && mkdir -p /opt/nbjob/dist/zeromq \
 && cp dist/nbjob.mjs dist/*.txt /opt/nbjob/dist/ \
 && cp dist/zeromq/linux-"$(node -p process.arch)"-* /opt/nbjob/dist/zeromq/ \
 && cp "$(command -v node)" /opt/nbjob/node

# The image.
FROM ${BASE_IMAGE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates python3 python3-venv tini \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache
# Python is compiled ahead: without its .pyc files a kernel needs five times as long to start.
COPY container/requirements.txt /opt/nbjob/requirements.txt
RUN python3 -m venv /opt/nbjob/venv \
 && /opt/nbjob/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r /opt/nbjob/requirements.txt \
 && /opt/nbjob/venv/bin/python -m compileall -q /opt/nbjob/venv/lib
COPY --from=build /opt/nbjob /opt/nbjob
COPY container/nbjob container/entrypoint /usr/local/bin/
# Bakes the compile cache by running the program once. Node keeps one for each user id: root's, and a copy for 1000.
RUN nbjob --help >/dev/null \
 && for made in /opt/nbjob/cache/*-0; do cp -r "$made" "${made%-0}-1000"; done \
 && chmod -R a+rX /opt/nbjob/cache
ENV PATH=/opt/nbjob/venv/bin:$PATH VIRTUAL_ENV=/opt/nbjob/venv
# Data Science mounts over /home/datascience: nothing of ours lies there, and no run starts there.
WORKDIR /
ENTRYPOINT ["tini", "--", "entrypoint"]
