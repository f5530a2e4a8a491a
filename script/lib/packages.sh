# shellcheck shell=bash
# Installs the engine's packages if there is no engine.

is_system() { grep -qsx "ID=$1" /etc/os-release; }

# Debian's newer suite has buildx 0.15 or newer, and everything else comes from the machine's own release. Ubuntu's
# releases have a newer buildx in their updates. If a suitable daemon is already installed, it is used. It may come from
# Docker's own packages, which conflict with these.
newer_packages=()
# The tests compare what they find with skopeo, zstd, gem and rpm.
own_packages=(docker-registry busybox-static mmdebstrap iptables iproute2 openssh-client procps skopeo zstd zsh fish ruby rpm)
choose_packages() {
  if [ -x /usr/bin/dockerd ] && command -v runc >/dev/null && PATH=/usr/bin:$PATH DOCKER_CONFIG=/nonexistent buildx_suffices; then
    return
  elif is_system ubuntu; then
    own_packages+=(docker.io docker-buildx containerd runc)
  else
    newer_packages=(docker.io docker-cli docker-buildx containerd tini-static)
    own_packages+=(runc)
  fi
}

running_engine_suffices() {
  command -v docker >/dev/null || return 1
  timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || return 1
  buildx_suffices || return 1
  timeout 30 docker buildx imagetools inspect python:3.13-slim >/dev/null 2>&1
}

buildx_suffices() {
  local version
  version=$(docker buildx version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+' | head -n 1) || return 1
  [ "$(printf '0.15\n%s\n' "$version" | sort -V | head -n 1)" = 0.15 ]
}

require_packages() {
  choose_packages
  ! packages_installed || return 0
  local needed="docker.io with buildx 0.15 or newer, ${own_packages[*]}"
  may_install ||
    die "no usable engine answers; start Docker with buildx 0.15 or newer, or run this as root on Debian or Ubuntu, which installs $needed"
  install_packages "${newer_packages[*]}" "${own_packages[*]}"
  packages_installed || die "the packages did not install; needed are $needed"
}

crane_version=v0.20.6 # of Debian's newer suite, or built with Go

# find_crane: sets crane to its path, or to nothing. Tests that compare results with crane are skipped without it.
find_crane() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/stage-footprint/crane-$crane_version
  ! crane=$(PATH=$PATH:$cache command -v crane) || return 0
  if may_install && is_system debian; then
    (install_packages crane '') || true
  elif command -v go >/dev/null; then
    say "building crane (once)"
    GOBIN=$cache CGO_ENABLED=0 go install "github.com/google/go-containerregistry/cmd/crane@$crane_version" >&2 || true
  fi
  crane=$(PATH=$PATH:$cache command -v crane) ||
    say "there is no crane, and neither Debian's package nor Go to build it: tests that compare with it are skipped"
}

# find_chromium: sets chromium to the path of the browser, or to nothing. Tests of the page are skipped without it.
find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium google-chrome chromium-browser; do
    [ -z "$name" ] || ! chromium=$(command -v "$name") || return 0
  done
  # Ubuntu's package is a snap, which does not work on most machines.
  if may_install && is_system debian; then
    (install_packages '' 'chromium fonts-dejavu-core') || true
  fi
  chromium=$(command -v chromium) || say "there is no Chromium: the page is not tested in a browser"
}

may_install() { [ "$(id -u)" = 0 ] && { is_system debian || is_system ubuntu; }; }

packages_installed() {
  [ "$(id -u)" = 0 ] && command -v dpkg-query >/dev/null || return 1
  local states
  states=$(dpkg-query -W -f '${db:Status-Status}\n' "${newer_packages[@]}" "${own_packages[@]}" 2>/dev/null) || return 1
  ! grep -qv '^installed$' <<<"$states" || return 1
  PATH=/usr/bin:$PATH DOCKER_CONFIG=/nonexistent buildx_suffices
}

# Reads the first source of this machine's release. Sets debian_mirror, debian_keyring and debian_suite.
read_debian_source() {
  # shellcheck source=/dev/null
  debian_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  debian_mirror='' debian_keyring=''
  local file
  for file in /etc/apt/sources.list.d/*.sources; do
    grep -qsE "^Suites:.*\b$debian_suite\b" "$file" || continue
    debian_mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' "$file" | head -n 1)
    debian_keyring=$(sed -n 's/^Signed-By: *\(\/[^ ]*\).*/\1/p' "$file" | head -n 1)
    break
  done
  if [ -z "$debian_mirror" ]; then
    debian_mirror=$(sed -nE "s/^deb +(\[[^]]*\] +)?([^ ]+) +$debian_suite .*/\2/p" \
      /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1) || true
  fi
  [ -n "$debian_mirror" ] || die "no package source for $debian_suite found below /etc/apt"
  local keyring=debian
  ! is_system ubuntu || keyring=ubuntu
  debian_keyring=${debian_keyring:-/usr/share/keyrings/$keyring-archive-keyring.gpg}
}

# install_packages NEWER OWN: installs packages of the newer suite and of this machine's own release. It uses its own
# sources and package lists, so those of the machine do not change and nothing else is upgraded.
install_packages() (
  read -ra newer <<<"$1"
  read -ra own <<<"$2"
  read_debian_source
  work=$(mktemp -d /tmp/sf.XXXXXX)
  policy=/usr/sbin/policy-rc.d made_policy=
  trap 'rm -rf "$work"; [ -z "$made_policy" ] || rm -f "$policy"' EXIT
  mkdir -p "$work/sources" "$work/preferences" "$work/lists/partial"
  local suites="$debian_suite sid" components=main
  ! is_system ubuntu || { suites="$debian_suite $debian_suite-updates" components='main universe'; }
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: %s\nSigned-By: %s\n' \
    "$debian_mirror" "$suites" "$components" "$debian_keyring" >"$work/sources/debian.sources"
  printf 'Package: *\nPin: release n=sid\nPin-Priority: 90\n' >"$work/preferences/sid.pref"
  chmod -R a+rX "$work"
  apt=(apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null
    -o "Dir::Etc::SourceParts=$work/sources" -o Dir::Etc::Preferences=/dev/null
    -o "Dir::Etc::PreferencesParts=$work/preferences" -o "Dir::State::Lists=$work/lists"
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
  wanted=("${newer[@]/%//sid}")
  # An update is in another suite than the release.
  if is_system ubuntu; then wanted+=("${own[@]}"); else wanted+=("${own[@]/%//$debian_suite}"); fi

  say "installing $1${2:+ $2}"
  "${apt[@]}" update >&2
  plan=$("${apt[@]}" -s --no-install-recommends install "${wanted[@]}") || die "apt-get cannot install ${newer[*]} ${own[*]}"
  ! grep -q '^Inst libc6 ' <<<"$plan" || die "installing ${newer[*]} would replace libc6; install them yourself"
  # The services of the packages are not started, because only a private engine is needed.
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made_policy=1; }
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" -y --no-install-recommends install "${wanted[@]}" </dev/null >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; die "apt-get failed"; }
)
