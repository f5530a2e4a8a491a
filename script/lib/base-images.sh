# shellcheck shell=bash
# Makes images that replace python:3.13 and python:3.13-slim on machines that reach a Debian mirror but not
# Docker Hub. They contain Debian's packages and are kept between runs as a registry's storage folder.

# shellcheck disable=SC2154 # daemons.sh and packages.sh set what is read here

# This number is part of the folder's name. It must be increased with every change below.
bases_recipe=1
bases_suite=trixie # its python3 is 3.13

bases_folder() { echo "${XDG_CACHE_HOME:-$HOME/.cache}/stage-footprint/bases-$bases_recipe-$(certificates_key)"; }

# The larger image contains this machine's certificates, because a proxy may re-sign what pip downloads.
certificates=/etc/ssl/certs/ca-certificates.crt
certificates_key() {
  local sum
  sum=$(sha256sum "$certificates")
  echo "${sum:0:12}"
}

# make_bases FOLDER WORK: makes the folder if it does not exist. Concurrent calls wait for the first one.
make_bases() {
  local folder=$1
  [ ! -d "$folder" ] || return 0
  mkdir -p "${folder%/*}"
  exec 9>"$folder.lock"
  say "making the stand-ins for python:3.13 and python:3.13-slim (once, some minutes)"
  flock 9
  [ -d "$folder" ] || build_bases "$folder" "$2"
  exec 9>&-
  rm -f "$folder.lock"
}

build_bases() {
  local folder=$1 work=$2 keep=${#daemon_pids[@]}
  mkdir -p "$work/context"
  debian_rootfs "$work/context/debian.tar"
  cp "$certificates" "$work/context/ca-certificates.crt"
  bases_dockerfile >"$work/context/Dockerfile"
  start_registry "$work/registry"
  start_dockerd "$work/docker" true
  local target
  for target in slim fat; do
    docker -H "unix://$work/docker/sock" buildx build --quiet --provenance=false --push --target "$target" \
      -t "$registry_address/library/python:3.13$([ "$target" = fat ] || echo "-$target")" "$work/context" >/dev/null
  done
  stop_daemons "$keep"
  unmount_below "$work"
  # Moved to the same disk first and then renamed, so that the folder is never incomplete.
  rm -rf "$folder.new"
  mv "$work/registry/storage" "$folder.new"
  mv "$folder.new" "$folder"
  rm -rf --one-file-system "$work"
}

debian_rootfs() {
  read_debian_source
  mmdebstrap --quiet --variant=apt --mode=root --keyring="$debian_keyring" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$bases_suite" "$1" "$debian_mirror" >&2
}

bases_dockerfile() {
  cat <<'END'
FROM scratch AS debian
ADD debian.tar /
CMD ["bash"]

FROM debian AS slim
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates netbase python3 tzdata \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
 && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED \
 && ln -s /usr/bin/python3 /usr/local/bin/python \
 && ln -s /usr/bin/python3 /usr/local/bin/python3
CMD ["python3"]

FROM slim AS fat
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential curl git pkgconf python3-dev python3-pip python3-venv \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
 && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
RUN printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >/etc/pip.conf
END
}
