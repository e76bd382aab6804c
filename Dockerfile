# The stock nbjob image: one image for any number of jobs, each a YAML file named by NOTEBOOK_YAML_URL.
#   docker build -t nbjob .
#   docker run --rm -v "$PWD/jobs:/jobs:ro" -v "$PWD/out:/out" -e NOTEBOOK_YAML_URL=file:///jobs/hello.yaml nbjob
# Build arguments, all optional; docs/image.md tells more:
#   BASE_IMAGE           a Debian or Ubuntu image to put everything on
#   PYTHON_REQUIREMENTS  a requirements file in this folder, or below container/
#   REQUIREMENTS         single requirements: "pandas scikit-learn==1.7.2"
#   EXTRA_KERNELS        kernels beside Python's: "bash"
#   JRE                  1: Java, for .jar artifacts
#   GIT                  0: no git, which fetches work from repositories (100 MB, with Perl)
#   VERSION, REVISION    for the labels
ARG BASE_IMAGE=debian:trixie-slim

# The executable.
FROM node:24-trixie-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY jobs/hello.ipynb jobs/
COPY scripts scripts
COPY src src
RUN node scripts/executable.ts /made && mv /made/nbjob-linux-* /made/nbjob

# The image.
FROM ${BASE_IMAGE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates libstdc++6 python3 python3-venv tini xz-utils \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache

# The kernel environment: the locked part, which rarely changes, then what a build asks for.
COPY container/install container/requirements.txt /opt/nbjob/
RUN python3 -m venv /opt/nbjob/venv && /opt/nbjob/install locked /opt/nbjob/requirements.txt
ARG GIT=1
RUN if [ "$GIT" = 1 ]; then apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends git openssh-client \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache; fi
ARG JRE=0
# Java's installation links manual pages into a folder that slim images lack.
RUN if [ "$JRE" = 1 ]; then mkdir -p /usr/share/man/man1 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends default-jre-headless \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache; fi
ARG PYTHON_REQUIREMENTS=container/requirements.txt
ARG REQUIREMENTS=
ARG EXTRA_KERNELS=
COPY container/kernels /opt/nbjob/kernels
COPY ${PYTHON_REQUIREMENTS} /opt/nbjob/own-requirements.txt
RUN set -f; /opt/nbjob/install packages /opt/nbjob/own-requirements.txt $REQUIREMENTS \
 && for kernel in $EXTRA_KERNELS; do /opt/nbjob/install kernel "$kernel" || exit; done

# nbjob itself: /nbjob is the one file that other images copy. The addon lies unpacked beside the environment, so that a
# kernel starts even where no folder can be written and executed from.
COPY --from=build /made/nbjob /nbjob
COPY --from=build /made/zeromq.node /made/sbom.json /made/THIRD-PARTY-LICENSES.txt /opt/nbjob/
COPY LICENSE container/bill-of-materials.py /opt/nbjob/
COPY container/entrypoint /usr/local/bin/
RUN ln -s /nbjob /usr/local/bin/nbjob \
 && /opt/nbjob/venv/bin/python /opt/nbjob/bill-of-materials.py /opt/nbjob/sbom.json \
 && rm /opt/nbjob/bill-of-materials.py
ENV PATH=/opt/nbjob/venv/bin:$PATH VIRTUAL_ENV=/opt/nbjob/venv
# Data Science mounts over /home/datascience: nothing of ours lies there, and no run starts there.
WORKDIR /
# No HEALTHCHECK: a job is not a service, it runs and ends, and its exit code says how it went.
ENTRYPOINT ["tini", "--", "entrypoint"]
ARG VERSION=development
ARG REVISION=unknown
LABEL org.opencontainers.image.title="nbjob" \
      org.opencontainers.image.description="Runs a notebook, a script or a packaged project as a batch job" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
